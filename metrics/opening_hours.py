"""What a line such as "Mon-Fri 09:00-17:00" and a country say: weekly shifts and the dates that do not count."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_PART = re.compile(rf"^\s*([A-Za-z]{{3}}[A-Za-z,\s-]*?)\s+({_SPAN}(?:\s*,\s*{_SPAN})*)\s*$")
_MINUTES_A_DAY = 24 * 60


class NotACalendar(ValueError):
    """Working hours that cannot be read, or a country or region without known holidays; one sentence says which."""


Shift = tuple[int, int]  # minutes after local midnight; an end above 1440 lies on the next date


@lru_cache(maxsize=512)
def weekly_shifts(hours: str) -> tuple[tuple[Shift, ...], ...]:
    """For Monday to Sunday the shifts that start on that day, ascending and disjoint within the day.

    "Mon-Fri 09:00-12:30,13:30-18:00; Sat 10:00-14:00". A range of days may wrap ("Sun-Thu"); a shift whose end is at
    or before its start runs past midnight, and "00:00-24:00" is the whole day. NotACalendar says what cannot be read.
    """
    week: list[list[Shift]] = [[] for _ in DAYS]
    for part in hours.split(";"):
        if not part.strip():
            continue
        found = _PART.match(part)
        if found is None:
            raise NotACalendar(f'working hours {part.strip()!r} are not of the form "Mon-Fri 09:00-17:00"')
        shifts = [_shift(span) for span in found[2].split(",")]
        for day in _days(found[1]):
            week[day].extend(shifts)
    if not any(week):
        raise NotACalendar("working hours name no day")
    return tuple(_merged(shifts) for shifts in week)


def _days(text: str) -> Iterable[int]:
    for token in text.lower().replace(" ", "").split(","):
        first, _, last = token.partition("-")
        ends = [_day(name) for name in (first, last or first)]
        day = ends[0]
        yield day
        while day != ends[1]:
            day = (day + 1) % 7
            yield day


def _day(name: str) -> int:
    if len(name) < 3 or name[:3] not in DAYS:
        raise NotACalendar(f"working hours: {name!r} is not a day of the week (Mon Tue Wed Thu Fri Sat Sun)")
    return DAYS.index(name[:3])


def _shift(span: str) -> Shift:
    start, end = (_minutes(clock) for clock in span.split("-"))
    return (start, end if end > start else end + _MINUTES_A_DAY)


def _minutes(clock: str) -> int:
    hour, minute = (int(number) for number in clock.split(":"))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise NotACalendar(f"working hours: {clock.strip()!r} is not a time of day")
    return hour * 60 + minute


def _merged(shifts: list[Shift]) -> tuple[Shift, ...]:
    merged: list[Shift] = []
    for start, end in sorted(shifts):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


@lru_cache(maxsize=4096)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country, and of a subdivision ("IN-KA" or "KA"), in one year.

    NotACalendar for a country or subdivision that the `holidays` library does not know.
    """
    place = country.strip().upper()
    part = region.strip().upper().removeprefix(f"{place}-") if region else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # years for which moon-dated feasts are estimates
        try:
            return frozenset(_library().country_holidays(place, subdiv=part, years=year))
        except NotImplementedError as e:
            where = f"{country}, region {region}" if region else country
            raise NotACalendar(f"no public holidays are known for {where}") from e


@lru_cache(maxsize=1)
def _library() -> ModuleType:
    """The library of holidays, which loads a country when it is asked for.

    It means to do so by itself, but any country's module makes Python run the package's own module first, and that
    imports all 250 of them: an eighth of what `explain` takes. So that package stands there already, empty; what it
    holds is found in its folder as before.
    """
    import holidays  # noqa: PLC0415  the library is large; commands that need no calendar must not wait for it

    name = "holidays.countries"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(Path(folder) / "countries") for folder in holidays.__path__]
        sys.modules[name] = package
    return holidays


@lru_cache(maxsize=1)
def holidays_version() -> str:
    """The release of the holiday tables: another release may move a date, so it is part of a calendar's version."""
    return version("holidays")
