"""The clockwork inside a rhythm: a call every fifth working day, now and then skipped, now and then moved.

Gaps are whole multiples of a period: (1 - q) q^(m-1) for the m-th multiple, give or take a two-sided geometric jitter.
Where gaps obey it, a silence is telling as soon as the second expected day has passed, and never a day before.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any

_LEAST_PERIOD = 3
_MEDIAN_OF = 12
_JITTER_PRIOR = (1.2, 2.0)  # sum and number of absolute deviations, in working days
_SKIP_PRIOR = (0.5, 6.5)  # skipped and planned occurrences
_KEEP_JITTER = 0.5 ** (1 / 12)
_KEEP_SKIPS = 0.5 ** (1 / 40)
_KEEP_EVIDENCE = 0.5 ** (1 / 40)
_NO_PERIOD = log(1e-3)  # what a gap is worth as evidence while there is no period
_FLOOR = 1e-5


class Clockwork:
    """A period with skips and jitter, learned gap by gap; `evidence` says how well it foretold them (log, decayed)."""

    __slots__ = ("_deviations", "_gaps", "_planned", "_skipped", "_weighed", "evidence", "period")

    def __init__(self) -> None:
        self.evidence = 0.0
        self.period = 0
        self._gaps: list[int] = []
        self._deviations = self._weighed = 0.0
        self._skipped = self._planned = 0.0

    @property
    def has_period(self) -> bool:
        """Whether the usual gap is long enough to speak of a period."""
        return self.period >= _LEAST_PERIOD

    def hear(self, gap: int) -> None:
        """Learn one gap, in working days."""
        period = self.period
        if self.has_period:
            self.evidence = _KEEP_EVIDENCE * self.evidence + log(max(self.longer(gap - 1) - self.longer(gap), _FLOOR))
            times = max(1, round(gap / period))
            self._deviations = _KEEP_JITTER * self._deviations + min(abs(gap - times * period), period)
            self._weighed = _KEEP_JITTER * self._weighed + 1
            self._skipped = _KEEP_SKIPS * self._skipped + times - 1
            self._planned = _KEEP_SKIPS * self._planned + times
        else:
            self.evidence = _KEEP_EVIDENCE * self.evidence + _NO_PERIOD
            self._deviations = self._weighed = 0.0
        self._gaps.append(gap)
        del self._gaps[:-_MEDIAN_OF]
        self.period = sorted(self._gaps)[(len(self._gaps) - 1) // 2]

    def longer(self, silence: float) -> float:
        """P(the gap is longer than `silence` working days), 0..1, by the clockwork alone."""
        period = self.period
        skip = (_SKIP_PRIOR[0] + self._skipped) / (_SKIP_PRIOR[1] + self._planned)
        deviation = (_JITTER_PRIOR[0] + self._deviations) / (_JITTER_PRIOR[1] + self._weighed)
        jitter = (sqrt(1 + deviation * deviation) - 1) / deviation
        total, reached = 0.0, 1.0
        times = 1
        while reached > 1e-7:
            past = silence - times * period
            if past >= 0:
                late: float = jitter ** (past + 1) / (1 + jitter)
            else:
                late = 1 - jitter**-past / (1 + jitter)
                if late > 1 - 1e-9:
                    break
            total += (1 - skip) * reached * late
            reached *= skip
            times += 1
        return min(1.0, total + reached)

    def state(self) -> list[Any]:
        """Everything learned, as JSON-ready values."""
        return [self.evidence, self._gaps, self._deviations, self._weighed, self._skipped, self._planned, self.period]

    @classmethod
    def of(cls, state: list[Any]) -> Clockwork:
        """The clockwork that `state` described."""
        self = cls.__new__(cls)
        self.evidence, self._gaps, self._deviations, self._weighed, self._skipped, self._planned, self.period = state
        return self
