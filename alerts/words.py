"""Numbers, dates and lists as people say them. Pure; times are shown in the reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo


def number(value: float) -> str:
    """A short number: 3, 2.5, 11; one decimal only where it says something."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) or rounded >= 10 else f"{rounded:.1f}"


def working_days(value: float) -> str:
    """ "1 working day", "11 working days", "less than a working day"."""
    if value < 0.05:
        return "less than a working day"
    shown = number(value)
    return f"{shown} working day{'' if shown == '1' else 's'}"


def count(n: int, one: str, many: str | None = None) -> str:
    """ "1 mail", "2 mails", "no mails"."""
    return f"{n or 'no'} {one if n == 1 else many or one + 's'}"


def times(n: int) -> str:
    """Once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def day(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """ "Fri 6 Nov", with the year where it is not this one's."""
    local = at.astimezone(ZoneInfo(zone))
    is_this_year = now is not None and local.year == now.astimezone(ZoneInfo(zone)).year
    return f"{local:%a} {local.day} {local:%b}{'' if is_this_year else f' {local.year}'}"


def moment(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """ "Fri 6 Nov, 09:30"."""
    return f"{day(at, zone, now=now)}, {at.astimezone(ZoneInfo(zone)):%H:%M}"


def listed(names: Sequence[str], limit: int = 3) -> str:
    """ "A, B and C"; more than the limit become "A, B and 4 more"."""
    shown = list(names)
    if len(shown) > limit:
        shown = [*shown[: limit - 1], f"{len(shown) - limit + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def short(title: str, limit: int = 48) -> str:
    """A name short enough for a subject: what comes after it must not be cut off."""
    return title if len(title) <= limit else title[: limit - 1].rstrip(" ,.-–") + "…"


def percent(share: float) -> str:
    """ "4 %", "1.3 %", "less than 0.1 %"."""
    value = share * 100
    if value < 0.1:
        return "less than 0.1 %"
    return f"{value:.1f} %" if value < 9.95 and round(value, 1) != round(value) else f"{value:.0f} %"
