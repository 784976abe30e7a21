"""Numbers as people say them, the same on page, mail and terminal."""

from __future__ import annotations

from collections.abc import Sequence

DAY_HOURS = 8.0
_COUNTED = 30  # up to so many, "3 of the last 7" says more than a percentage


def hours(value: float, day: float = DAY_HOURS) -> str:
    """Business hours: "40 minutes", "3.5 hours", "2.1 working days"; `day` is how many hours such a day has."""
    if value < 1:
        return count(max(1, round(value * 60)), "minute")
    if value < 2 * day:
        return few(value, "hour")
    return few(value / day, "working day")


def few(number: float, one: str, many: str | None = None) -> str:
    """A number with one decimal where it has one: "1 hour", "3.5 hours", "12 hours"."""
    shown = decimal(number)
    return f"{shown} {one if shown == '1' else many or one + 's'}"


def decimal(number: float) -> str:
    """With one decimal where there is one, below 10: "1.5", "2", "12"."""
    return f"{number:,.1f}".removesuffix(".0") if number < 9.95 else f"{number:,.0f}"


def changed_by(share: float) -> str:
    """How a share changed: "fell by 20 points", "rose by 1 point", "stayed"."""
    points = round(100 * abs(share))
    if points == 0:
        return "stayed"
    return f"{'fell' if share < 0 else 'rose'} by {count(points, 'point')}"


def percent(value: float) -> str:
    """A share as a whole percentage."""
    return f"{round(100 * value)} %"


def share_of(value: float, n: int) -> str:
    """A share of n things, to stand before "of": "3", "none", "all", or "37 %" of many."""
    part = round(value * n)
    if part in (0, n):
        return "all" if part else "none"
    return f"{part}" if n <= _COUNTED else percent(value)


def count(number: float, one: str, many: str | None = None) -> str:
    """ "1 answer", "3 answers", "1,200 answers"."""
    whole = round(number)
    return f"{whole:,} {one if whole == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 2) -> str:
    """ "bo", "bo and ed", "bo, ed and 3 others"."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {count(len(names) - most, 'other')}"
    return " and ".join(names)


def times(value: float) -> str:
    """A ratio, to stand before "as long" or "as much": "2.3 times", "about", "only 40 %"."""
    if value < 0.9:
        return f"only {percent(value)}"
    return "about" if value <= 1.1 else f"{decimal(value)} times"


def in_unit(value: float, unit: str) -> str:
    """A value with its unit, as short as can be understood."""
    if unit == "business hours":
        return hours(value)
    if unit == "share":
        return percent(value)
    if unit == "days":
        return count(value, "day")
    if unit == "joint business days":
        return few(value, "working day")
    if unit == "mails per answer":
        return few(value, "reminder")
    return decimal(value)


def sentence(text: str) -> str:
    """The text with a capital, and with "today" for what was no day ago."""
    for nothing in ("0 days ago", "0 working days ago"):
        text = text.replace(f" {nothing}", " today")
    return text[:1].upper() + text[1:]
