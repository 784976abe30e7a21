"""A partner's working hours, learned from when its people write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from metrics.acts import Act
from metrics.opening_hours import DAYS
from metrics.working_time import clock_of
from models.records import Side, WorkingHours

LEAST_MESSAGES = 50
LOOK_BACK = 365 * 86_400
_SLOT = 30  # minutes; finer would change the calendar with every mail
_SLOTS = 24 * 60 // _SLOT
_SHARE_OF_A_DAY = 0.05


def learned_hours(acts: Sequence[Act], hours: WorkingHours, *, now: int) -> WorkingHours | None:
    """The envelope of 5 to 95 in 100 of the partner's mails in the last year; None below 50 of them.

    In the zone of `hours`, whose holidays stay. The week is the weekdays that carry at least 5 in 100 of the mails,
    the day the same span on each of them, widened to half hours. A day that runs past midnight, as seen from a zone
    that is not theirs, is found by opening the circle of the day at its longest silence.
    """
    clock = clock_of(replace(hours, hours="Mon-Sun 00:00-24:00", country=None, closed=frozenset()))
    sent = [act.at for act in acts if act.side is Side.PARTNER and now - LOOK_BACK < act.at <= now]
    if len(sent) < LEAST_MESSAGES:
        return None
    days = [clock.day_of(at) for at in sent]
    minutes = [(at - clock.midnight(date.fromordinal(day))) // 60 % 1440 for at, day in zip(sent, days, strict=True)]
    opening = _after_longest_silence(sorted(minutes))
    # Mail sent after midnight in a span that began the evening before belongs to the date on which the span began.
    weekdays = [(day - 1 - (minute < opening)) % 7 for day, minute in zip(days, minutes, strict=True)]
    week = [day for day in range(7) if weekdays.count(day) >= _SHARE_OF_A_DAY * len(weekdays)]
    inside = sorted((m - opening) % 1440 for m, day in zip(minutes, weekdays, strict=True) if day in week)
    first = (opening + inside[int(0.05 * (len(inside) - 1))]) // _SLOT
    last = -(-(opening + inside[-1 - int(0.05 * (len(inside) - 1))] + 1) // _SLOT)
    names = ",".join(DAYS[day].title() for day in week)
    return replace(hours, hours=f"{names} {_clock(first)}-{_clock(min(last, first + _SLOTS))}")


def _after_longest_silence(minutes: list[int]) -> int:
    """The minute of the day at which, after the longest stretch without mail, the first mail comes."""
    gaps = [(minutes[i] - minutes[i - 1]) % 1440 for i in range(len(minutes))]
    return minutes[gaps.index(max(gaps))]


def _clock(slot: int) -> str:
    return f"{slot % _SLOTS * _SLOT // 60:02d}:{slot % _SLOTS * _SLOT % 60:02d}"
