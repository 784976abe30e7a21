"""How well slower answers are told: false alarms per 100 replies, and the share of slow-downs found, on real replies.

    python benchmarks/drift.py --events STREAM.csv.xz

Replies are inbound mails whose In-Reply-To is one of ours to the same partner; latency is weekday time. Half of the
pairs (by hash) sets each limit to 1 false alarm per 100 replies, the other half is measured. A slow-down multiplies
every latency from a random point on; found means an alarm within 10 or 20 replies of it. x1 is what would have come
anyway. The last table is the rule as shipped, with the demand that the median doubles and a new start after each call.
"""

from __future__ import annotations

import argparse
import csv
import lzma
import random
import sys
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from math import log
from pathlib import Path

from metrics.drift import BASE, LEAST_BEFORE, SLACK, drifts, normal_score
from metrics.working_time import clock_of
from models.records import WorkingHours

LEAST_REPLIES = 30
AHEAD = 20
WEEKDAYS = clock_of(WorkingHours(hours="Mon-Fri 00:00-24:00"))


def replies(path: Path) -> dict[str, list[float]]:
    """Latencies in weekday hours of each pair, in the order in which the replies came."""
    sent: dict[tuple[str, str], int] = {}
    found: dict[str, list[float]] = defaultdict(list)
    with lzma.open(path, "rt") if path.suffix == ".xz" else path.open() as file:
        for us, partner, ts, direction, _, msg, answers in csv.reader(file):
            if direction == "out":
                sent[us + "\0" + partner, msg] = int(ts)
            elif direction == "in" and answers:
                asked = sent.get((us + "\0" + partner, answers))
                if asked is not None and int(ts) > asked:
                    found[us + "\0" + partner].append(max(WEEKDAYS.between(asked, int(ts)), 60) / 3600)
    return {pair: row for pair, row in found.items() if len(row) >= LEAST_REPLIES}


Chart = Callable[[Sequence[float]], list[float]]


def rank_cusum(values: Sequence[float], slack: float = SLACK, base: int = BASE) -> list[float]:
    """The statistic after each value, without new starts: what was above stays above, so x1 is high."""
    window: list[float] = []
    score, found = 0.0, []
    for i, value in enumerate(values):
        if len(window) >= LEAST_BEFORE:
            score = max(0.0, score + normal_score(value, window) - slack)
        found.append(score)
        insort(window, value)
        if len(window) > base:
            del window[bisect_left(window, values[i - base])]
    return found


def rank_ewma(values: Sequence[float], weight: float = 0.1) -> list[float]:
    """An exponentially weighted mean of the same rank scores."""
    window: list[float] = []
    score, found = 0.0, []
    for i, value in enumerate(values):
        if len(window) >= LEAST_BEFORE:
            score += weight * (normal_score(value, window) - score)
        found.append(score)
        insort(window, value)
        if len(window) > BASE:
            del window[bisect_left(window, values[i - BASE])]
    return found


def log_ratio(values: Sequence[float], recent: int = 8, before: int = 30) -> list[float]:
    """The mean log latency of the last 8 less that of the 30 before: what a spreadsheet would do."""
    logs = [log(value) for value in values]
    found = []
    for i in range(len(values)):
        now, then = logs[max(0, i - recent + 1) : i + 1], logs[max(0, i - recent - before + 1) : max(0, i - recent + 1)]
        found.append(sum(now) / len(now) - sum(then) / len(then) if len(then) >= LEAST_BEFORE - recent else 0.0)
    return found


def crossings(chart: Sequence[float], limit: float) -> int:
    """How often the statistic rises to its limit; it has to fall by half before it counts again."""
    count, armed = 0, True
    for value in chart:
        if armed and value >= limit:
            count, armed = count + 1, False
        elif value < limit / 2:
            armed = True
    return count


def limit_at(rows: Sequence[Sequence[float]], chart: Chart, per_100: float) -> float:
    """The limit that gives this many crossings per 100 replies."""
    charts = [chart(row) for row in rows]
    total = sum(len(row) - LEAST_BEFORE for row in rows)
    low, high = 0.0, 50.0
    for _ in range(30):
        middle = (low + high) / 2
        if 100 * sum(crossings(c, middle) for c in charts) / total > per_100:
            low = middle
        else:
            high = middle
    return high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=6, help="random slow-downs in each pair")
    options = parser.parse_args()
    rows = replies(options.events)
    halves: tuple[list[list[float]], list[list[float]]] = ([], [])
    for pair, row in sorted(rows.items()):
        halves[blake2b(pair.encode(), digest_size=1).digest()[0] % 2].append(row)
    out = sys.stdout.write
    out(f"{sum(map(len, rows.values()))} replies in {len(rows)} pairs with at least {LEAST_REPLIES}\n\n")
    rng = random.Random(options.seed)
    cuts = [
        (row, rng.randrange(LEAST_BEFORE + 10, len(row) - AHEAD + 1))
        for row in halves[1]
        if len(row) >= LEAST_BEFORE + 10 + AHEAD
        for _ in range(options.points)
    ]
    factors = (1, 2, 3, 5, 10)
    out("statistic (limit at 1 false alarm per 100)".ljust(46) + "".join(f"x{f}".rjust(12) for f in factors) + "\n")
    charts: dict[str, Chart] = {
        "mean of logs, last 8 v. 30 before": log_ratio,
        "EWMA 0.1 of rank scores (60)": rank_ewma,
        "CUSUM k=.25 of rank scores (60), shipped": rank_cusum,
        "CUSUM k=.5 of rank scores (60)": lambda row: rank_cusum(row, slack=0.5),
        "CUSUM k=.75 of rank scores (60)": lambda row: rank_cusum(row, slack=0.75),
        "CUSUM k=.25 of rank scores (100)": lambda row: rank_cusum(row, base=100),
    }
    for name, chart in charts.items():
        limit = limit_at(halves[0], chart, 1.0)
        line = f"{name} ({limit:.2f})".ljust(46)
        for factor in factors:
            hits = [0, 0]
            for row, cut in cuts:
                slowed = [*row[:cut], *(value * factor for value in row[cut : cut + AHEAD])]
                after = chart(slowed)[cut:]
                hits[0] += any(value >= limit for value in after[:10])
                hits[1] += any(value >= limit for value in after)
            line += f"{hits[0] / len(cuts):.2f}/{hits[1] / len(cuts):.2f}".rjust(12)
        out(line + "\n")
    out("\nThe rule as shipped: limit, and a doubled median of the last 12\n")
    out("limit".ljust(10) + "per 100".rjust(10) + "".join(f"x{f}".rjust(12) for f in factors) + "\n")
    for limit in (5.0, 8.0, 10.0, 14.0, 20.0, 28.0):
        total = sum(len(row) - LEAST_BEFORE for row in rows.values())
        alarms = sum(len(list(drifts(row, limit=limit))) for row in rows.values())
        line = f"{limit:.0f}".ljust(10) + f"{100 * alarms / total:.3f}".rjust(10)
        for factor in factors:
            hits = [0, 0]
            for row, cut in cuts:
                slowed = [*row[:cut], *(value * factor for value in row[cut : cut + AHEAD])]
                called = [drift.index for drift in drifts(slowed, limit=limit) if drift.index >= cut]
                hits[0] += any(index < cut + 10 for index in called)
                hits[1] += bool(called)
            line += f"{hits[0] / len(cuts):.2f}/{hits[1] / len(cuts):.2f}".rjust(12)
        out(line + "\n")


if __name__ == "__main__":
    main()
