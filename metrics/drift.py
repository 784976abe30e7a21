"""A change for the worse in a row of observations, told as soon as it can be and seldom without cause.

Each observation is ranked among the sixty before it, its rank is turned into a normal score z, and
C = max(0, C + z - 0.25) is carried on (Page, 1954, Biometrika 41:100; on ranks: Bakir & Reynolds, 1979, Technometrics
21:175). Ranks make it indifferent to the enormous spread of answer times, whose standard deviation is a factor of 9.
A drift is called when C reaches its limit and the last twelve are, by their median, twice the base; then C starts anew.

On the replies of 14 mailing lists (`benchmarks/drift.py`), at one false alarm in 100 replies, a slack of 0.25 finds a
threefold slow-down within 20 replies in 56 of 100 cases, the textbook's 0.5 in 47: real slow-downs are small steps in a
wide spread. Ten replies are too few to learn anything below a tenfold one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

from metrics.quantiles import median

BASE = 60  # a base of 10 would cost a third of the power
LEAST_BEFORE = 20
RECENT = 12
SLACK = 0.25
RATIO = 2.0
DEFAULT_LIMIT = 8.0
# False alarms a reply over the limit, on 14 mailing lists' replies: alarms = exp(_LEVEL - _SLOPE * limit).
_LEVEL = -3.15
_SLOPE = 0.163
_LOWEST, _HIGHEST = 5.0, 40.0

_SCORES = NormalDist()


@dataclass(frozen=True, slots=True)
class Drift:
    """A drift called at observation `index`; `base` and `recent` are the medians (for yes/no rows the shares)."""

    index: int
    base: float
    recent: float
    score: float


def drifts(values: Sequence[float], *, limit: float = DEFAULT_LIMIT, floor: float = 0.0) -> Iterator[Drift]:
    """Every drift upwards in a row of observations, oldest first; needs 20 observations before it can call one.

    floor  a recent median below this is never a drift: from 5 to 15 minutes nobody gets worried
    """
    window: list[float] = []
    score = 0.0
    for index, value in enumerate(values):
        if len(window) >= LEAST_BEFORE:
            score = max(0.0, score + normal_score(value, window) - SLACK)
            if score >= limit:
                recent = values[max(0, index - RECENT + 1) : index + 1]
                base = values[max(0, index - RECENT + 1 - BASE) : max(0, index - RECENT + 1)]
                found = _compared(index, base, recent, score)
                if found.recent >= floor and _is_worse(found, is_binary=set(base) | set(recent) <= {0.0, 1.0}):
                    yield found
                    score = 0.0
        insort(window, value)
        if len(window) > BASE:
            del window[bisect_left(window, values[index - BASE])]


def normal_score(value: float, ascending: Sequence[float]) -> float:
    """The normal quantile of a value's mid-rank among earlier ones."""
    low, high = bisect_left(ascending, value), bisect_right(ascending, value)
    return _SCORES.inv_cdf(((low + high) / 2 + 0.5) / (len(ascending) + 1))


def limit_for(observations_a_month: float, alarms_a_month: float) -> float:
    """The limit that gives about so many false alarms a month over all rows of all partners together.

    From the measured rate: 1 in 100 at limit 8, 1 in 1,000 at limit 21. Where a budget would let the limit sink below 5
    it stays there.
    """
    if observations_a_month <= 0 or alarms_a_month <= 0:
        return DEFAULT_LIMIT
    wanted = (_LEVEL - log(alarms_a_month / observations_a_month)) / _SLOPE
    return min(_HIGHEST, max(_LOWEST, wanted))


def expected_alarms(observations: float, limit: float) -> float:
    """How many false alarms so many observations bring at this limit."""
    return observations * exp(_LEVEL - _SLOPE * limit)


def _compared(index: int, base: Sequence[float], recent: Sequence[float], score: float) -> Drift:
    if set(base) | set(recent) <= {0.0, 1.0}:
        return Drift(index, sum(base) / len(base), sum(recent) / len(recent), score)
    return Drift(index, median(base), median(recent), score)


def _is_worse(found: Drift, *, is_binary: bool) -> bool:
    # A share that doubles from 1 to 2 in 100 is nothing to write about.
    return found.recent >= RATIO * found.base and (not is_binary or found.recent - found.base >= 0.25)
