"""Replays events as if live: which quiet alarms they would have brought, and when.

The events are read once, in order; only one rhythm per pair is held. A silence is judged at the end of each working
day (Mon-Fri, UTC) from what had come until then, so nothing later can change an alarm.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.event_file import Event
from metrics.quiet_words import silence_sentence
from metrics.rhythm import LEAST_GAPS, Rhythm

DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Alarm:
    """One quiet alarm: `ts` is the last Unix second of the working day that brought it."""

    us: str
    partner: str
    ts: int
    text: str


def alarms(events: Iterable[Event], until: date | None = None, *, strictness: float = 1.0) -> Iterator[Alarm]:
    """The quiet alarms, judged at the end of each working day up to `until` (None = the day of the last event).

    One alarm a silence: the next inbound event re-arms. Each pair's events ascend. `strictness` is the factor on the
    alarm level, see `metrics.strictness`. The alarms of one pair ascend; those still open at the end come last.
    """
    end = None if until is None else until.toordinal() - _EPOCH
    latest = -1
    pairs: dict[tuple[str, str], _Pair] = {}
    for us, partner, ts, inbound, person in events:
        day = ts // DAY
        if end is not None and day > end:
            continue
        latest = max(latest, day)
        if not inbound:
            continue
        pair = pairs.get((us, partner))
        if pair is None:
            pair = pairs[us, partner] = _Pair()
        index = working_index(day)
        # A week-end mail counts to its Friday, which had been judged before it came.
        alarm = pair.alarm(index if (day + 3) % 7 > 4 else index - 1, strictness)
        if alarm is not None:
            yield Alarm(us, partner, *alarm)
        pair.hear(index, person)
    last_judged = working_index(latest if end is None else end)
    for (us, partner), pair in pairs.items():
        alarm = pair.alarm(last_judged, strictness)
        if alarm is not None:
            yield Alarm(us, partner, *alarm)


def write_alarms(found: Iterable[Alarm], path: Path) -> int:
    """Write alarms as CSV us,partner,alarm_ts,text; gives how many. OSError where that cannot be done."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("us", "partner", "alarm_ts", "text"))
        for alarm in found:
            writer.writerow((alarm.us, alarm.partner, alarm.ts, alarm.text))
            count += 1
    return count


def working_index(day: int) -> int:
    """A running number of working days for a day since 1970-01-01; Saturday and Sunday count to their Friday."""
    week, weekday = divmod(day + 3, 7)
    return week * 5 + min(weekday, 4)


def day_of(index: int) -> int:
    """The Monday to Friday, in days since 1970-01-01, that carries this number."""
    week, weekday = divmod(index, 5)
    return week * 7 + weekday - 3


class _Pair:
    """The state of one pair while its events pass by."""

    __slots__ = ("_alarmed", "_first", "_last", "_rhythm")

    def __init__(self) -> None:
        self._rhythm = Rhythm()
        self._last = 0
        self._first = True
        self._alarmed = True  # nothing to be silent about yet

    def alarm(self, judged: int, strictness: float) -> tuple[int, str] | None:
        """(second, sentence) of the alarm due by the end of working day `judged`; None if none is, or it was told."""
        silence = judged - self._last
        rhythm = self._rhythm
        if self._alarmed or silence < 1 or rhythm.seen < LEAST_GAPS or not rhythm.is_quiet(silence, strictness):
            return None
        self._alarmed = True
        silence = rhythm.quiet_at(strictness)
        return day_of(self._last + silence) * DAY + DAY - 1, silence_sentence(rhythm, silence)

    def hear(self, index: int, person: str) -> None:
        """An inbound event on this working day ends the silence, and its length is learned."""
        if not self._first and index > self._last:
            self._rhythm.observe(index - self._last, person)
        else:
            self._rhythm.again(person)
        self._first = False
        self._last = max(self._last, index)
        self._alarmed = False
