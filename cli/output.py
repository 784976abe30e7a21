"""What commands print: JSON for programs, plain sentences for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import click


def as_json(value: object) -> None:
    """Print a value as JSON: times as ISO 8601 in UTC, spans in seconds, names sorted."""
    click.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def say(text: str = "", *, nl: bool = True) -> None:
    """Print a line for people."""
    click.echo(text, nl=nl)


def count_of(n: int, noun: str) -> str:
    """A number with its noun: "1 mail", "2,000 mails"."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def label_of(source: str) -> str:
    """An archive's own name, without the digest that tells two of one name apart: "archive:mail.mbox~3aef58434b"."""
    kind, _, name = source.partition(":")
    return name.rpartition("~")[0] or name if kind == "archive" else source


def sure(question: str) -> bool:
    """Whether a person says yes; a Refusal where nobody is there to be asked."""
    from cli.errors import Refusal  # noqa: PLC0415

    try:
        if click.confirm(question):
            return True
    except click.Abort as e:
        click.echo(err=True)
        if isinstance(e.__context__, EOFError):
            raise Refusal("Nobody is there to answer, so nothing was changed: add --yes to go on unasked") from e
        raise KeyboardInterrupt from e
    say("Nothing was changed.")
    return False


def shown_time(moment: datetime, zone: str) -> str:
    """A time as the reader's clock shows it: "21 Nov 2026 18:00"; UTC is named, because few clocks show it."""
    text = moment.astimezone(ZoneInfo(zone)).strftime("%d %b %Y %H:%M").lstrip("0")
    return f"{text} UTC" if zone == "UTC" else text


def shown_day(moment: datetime, zone: str) -> str:
    """The date of a time on the reader's calendar: "21 Nov 2026"."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%d %b %Y").lstrip("0")
