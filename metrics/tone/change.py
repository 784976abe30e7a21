"""When a tone has changed: two one-sided CUSUMs against the partner's own baseline, limits by simulation.

Over a hundred messages a CUSUM finds a shift sooner than any comparison of two windows, and its false alarms can be
set: the limits are simulated from the user's own z values, partners differing by 0.3 and the baseline being learned,
as in use. Page (1954), Biometrika 41.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SLACK = 0.25  # in standard deviations: half the smallest shift worth finding
SHRINK = 8.0  # a partner's own history is worth n / (n + 8)
SPAN = 150  # messages over which a false alarm is counted
WATCH, ALARM = 0.20, 0.10  # chance of a false one in SPAN messages, each direction

_PARTNERS_DIFFER = 0.3
_RUNS = 3000


@dataclass(frozen=True, slots=True)
class Limits:
    """How high a CUSUM must climb, in standard deviations."""

    watch: float
    alarm: float


@dataclass(frozen=True, slots=True)
class Change:
    """A CUSUM above a limit. `since` is the index where its climb began, `found` where it crossed."""

    lower: bool
    alarm: bool
    since: int
    found: int


def baseline_size(n: int) -> int:
    """How many of n values make the baseline: 30, then 60, then 100 as history grows; all must come before the rest."""
    return 100 if n >= 250 else 60 if n >= 90 else 30


def shrunk(values: Sequence[float], towards: float = 0.0) -> float:
    """The mean of few values drawn towards what is usual.

    >>> shrunk([1.0] * 8)
    0.5
    """
    return (sum(values) + SHRINK * towards) / (len(values) + SHRINK)


def climbs(values: Sequence[float], baseline: float) -> tuple[list[float], list[float]]:
    """The CUSUM for "lower" and for "higher" after each value."""
    low, high = 0.0, 0.0
    lows, highs = [], []
    for value in values:
        low = max(0.0, low + baseline - value - SLACK)
        high = max(0.0, high + value - baseline - SLACK)
        lows.append(low)
        highs.append(high)
    return lows, highs


def last_change(values: Sequence[float], limits: dict[int, Limits]) -> Change | None:
    """The change that holds now, None if none does. `values` are z, oldest first.

    After an alarm the values since its climb began are the new baseline, so a tone that settled is news only once.
    """
    start = 0
    latest: Change | None = None
    while True:
        rest = values[start:]
        size = baseline_size(len(rest))
        if len(rest) <= size:
            return latest
        found = _first(rest, size, limits[size])
        if found is None:
            return latest
        latest = Change(found.lower, found.alarm, start + found.since, start + found.found)
        if not found.alarm:
            return latest
        start += max(found.since, 1)


def _first(values: Sequence[float], size: int, limits: Limits) -> Change | None:
    """The first alarm after the baseline, else a watch that still stands at the end."""
    lows, highs = climbs(values[size:], shrunk(values[:size]))
    for index, (low, high) in enumerate(zip(lows, highs, strict=True)):
        if max(low, high) > limits.alarm:
            path = lows if low >= high else highs
            return Change(low >= high, True, size + _began(path, index), size + index)
    if lows and max(lows[-1], highs[-1]) > limits.watch:
        path = lows if lows[-1] >= highs[-1] else highs
        return Change(lows[-1] >= highs[-1], False, size + _began(path, len(path) - 1), size + len(path) - 1)
    return None


def _began(path: Sequence[float], crossed: int) -> int:
    index = crossed
    while index > 0 and path[index - 1] > 0:
        index -= 1
    return index


def limits_for(values: Sequence[float]) -> dict[int, Limits]:
    """Limits for each baseline size, simulated from these z values; the same values give the same limits."""
    return _limits(tuple(round(value, 2) for value in sorted(values)))


@lru_cache(maxsize=8)
def _limits(values: tuple[float, ...]) -> dict[int, Limits]:
    pool = np.array(values)
    found = {}
    for size in (30, 60, 100):
        heights = highest_climbs(pool, size, SPAN)
        found[size] = Limits(float(np.quantile(heights, 1 - WATCH)), float(np.quantile(heights, 1 - ALARM)))
    return found


def limit_for_rate(values: Sequence[float], messages: int, *, baseline: int = 60) -> float:
    """The limit with one false alarm in `messages` messages on average, e.g. what a partner sends in two years."""
    pool = np.array([round(value, 2) for value in values])
    # Alarms of a restarted CUSUM come nearly without memory: one on average is a chance of 1 - 1/e of any.
    heights = highest_climbs(pool, baseline, min(messages, 1500), runs=1000)
    chance = 1 - np.exp(-min(messages, 1500) / messages)
    return float(np.quantile(heights, 1 - chance))


def highest_climbs(pool: np.ndarray, baseline: int, span: int, *, runs: int = _RUNS) -> np.ndarray:
    """The highest point of a CUSUM in each of many simulated unchanged partners; the same input, the same answer."""
    rng = np.random.default_rng(20_17)
    offset = rng.normal(0.0, _PARTNERS_DIFFER, (runs, 1))
    drawn = np.clip(rng.choice(pool, (runs, baseline + span)) + offset, -3.0, 3.0)
    learned = drawn[:, :baseline].sum(axis=1) / (baseline + SHRINK)
    level = np.zeros(runs)
    top = np.zeros(runs)
    for column in range(baseline, baseline + span):
        level = np.maximum(0.0, level + learned - drawn[:, column] - SLACK)
        top = np.maximum(top, level)
    return top
