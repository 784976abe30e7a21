"""A date on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click


class Day(click.ParamType[date]):
    """A date as 2026-12-01; what is none is refused with an example, not with a format."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date; a usage error otherwise."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{str(value)!r} is not a date such as 2026-12-01", param, ctx)


DAY = Day()


def start_of(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
