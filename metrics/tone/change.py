"""When a tone has changed: two one-sided CUSUMs against the partner's own baseline, limits by simulation.

Over a hundred messages a CUSUM finds a shift sooner than any comparison of two windows, and its false alarms can be
set: the limits are simulated from the user's own z values, partners differing by 0.3 and the baseline being learned,
as in use. Page (1954), Biometrika 41. Each alarm is the one that would have come live: it knows nothing later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SLACK = 0.25  # in standard deviations: half the smallest shift worth finding
SHRINK = 8.0  # a partner's own history is worth n / (n + 8)
SPAN = 150  # messages over which a false alarm is counted
WATCH, ALARM = 0.20, 0.10  # greatest chance of a false one in SPAN messages, each direction
A_PARTNER = 4  # tests that share one false alarm: cooler and warmer, theirs and ours

_PARTNERS_DIFFER = 0.3
_RUNS = 3000
_POOL = 200
_FEWEST_PACE = 300
_FOLLOWED = {30: 60, 60: 160, 100: 400}  # messages watched with a baseline of this size, before a longer one is there


@dataclass(frozen=True, slots=True)
class Limits:
    """How high a CUSUM must climb, in standard deviations."""

    watch: float
    alarm: float


@dataclass(frozen=True, slots=True)
class Change:
    """A CUSUM above a limit. `since` is the index where its climb began, `found` where it crossed.

    `baseline` is the level that it left; `alarm` is False for a watch, which holds only as long as it stands.
    """

    lower: bool
    alarm: bool
    since: int
    found: int
    baseline: float


def baseline_size(n: int) -> int:
    """How many of the n values before this one make the baseline: 30, then 60, then 100 as history grows; 0 = none.

    >>> [baseline_size(n) for n in (29, 30, 90, 250)]
    [0, 30, 60, 100]
    """
    return 100 if n >= 250 else 60 if n >= 90 else 30 if n >= 30 else 0


def shrunk(values: Sequence[float]) -> float:
    """The mean of few values drawn towards 0, what is usual.

    >>> shrunk([1.0] * 8)
    0.5
    """
    return sum(values) / (len(values) + SHRINK)


class _Climbs:
    """Both CUSUMs against one baseline, and where each began to climb."""

    __slots__ = ("baseline", "high", "high_since", "low", "low_since")

    def __init__(self, baseline: float, start: int) -> None:
        self.baseline = baseline
        self.low = self.high = 0.0
        self.low_since = self.high_since = start

    def add(self, index: int, value: float) -> None:
        if self.low <= 0:
            self.low_since = index
        if self.high <= 0:
            self.high_since = index
        self.low = max(0.0, self.low + self.baseline - value - SLACK)
        self.high = max(0.0, self.high + value - self.baseline - SLACK)

    def change(self, index: int, *, alarm: bool) -> Change:
        lower = self.low >= self.high
        return Change(lower, alarm, self.low_since if lower else self.high_since, index, self.baseline)


def alarms(values: Sequence[float], limits: dict[int, Limits]) -> list[Change]:
    """Every alarm in these z, oldest first. What comes after one is judged against a baseline learned anew."""
    return [change for change in changes(values, limits) if change.alarm]


def changes(values: Sequence[float], limits: dict[int, Limits]) -> list[Change]:
    """Every alarm, and last the watch that stands at the end, if one does."""
    found: list[Change] = []
    start = 0
    while (change := _first(values, start, limits)) is not None:
        found.append(change)
        if not change.alarm:
            break
        start = change.found + 1
    return found


def _first(values: Sequence[float], start: int, limits: dict[int, Limits]) -> Change | None:
    """The first alarm of what begins at `start`, else a watch that still stands at the end."""
    size = 0
    climbs = _Climbs(0.0, start)
    for index in range(start, len(values)):
        wanted = baseline_size(index - start)
        if not wanted:
            continue
        if wanted != size:  # a longer baseline: what was judged by the shorter one is judged again
            size = wanted
            climbs = _Climbs(shrunk(values[start : start + size]), start + size)
            for earlier in range(start + size, index):
                climbs.add(earlier, values[earlier])
        climbs.add(index, values[index])
        if max(climbs.low, climbs.high) > limits[size].alarm:
            return climbs.change(index, alarm=True)
    if size and max(climbs.low, climbs.high) > limits[size].watch:
        return climbs.change(len(values) - 1, alarm=False)
    return None


def limits_for(values: Sequence[float], pace: int = _FEWEST_PACE) -> dict[int, Limits]:
    """Limits for each baseline size, simulated from these z; the same input gives the same limits.

    `pace` is how many values a partner brings in two years: a busy one gets higher limits, so that all four tests of
    a partner together bring at most one false alarm in two years; no test brings one in more than 10 % of 150 values.
    """
    import numpy as np  # noqa: PLC0415  `explain` is shown without it where no tone is scored

    ordered = np.sort(np.asarray(values, dtype=float))
    # Rounded so that one mailbox of today and of last month share a simulation.
    pool = (np.quantile(ordered, (np.arange(_POOL) + 0.5) / _POOL) * 20).round() / 20
    grown = _FEWEST_PACE
    while grown < pace:  # in steps, so that partners of a similar pace share one simulation
        grown = grown * 4 // 3
    return _limits(tuple(float(value) for value in pool), grown)


@lru_cache(maxsize=64)
def _limits(values: tuple[float, ...], pace: int) -> dict[int, Limits]:
    import numpy as np  # noqa: PLC0415

    pool = np.array(values)
    rate = min(-log(1 - ALARM) / SPAN, 1 / (A_PARTNER * pace))
    found = {}
    for size, span in _FOLLOWED.items():
        heights = highest_climbs(pool, size, span)
        chance = 1 - exp(-rate * span)
        found[size] = Limits(
            float(np.quantile(heights, 1 - chance * WATCH / ALARM)), float(np.quantile(heights, 1 - chance))
        )
    return found


def highest_climbs(pool: np.ndarray, baseline: int, span: int, *, runs: int = _RUNS) -> np.ndarray:
    """The highest point of a CUSUM in each of many simulated unchanged partners; the same input, the same answer."""
    import numpy as np  # noqa: PLC0415

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
