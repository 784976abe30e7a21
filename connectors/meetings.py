"""What all calendars share: how an instance of a series is named the same by everyone."""

from __future__ import annotations

from datetime import UTC, datetime

from models.records import bounded_uid


def instance_uid(series: str, original_start: datetime | None) -> str:
    """The uid of one meeting: its iCalendar UID, and for one of a series where the series first placed it, in UTC.

    A moved instance keeps its uid. `original_start` None = a single meeting.
    """
    if original_start is None:
        return bounded_uid(series)
    return f"{bounded_uid(series)}|{original_start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
