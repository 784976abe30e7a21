"""Do days around the turn of the year count less? The detector with and without, on the halves of a stream.

    .venv/bin/python -m benchmarks.quiet_turn_of_year [FILE] [--weight 0.4]

With a weight, working days from 20 December to 6 January count so much in every gap and every silence; delays stay in
true working days. `share` is the share of the false alarms whose alarm day lies in that season.
"""

from __future__ import annotations

import argparse
from bisect import bisect_left
from datetime import date
from itertools import accumulate
from pathlib import Path

from benchmarks.quiet import DATA, shown
from benchmarks.quiet_protocol import Contact, Corpus, corpus_of, outcome
from benchmarks.quiet_readings import half, rows_of
from benchmarks.quiet_rules import LEAST_GAPS, Ours
from flows.replay import day_of
from metrics.rhythm import Rhythm

_EPOCH = date(1970, 1, 1).toordinal()
_LAST_INDEX = 5 * 52 * 70  # working days until about 2040


def in_season(index: int) -> bool:
    """Whether a working day lies between 20 December and 6 January."""
    day = date.fromordinal(day_of(index) + _EPOCH)
    return (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6)


def lived(of: Corpus, weight: float) -> tuple[list[tuple[Contact, int]], float]:
    """The alarm age after each contact, in true working days, and the share of false alarms within the season."""
    counted = list(accumulate(weight if in_season(index) else 1.0 for index in range(_LAST_INDEX)))
    ages: list[tuple[Contact, int]] = []
    false = within = 0
    for stream in of.streams:
        rule = Ours()
        for i, (day, words) in enumerate(zip(stream.days, stream.words, strict=True)):
            before = stream.days[i - 1] if i else None
            rule.day(None if before is None else max(1, round(counted[day] - counted[before])), words)
            contact = stream.contacts.get(i)
            if contact is None:
                continue
            age = _true_age(rule.rhythm, counted, day)
            ages.append((contact, age))
            if contact.inside and age <= contact.gap - 1:
                false += 1
                within += in_season(day + age)
    return ages, within / false if false else 0.0


def _true_age(rhythm: Rhythm, counted: list[float], day: int) -> int:
    if rhythm.seen < LEAST_GAPS:
        return 10**6
    return bisect_left(counted, counted[day] + rhythm.quiet_at() - 1e-6) - day


def main() -> None:
    """Print two rows a half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "linux.csv.xz")
    parser.add_argument("--weight", type=float, default=0.4)
    chosen = parser.parse_args()
    rows = rows_of(chosen.file)
    for which in (0, 1):
        of = corpus_of((row.us, row.partner, row.ts, row.inbound, row.person) for row in half(rows, which))
        for weight in (1.0, chosen.weight):
            ages, share = lived(of, weight)
            found = outcome(of, ages)
            ends = "-" if found.found is None else f"{found.found:.2f}"
            print(
                f"half {which}  weight {weight:3}  worst {found.worst:.2f} ({shown(found.false_alarms, 2)})  "
                f"delay {found.delay:.1f} ({shown(found.delays, 0)})  ends {ends}  share {share:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
