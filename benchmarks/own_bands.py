"""How often a partner that did not change leaves its own band: concerns begun against the budget's promise.

    python benchmarks/own_bands.py STREAM.csv.xz [--pairs 150]

Every pair of a stream is folded once and looked at each week from its second year on, up to its last inbound mail, so
that the silence at its end is no part of it. A concern begins and ends as in metrics/concerns.py. Promised are
13 * chance concerns a partner-year and signal: one look in four weeks is new. The made-up streams do not change before
they end, so every concern there is false; real ones do change.
"""

from __future__ import annotations

import argparse
import csv
import lzma
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from metrics.bands import Level
from metrics.cadence import current_gap, gap
from metrics.folding import fold
from metrics.history import DAY, History
from metrics.own_bands import own_band_findings
from models.directory import Directory
from models.records import Message, Partner, Person, WorkingHours

OFFICE = WorkingHours()
LEAST_MAILS, YEAR = 60, 365 * DAY
CHANCES = (0.05, 0.01, 0.002)
NAMES = ("contact_days", "evenness")

Row = tuple[int, str, str, str, str]


def pairs(path: Path, most: int) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the busier pairs, an even choice of them by hash."""
    found: dict[str, list[Row]] = defaultdict(list)
    with lzma.open(path, "rt") if path.suffix == ".xz" else path.open() as file:
        for us, partner, ts, direction, person, msg, answers in csv.reader(file):
            if direction in {"in", "out"}:
                found[f"{us}\0{partner}"].append((int(ts), direction, person, msg, answers))
    busy = [pair for pair, rows in found.items() if len(rows) >= LEAST_MAILS and rows[-1][0] - rows[0][0] > 1.5 * YEAR]
    busy.sort(key=lambda pair: blake2b(pair.encode(), digest_size=8).digest())
    for pair in busy[:most]:
        yield pair, found[pair]


def whole(rows: list[Row]) -> History:
    """The pair's history at its last inbound mail."""
    us, them = Person(address="us@us.example"), Person(address="them@partner.example")
    mails = [
        Message(
            source="x",
            external_id=msg,
            uid=msg,
            at=datetime.fromtimestamp(ts, UTC),
            sender=them if direction == "in" else us,
            to=(us if direction == "in" else them,),
            references=(answers,) if answers else (),
        )
        for ts, direction, _, msg, answers in rows
    ]
    partner = Partner(key="p", title="P", domains=("partner.example",), learned_hours=False)
    last = max(ts for ts, direction, *_ in rows if direction == "in")
    now = datetime.fromtimestamp(last, UTC)
    return fold(mails, partner=partner, directory=Directory(["us.example"], [partner]), ours=OFFICE, now=now)


def looks(history: History) -> Iterator[History]:
    """The pair as known each week from its second year on."""
    times = [act.at for act in history.acts]
    for now in range(times[0] + YEAR, history.now, 7 * DAY):
        yield replace(history, now=now, acts=history.acts[: bisect_right(times, now)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("stream", type=Path)
    parser.add_argument("--pairs", type=int, default=150)
    options = parser.parse_args()
    begun: Counter[tuple[str, float]] = Counter()
    standing: dict[tuple[str, float], bool] = {}
    years = 0.0
    count = 0
    for _, rows in pairs(options.stream, options.pairs):
        if not any(direction == "in" for _, direction, *_ in rows):
            continue
        count += 1
        standing.clear()
        for history in looks(whole(rows)):
            years += 7 / 365
            pauses = {"current_gap": current_gap(history), "slow_gap": gap(history, p=0.9)}
            readings = {name: found for name, found in pauses.items() if found is not None}
            for chance in CHANCES:
                for finding in own_band_findings(history, readings, chance=chance):
                    place = (finding.name, chance)
                    if finding.level is Level.CONCERN and not standing.get(place):
                        begun[place] += 1
                        standing[place] = True
                    elif finding.level is Level.HEALTHY:
                        standing[place] = False
    sys.stdout.write(f"{options.stream.name}: {count} pairs, {years:.0f} partner-years after their first\n")
    sys.stdout.write("chance   promised   " + "  ".join(f"{name:>14}" for name in NAMES) + "\n")
    for chance in CHANCES:
        told = "  ".join(f"{begun[name, chance] / years if years else 0:14.3f}" for name in NAMES)
        sys.stdout.write(f"{chance:<8} {13 * chance:8.3f}   {told}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
