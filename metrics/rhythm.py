"""One partner's rhythm: what the gaps between contact days have taught, updated gap by gap.

A gap is a number of working days between two contact days. The model is a Weibull renewal process with a
gamma-distributed rate, averaged over a grid of shapes: bursty mail (shape below 1) and clockwork meetings
(shape 2 to 3) are both in it, and each partner's own gaps decide between them. Updating is O(grid) and exact:
feeding gaps one by one gives the same numbers as starting over.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

# A silence of a quarter is an end, not a gap of the rhythm: it is not learned from.
BREAK_DAYS = 65

SHAPES = (0.45, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0)
SHAPE_WEIGHT = (0.018, 0.536, 0.373, 0.018, 0.018, 0.018, 0.018)
PRIOR_COUNT = (12.76, 5.37, 2.95, 1.94, 0.82, 0.05, 0.05)
PRIOR_SUM = (22.96, 11.73, 9.01, 8.98, 11.07, 16.34, 40.37)
_KEEP = 0.5 ** (1 / 8)
_KEEP_EVIDENCE = 0.5 ** (1 / 40)
_RECENT = 12
_RANGE = range(len(SHAPES))
_LOG_WEIGHT = tuple(log(w) for w in SHAPE_WEIGHT)


class Rhythm:
    """What is known of one partner's gaps; `observe` adds one, `chance` asks how usual a silence is."""

    __slots__ = ("count", "evidence", "recent", "seen", "sums")

    def __init__(self) -> None:
        self.seen = 0
        self.count = 0.0
        self.sums = [0.0] * len(SHAPES)
        self.evidence = [0.0] * len(SHAPES)
        self.recent: list[int] = []

    def observe(self, gap: int) -> None:
        """Learn one gap in working days (at least 1); a gap of a quarter or more is not learned from."""
        if gap < 1:
            raise ValueError("a gap is at least one working day")
        if gap >= BREAK_DAYS:
            return
        count, sums, evidence = self.count, self.sums, self.evidence
        for k in _RANGE:
            shape = SHAPES[k]
            have, power = PRIOR_SUM[k] + sums[k], PRIOR_COUNT[k] + count
            longer: float = gap**shape
            before = (have / (have + (gap - 1) ** shape)) ** power
            after = (have / (have + longer)) ** power
            evidence[k] = _KEEP_EVIDENCE * evidence[k] + log(max(before - after, 1e-300))
            sums[k] = _KEEP * sums[k] + longer
        self.count = _KEEP * count + 1
        self.seen += 1
        self.recent.append(gap)
        del self.recent[:-_RECENT]

    def state(self) -> list[object]:
        """Everything learned, as JSON-ready values."""
        return [self.seen, self.count, self.sums, self.evidence, self.recent]

    @classmethod
    def of(cls, state: list[Any]) -> Rhythm:
        """The rhythm that `state` described."""
        made = cls()
        made.seen, made.count, made.sums, made.evidence, made.recent = state
        return made

    def chance(self, silence: float) -> float:
        """P(a silence longer than this many working days | nothing changed), 0..1."""
        if silence <= 0:
            return 1.0
        top = max(map(float.__add__, self.evidence, _LOG_WEIGHT))
        total = part = 0.0
        for k in _RANGE:
            weight = exp(self.evidence[k] + _LOG_WEIGHT[k] - top)
            have = PRIOR_SUM[k] + self.sums[k]
            total += weight
            part += weight * (have / (have + silence ** SHAPES[k])) ** (PRIOR_COUNT[k] + self.count)
        return part / total

    def silence_at(self, threshold: float, ceiling: int = 4000) -> int:
        """The first whole number of working days whose chance is at most `threshold`; at most `ceiling`."""
        low, high = 0, 1
        while high < ceiling and self.chance(high) > threshold:
            low, high = high, high * 2
        high = min(high, ceiling)
        while high - low > 1:
            middle = (low + high) // 2
            if self.chance(middle) > threshold:
                low = middle
            else:
                high = middle
        return high
