"""Business time, closed form against loops: pairs a second, side by side in one run, and the differences.

    python benchmarks/working_time.py [--peer PYTHON]

One calendar: Europe/Berlin, 9-17, Monday to Friday, public holidays. Pairs lie within ten years, up to 20 days apart.
`--peer` is a Python that has the package `business-duration` (it brings pandas, which we do not want among our own).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from metrics.opening_hours import public_holidays
from metrics.working_time import clock_of
from models.records import WorkingHours

HOURS = WorkingHours(zone="Europe/Berlin", hours="Mon-Fri 09:00-17:00", country="DE")
ZONE = ZoneInfo(HOURS.zone)

_PEER = """
import json, sys, time
from datetime import datetime, time as clock
from zoneinfo import ZoneInfo
import holidays
from business_duration import businessDuration
zone = ZoneInfo("Europe/Berlin")
pairs = json.load(sys.stdin)
days = holidays.country_holidays("DE", years=range(2016, 2027))
local = [[datetime.fromtimestamp(t, zone).replace(tzinfo=None) for t in pair] for pair in pairs]
start = time.perf_counter()
found = [businessDuration(a, b, clock(9), clock(17), holidaylist=days, unit="sec") for a, b in local]
json.dump([time.perf_counter() - start, [float(x) for x in found]], sys.stdout)
"""


def day_loop(start: int, end: int) -> int:
    """Every local date in turn."""
    first = datetime.fromtimestamp(start, ZONE).date()
    last = datetime.fromtimestamp(end, ZONE).date()
    total = 0
    day = first
    while day <= last:
        if day.weekday() < 5 and day not in public_holidays("DE", None, day.year):
            opens = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE).timestamp()
            closes = datetime(day.year, day.month, day.day, 17, tzinfo=ZONE).timestamp()
            total += max(0, int(min(end, closes) - max(start, opens)))
        day += timedelta(days=1)
    return total


def minute_loop(start: int, end: int) -> int:
    """Every minute in turn, as a first version is written."""
    total, at = 0, start
    while at < end:
        local = datetime.fromtimestamp(at, ZONE)
        holiday = date(local.year, local.month, local.day) in public_holidays("DE", None, local.year)
        if local.weekday() < 5 and not holiday and 9 <= local.hour < 17:
            total += min(60, end - at)
        at += 60
    return total


def rate(work: Callable[[], object], pairs: int) -> float:
    """Pairs a second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return pairs / best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer", help="a Python with business-duration installed")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    low = int(datetime(2016, 1, 4, tzinfo=UTC).timestamp())
    starts = rng.integers(low, low + 10 * 365 * 86_400, 1_000_000)
    ends = starts + rng.integers(0, 20 * 86_400, 1_000_000)
    clock = clock_of(HOURS)
    clock.cover(int(starts.min()), int(ends.max()))
    pairs = list(zip(starts.tolist(), ends.tolist(), strict=True))
    few, some, many = pairs[:300], pairs[:5_000], pairs[:100_000]
    rates = {
        "closed form, vectorised": rate(lambda: clock.between_many(starts, ends), len(starts)),
        "closed form, scalar": rate(lambda: [clock.between(a, b) for a, b in many], len(many)),
        "day loop": rate(lambda: [day_loop(a, b) for a, b in some], len(some)),
        "minute loop": rate(lambda: [minute_loop(a, b) for a, b in few[:20]], 20),
    }
    vector = clock.between_many(starts, ends).tolist()
    differs = {
        "vectorised v. scalar": sum(clock.between(a, b) != v for (a, b), v in zip(many, vector, strict=False)),
        "vectorised v. day loop": sum(day_loop(a, b) != v for (a, b), v in zip(some, vector, strict=False)),
    }
    if options.peer:
        done = subprocess.run(
            [options.peer, "-c", _PEER], input=json.dumps(some), text=True, capture_output=True, check=True
        )
        took, found = json.loads(done.stdout)
        rates["business-duration"] = len(some) / took
        differs["vectorised v. business-duration, over a minute"] = sum(
            abs(f - v) > 60 for f, v in zip(found, vector, strict=False)
        )
    else:
        sys.stdout.write("(give --peer PYTHON to add the package business-duration)\n")
    reference = rates.get("business-duration")
    for name, value in rates.items():
        ratio = f"{value / reference:10.1f} x business-duration" if reference else ""
        sys.stdout.write(f"{name:28} {value:14,.0f} pairs/s {value / rates['day loop']:10.1f} x day loop {ratio}\n")
    for name, count in differs.items():
        sys.stdout.write(f"{name}: {count} differ\n")
    return int(differs["vectorised v. scalar"] + differs["vectorised v. day loop"] > 0)


if __name__ == "__main__":
    sys.exit(main())
