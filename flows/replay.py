"""Replays an events file as if live: which quiet alarms it would have brought, and when.

The file is read once and line by line; only a rhythm per pair is held. An alarm is judged at the end of each
working day (Mon-Fri, UTC) from what came until then, so nothing later can change it.
"""

from __future__ import annotations

import csv
import gzip
import lzma
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from metrics.rhythm import BREAK_DAYS, Rhythm

DAY = 86_400
DEFAULT_THRESHOLD = 0.04
MIN_GAPS = 2
COLUMNS = ("us", "partner", "ts", "dir")
_EPOCH = date(1970, 1, 1).toordinal()


class Unusable(ValueError):
    """The events file cannot be used; the message names the line."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One quiet alarm: `ts` is the Unix second at the end of the working day that brought it."""

    us: str
    partner: str
    ts: int
    text: str


def working_index(day: int) -> int:
    """A running number of working days for a day since 1970-01-01; Saturday and Sunday count as their Friday."""
    week, weekday = divmod(day + 3, 7)
    return week * 5 + min(weekday, 4)


def day_of(index: int) -> int:
    """The day since 1970-01-01 that carries this working-day number."""
    week, weekday = divmod(index, 5)
    return week * 7 + weekday - 3


class _Pair:
    """The state of one pair while its events pass by."""

    __slots__ = ("alarmed", "last_ts", "last_word", "rhythm")

    def __init__(self) -> None:
        self.rhythm = Rhythm()
        self.last_word: int | None = None
        self.last_ts = -(1 << 62)
        self.alarmed = False

    def alarm_until(self, index: int, threshold: float) -> tuple[int, int] | None:
        """(working day, silence) of the alarm due at or before the end of working day `index`; None if none is."""
        if self.last_word is None or self.alarmed or self.rhythm.seen < MIN_GAPS:
            return None
        if index <= self.last_word or self.rhythm.chance(index - self.last_word) > threshold:
            return None
        silence = self.rhythm.silence_at(threshold)
        return self.last_word + silence, silence

    def hear(self, index: int) -> None:
        """An inbound message on this working day: the silence ends, and its length is learned."""
        if self.last_word is not None and index > self.last_word:
            self.rhythm.observe(index - self.last_word)
        self.last_word = index
        self.alarmed = False


def alarms(
    rows: Iterable[tuple[str, str, int, str]], until: date, threshold: float = DEFAULT_THRESHOLD
) -> Iterator[Alarm]:
    """The quiet alarms of (us, partner, ts, dir) rows, judged at the end of each working day up to `until`.

    The rows of one pair must be in time order; Unusable otherwise (with the row's number, the first being 1).
    """
    last_day = until.toordinal() - _EPOCH
    end = working_index(last_day)
    pairs: dict[tuple[str, str], _Pair] = {}
    for number, (us, partner, ts, direction) in enumerate(rows, 1):
        key = (us, partner)
        pair = pairs.get(key)
        if pair is None:
            pair = pairs[key] = _Pair()
        if ts < pair.last_ts:
            raise Unusable(f"{number}")
        pair.last_ts = ts
        day = ts // DAY
        if direction != "in" or day > last_day:
            continue
        index = working_index(day)
        judged = index if (day + 3) % 7 > 4 else index - 1
        due = pair.alarm_until(judged, threshold)
        if due is not None:
            yield _alarm(us, partner, pair, due)
        pair.hear(index)
    for (us, partner), pair in pairs.items():
        due = pair.alarm_until(end, threshold)
        if due is not None:
            yield _alarm(us, partner, pair, due)


def _alarm(us: str, partner: str, pair: _Pair, due: tuple[int, int]) -> Alarm:
    index, silence = due
    return Alarm(us, partner, day_of(index) * DAY + DAY - 1, f"silent for {silence}")


def main(events: str, until: str, out: str, p: float) -> None:
    opener = {".gz": gzip.open, ".xz": lzma.open}.get(Path(events).suffix, open)
    with opener(events, "rt", newline="") as f, open(out, "w", newline="") as g:
        rd = csv.reader(f)
        next(rd)
        w = csv.writer(g)
        w.writerow(["us", "partner", "alarm_ts", "text"])
        for a in alarms(((r[0], r[1], int(r[2]), r[3]) for r in rd), date.fromisoformat(until), p):
            w.writerow([a.us, a.partner, a.ts, a.text])


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:4], float(sys.argv[4]))
