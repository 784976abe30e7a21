"""The rules that are compared: ours, the reference, a fixed number of days, and multiples of the mean gap.

Each is fed the same contact days and has one knob. `score` of a silence is monotone: the rule alarms once the silence
is long enough for its setting; a higher setting alarms earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Protocol

from metrics.rhythm import BREAK_DAYS, Rhythm

_KEEP, _KEEP_EVIDENCE = 0.5 ** (1 / 8), 0.5 ** (1 / 40)
_SHAPES = (0.45, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0)
_PRIOR = (0.018, 0.536, 0.373, 0.018, 0.018, 0.018, 0.018)
_COUNT = (12.76, 5.37, 2.95, 1.94, 0.82, 0.05, 0.05)
_SUM = (22.96, 11.73, 9.01, 8.98, 11.07, 16.34, 40.37)
LEAST_GAPS = 2


class Rule(Protocol):
    """One detector's memory of one partner."""

    def day(self, gap: int | None, words: Sequence[str]) -> None:
        """A contact day, so many working days after the last (None = the first), and who wrote each of its words."""

    def needed(self, silence: int) -> float:
        """The setting from which on a silence of so many working days alarms; inf = none does."""

    def age(self, setting: float) -> int:
        """The silence at which the rule alarms at this setting."""


class Ours:
    """The product's detector; the setting is its strictness, 1 as shipped."""

    def __init__(self) -> None:
        self.rhythm = Rhythm()

    def day(self, gap: int | None, words: Sequence[str]) -> None:
        first, *more = words
        if gap is None:
            self.rhythm.again(first)
        else:
            self.rhythm.observe(gap, first)
        for person in more:
            self.rhythm.again(person)

    def needed(self, silence: int) -> float:
        rhythm = self.rhythm
        if rhythm.seen < LEAST_GAPS or silence < rhythm.soonest:
            return float("inf")
        return rhythm.chance(silence) / rhythm.level(silence)

    def age(self, setting: float) -> int:
        return self.rhythm.quiet_at(setting) if self.rhythm.seen >= LEAST_GAPS else 10**6


class Reference:
    """Shape-averaged Weibull-gamma renewal with one chance for everybody; the setting is that chance."""

    def __init__(self) -> None:
        self._seen, self._n = 0, 0.0
        self._t = [0.0] * len(_SHAPES)
        self._e = [0.0] * len(_SHAPES)

    def _survival(self, k: int, silence: float) -> float:
        b = _SUM[k] + self._t[k]
        return float((b / (b + silence ** _SHAPES[k])) ** (_COUNT[k] + self._n))

    def day(self, gap: int | None, words: Sequence[str]) -> None:
        if gap is None or gap >= BREAK_DAYS:
            return
        for k in range(len(_SHAPES)):
            likelihood = self._survival(k, gap - 1) - self._survival(k, gap)
            self._e[k] = _KEEP_EVIDENCE * self._e[k] + log(max(likelihood, 1e-300))
        self._t = [_KEEP * t + gap**shape for t, shape in zip(self._t, _SHAPES, strict=True)]
        self._n = _KEEP * self._n + 1
        self._seen += 1

    def needed(self, silence: int) -> float:
        if self._seen < LEAST_GAPS:
            return float("inf")
        top = max(self._e)
        weights = [p * exp(e - top) for p, e in zip(_PRIOR, self._e, strict=True)]
        return sum(w * self._survival(k, silence) for k, w in enumerate(weights)) / sum(weights)

    def age(self, setting: float) -> int:
        return _first(self, setting) if self._seen >= LEAST_GAPS else 10**6


class FixedDays:
    """The same number of working days for everybody; the setting is minus that number."""

    def day(self, gap: int | None, words: Sequence[str]) -> None:
        pass

    def needed(self, silence: int) -> float:
        return -float(silence)

    def age(self, setting: float) -> int:
        return max(1, round(-setting))


class TimesMean:
    """So many times the mean of all gaps so far; the setting is minus that factor. Ten is Kalman and Rafaeli's rule."""

    def __init__(self) -> None:
        self._sum = self._n = 0

    def day(self, gap: int | None, words: Sequence[str]) -> None:
        if gap is not None and gap < BREAK_DAYS:
            self._sum += gap
            self._n += 1

    def needed(self, silence: int) -> float:
        return -silence * self._n / self._sum if self._n >= LEAST_GAPS else float("inf")

    def age(self, setting: float) -> int:
        if self._n < LEAST_GAPS:
            return 10**6
        return max(1, -int(setting * self._sum / self._n // 1))


def _first(rule: Reference, setting: float) -> int:
    low, high = 0, 1
    while high < 4000 and rule.needed(high) > setting:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if rule.needed(middle) > setting:
            low = middle
        else:
            high = middle
    return high
