"""Rules that no meeting follows, told before anybody tries to follow them.

An invitation comes from anybody. A rule that fires every second, or looks for a 30 February for ever, keeps the
expander busy for minutes; none is a meeting between people.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

_DENSE = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_MOST_A_DAY = 24
_MOST_RULES = 5
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FIRST, _TRIED = date(2024, 1, 1), 8 * 366  # every date and weekday there is, leap years among them


def is_no_meeting(event: Any) -> bool:
    """Whether a rule of this event fires too often for meetings, never, or is broken."""
    rules = event.get("RRULE") or []
    rules = rules if isinstance(rules, list) else [rules]
    return len(rules) > _MOST_RULES or any(_is_absurd(rule) for rule in rules)


def _is_absurd(rule: Mapping[str, Sequence[Any]]) -> bool:
    frequency = str(_first(rule, "FREQ", "")).upper()
    times = 1
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(_all(rule, part)))
    if frequency in _DENSE or times > _MOST_A_DAY or int(_first(rule, "INTERVAL", 1)) < 1:
        return True
    return frequency == "DAILY" and not _ever(rule)


def _ever(rule: Mapping[str, Sequence[Any]]) -> bool:
    """Whether any date passes the filters of a daily rule; others give up soon by themselves."""
    months, days, of_year = (set(map(int, _all(rule, part))) for part in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY"))
    weekdays = {str(day).upper()[-2:] for day in _all(rule, "BYDAY")}
    if not (months or days or of_year):
        return True
    for number in range(_TRIED):
        day = _FIRST + timedelta(days=number)
        left = monthrange(day.year, day.month)[1] - day.day + 1
        nth = day.timetuple().tm_yday
        in_year = 366 if monthrange(day.year, 2)[1] == 29 else 365
        if (
            (not months or day.month in months)
            and (not days or day.day in days or -left in days)
            and (not of_year or nth in of_year or nth - in_year - 1 in of_year)
            and (not weekdays or _DAYS[day.weekday()] in weekdays)
        ):
            return True
    return False


def _all(rule: Mapping[str, Sequence[Any]], part: str) -> Sequence[Any]:
    found = rule.get(part) or ()
    return found if isinstance(found, list | tuple) else (found,)


def _first(rule: Mapping[str, Sequence[Any]], part: str, default: Any) -> Any:
    return next(iter(_all(rule, part)), default)
