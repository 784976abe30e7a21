"""Numbers as people say them, the same on page, mail and terminal."""

from __future__ import annotations


def hours(value: float) -> str:
    """Business hours: "40 minutes", "3.5 hours", "2.1 working days" (of 8 hours)."""
    if value < 1:
        return f"{max(1, round(value * 60))} minutes"
    if value < 16:
        return f"{value:.1f} hours"
    return f"{value / 8:.1f} working days"


def percent(value: float) -> str:
    """A share as a whole percentage."""
    return f"{round(100 * value)} %"


def count(number: float, one: str, many: str | None = None) -> str:
    """ "1 answer", "3 answers"."""
    whole = round(number)
    return f"{whole} {one if whole == 1 else many or one + 's'}"


def in_unit(value: float, unit: str) -> str:
    """A value with its unit, as short as can be understood."""
    if unit == "business hours":
        return hours(value)
    if unit == "share":
        return percent(value)
    if unit == "days":
        return count(value, "day")
    if unit == "joint business days":
        return f"{value:.1f} working days"
    return f"{value:.1f}"
