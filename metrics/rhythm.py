"""One partner's rhythm: what the gaps between contact days have taught, updated contact day by contact day.

A gap is a number of working days between two contact days. The model is a Weibull renewal process with a
gamma-distributed rate, averaged over a grid of shapes and a clockwork: bursty mail, chance and standing calls are all
in it, and each partner's own gaps decide between them. How rare a silence must be to be called quiet depends on the
partner too: it is learned which partners come back from rare silences. Updating is O(grid) and exact: feeding contact
days one by one gives the same numbers as starting over.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, exp, log
from operator import attrgetter
from typing import Any

from metrics.clockwork import Clockwork
from metrics.rhythm_prior import (
    CLOCKWORK_LEVEL,
    LEAST_LEVEL,
    LEVEL,
    LOG_SHAPES,
    LOG_WEIGHT,
    MOST_LEVEL,
    PATIENCE,
    PATIENCE_DAYS,
    POISSON,
    PRIOR_COUNT,
    PRIOR_SUM,
    SHAPES,
)

# A silence of a quarter is an end, not a gap of the rhythm: it is not learned from.
BREAK_DAYS = 65
LEAST_GAPS = 2
LEAST_QUIET = 3  # working days: nobody is quiet after a day or two
YEAR_DAYS = 260.9

_KEEP = 0.5 ** (1 / 8)
_KEEP_EVIDENCE = 0.5 ** (1 / 40)
_MEMORY_DAYS = 260  # half-life of the memory for silences that came to nothing
_SCARE = 0.05
_MOST_PEOPLE = 50
_LEARNING = 1 - _KEEP
_RECENT = 12
_CEILING = 4000
_NOTHING = 1e-9  # a shape that has earned less says nothing: no level is below 0.001
_FARTHEST = 3.0  # no single trait decides: each counts up to here, on the scale of logs
_GRID = tuple(zip(SHAPES, PRIOR_SUM, PRIOR_COUNT, strict=True))


class Rhythm:
    """What is known of one partner's gaps: `chance` asks how usual a silence is, `quiet_at` when it is too long.

    seen     gaps learned; `recent` the last twelve of them
    scares   own silences rarer than 1 in 20 that ended well, decayed; `years` the time they are from
    """

    __slots__ = (
        "_breadth",
        "_clockwork",
        "_count",
        "_credit",
        "_days",
        "_evidence",
        "_log_gap",
        "_log_level",
        "_longest",
        "_mails",
        "_people",
        "_sums",
        "_terms",
        "_volume",
        "_window",
        "recent",
        "scares",
        "seen",
        "years",
    )

    def __init__(self) -> None:
        self.seen = 0
        self.recent: list[int] = []
        self.scares = self.years = 0.0
        self._count = 0.0
        self._sums = [0.0] * len(SHAPES)
        self._evidence = [0.0] * len(SHAPES)
        self._clockwork = Clockwork()
        # Worked out when asked for: the weights of the shapes, what each adds to a chance, and the log of the level.
        self._credit: list[float] = []
        self._terms: list[tuple[float, float, float, float]] = []
        self._log_level: float | None = None
        self._log_gap = 0.0
        self._days = 1
        self._mails = 0
        self._people: list[str] = []
        self._volume = self._breadth = 0.0
        self._longest = 0.0
        self._window: list[int] = []

    @property
    def period(self) -> int | None:
        """Working days from one expected day to the next, where the gaps obey a clockwork; None where they do not."""
        return self._clockwork.period if self._weights()[-1] > 0.5 else None

    @property
    def soonest(self) -> int:
        """No silence is called quiet before so many working days: the day after the one on which word was due."""
        return max(LEAST_QUIET, (self.period or 0) + 1)

    def again(self, person: str = "") -> None:
        """The first word of all, or one more word on the same contact day."""
        self._log_level = None
        self._mails += 1
        if person not in self._people and len(self._people) < _MOST_PEOPLE:
            self._people.append(person)

    def observe(self, gap: int, person: str = "") -> None:
        """A new contact day, `gap` working days (at least 1) after the last; a quarter or more is not learned from."""
        if gap < 1:
            raise ValueError("a gap is at least one working day")
        self._log_level = None
        self._volume, self._breadth = self._present(self._volume, self._mails), self._present_breadth()
        self._mails, self._people = 1, [person]
        self._days += 1
        self._window.append(gap)
        self._forget_beyond(BREAK_DAYS)
        fade = 0.5 ** (min(gap, BREAK_DAYS) / _MEMORY_DAYS)
        self.scares *= fade
        self.years *= fade
        self._longest *= fade
        if gap < BREAK_DAYS:
            self._learn(gap)

    def _learn(self, gap: int) -> None:
        if self.seen >= LEAST_GAPS:
            self.scares += self.chance(gap - 1) <= _SCARE
        self._longest = max(self._longest, float(gap))
        self.years += gap / YEAR_DAYS
        count, sums, evidence = self._count, self._sums, self._evidence
        for k, (shape, prior_sum, prior_count) in enumerate(_GRID):
            have, power = prior_sum + sums[k], prior_count + count
            longer: float = gap**shape
            before = (have / (have + (gap - 1) ** shape)) ** power
            after = (have / (have + longer)) ** power
            evidence[k] = _KEEP_EVIDENCE * evidence[k] + log(max(before - after, 1e-300))
            sums[k] = _KEEP * sums[k] + longer
        self._count = _KEEP * count + 1
        self._clockwork.hear(gap)
        self._credit, self._terms = [], []
        self.seen += 1
        self._log_gap += (log(gap) - self._log_gap) * max(1 / self.seen, _LEARNING)
        self.recent.append(gap)
        del self.recent[:-_RECENT]

    def chance(self, silence: float) -> float:
        """P(a silence longer than this many working days | nothing changed), 0..1."""
        if silence <= 0:
            return 1.0
        part = 0.0
        for weight, have, shape, power in self._terms or self._work_out():
            part += weight * (have / (have + silence**shape)) ** power
        clockwork = self._credit[-1]
        if clockwork > 1e-4:
            part += clockwork * self._clockwork.longer(silence)
        return part

    def silence_at(self, chance: float, *, near: int | None = None) -> int:
        """The first whole number of working days whose chance is at most `chance`; at most 4000.

        `near` is a guess: the nearer, the shorter the search.
        """
        return self._first(lambda silence: self.chance(silence) <= chance, least=1, near=near)

    def _first(self, is_long: Callable[[int], bool], *, least: int, near: int | None = None) -> int:
        """The first silence that is long enough; once long enough, longer ones are too."""
        high = min(max(least, near or least), _CEILING)
        low, step = least - 1, 1
        if is_long(high):  # downwards from the guess, in growing steps
            while high - step > low and is_long(high - step):
                high, step = high - step, 2 * step
            low = max(low, high - step)
        else:
            low = high
            while (high := min(low + step, _CEILING)) < _CEILING and not is_long(high):
                low, step = high, 2 * step
        while high - low > 1:
            middle = (low + high) // 2
            if is_long(middle):
                high = middle
            else:
                low = middle
        return high

    def level(self, silence: float, strictness: float = 1.0) -> float:
        """The chance at or below which a silence of so many working days is called quiet.

        It rises with the silence: what is bounded is how often such a silence comes about by itself, not its chance.
        `strictness` scales it, see metrics/strictness.py.
        """
        base, rise = self._base(strictness)
        return _bounded(base, rise, silence)

    def quiet_at(self, strictness: float = 1.0, *, near: int | None = None) -> int:
        """The silence, in working days, at which this partner is called quiet; `near` is a guess."""
        base, rise = self._base(strictness)
        return self._first(
            lambda silence: self.chance(silence) <= _bounded(base, rise, silence), least=self.soonest, near=near
        )

    def is_quiet(self, silence: int, strictness: float = 1.0) -> bool:
        """Whether a silence of so many working days is called quiet."""
        return silence >= self.soonest and self.chance(silence) <= self.level(silence, strictness)

    def _base(self, strictness: float) -> tuple[float, float]:
        """The level of a silence of PATIENCE_DAYS, unbounded, and the power at which it rises with the silence."""
        clockwork = self._weights()[-1]
        if self._log_level is None:
            learned = 0.0
            for weight, trait in zip(LEVEL, self.traits(), strict=True):
                learned += weight * (trait if -_FARTHEST < trait < _FARTHEST else copysign(_FARTHEST, trait))
            # Clockwork knows its day, and asks for no patience: its level is one number for everybody.
            self._log_level = (1 - clockwork) * learned + clockwork * CLOCKWORK_LEVEL
        return strictness * exp(self._log_level), PATIENCE * (1 - clockwork)

    def traits(self) -> tuple[float, ...]:
        """What the level depends on, each near 0 for a usual partner; the weights are in rhythm_prior.LEVEL."""
        *weights, _ = self._weights()
        regular = sum(weight * shape for weight, shape in zip(weights, LOG_SHAPES, strict=True))
        volume = self._present(self._volume, self._mails) - 0.8
        spread = log(self._longest + 3) - self._log_gap - 1.8
        pace = log(max(1.0, (self._sums[POISSON] + 6) / (self._count + 1))) - 1.6
        return (
            1.0,
            pace,
            pace * pace,
            regular + 1.5 * self._weights()[-1] + 0.4,
            log((self.scares + 0.7) / (self.years + 0.7)),
            log(max(1, self._mails)) - 0.7,
            volume,
            log(self._days_within(5)) - 0.5,
            log(len(self._window) + 1) - 2.4,
            spread,
            self._present_breadth() - 0.2,
            max(0.0, spread) * max(0.0, -volume),
        )

    def _present(self, usual: float, today: int) -> float:
        """The usual log number on a contact day, the present one among them."""
        return usual + (log(max(1, today)) - usual) * max(1 / self._days, _LEARNING)

    def _present_breadth(self) -> float:
        return self._present(self._breadth, len(self._people))

    def _forget_beyond(self, days: int) -> None:
        """Keep the gaps that lie within so many working days up to the last contact day."""
        span, old = sum(self._window), 0
        while span >= days:
            span -= self._window[old]
            old += 1
        del self._window[:old]

    def _days_within(self, days: int) -> int:
        """Contact days within so many working days, at most a quarter, up to the last one, itself included."""
        back, count = 0, 1
        for gap in reversed(self._window):
            back += gap
            if back >= days:
                break
            count += 1
        return count

    def _weights(self) -> list[float]:
        """How much each shape, and last the clockwork, has earned; they sum to 1."""
        if self._credit:
            return self._credit
        clockwork = self._clockwork.evidence if self._clockwork.has_period else -1e9
        logs = [
            log_weight + earned for log_weight, earned in zip(LOG_WEIGHT, (*self._evidence, clockwork), strict=True)
        ]
        top = max(logs)
        weights = [exp(value - top) for value in logs]
        total = sum(weights)
        self._credit = [weight / total for weight in weights]
        return self._credit

    def _work_out(self) -> list[tuple[float, float, float, float]]:
        *weights, _ = self._weights()
        self._terms = [
            (weight, prior_sum + learned, shape, prior_count + self._count)
            for weight, learned, (shape, prior_sum, prior_count) in zip(weights, self._sums, _GRID, strict=True)
            if weight > _NOTHING
        ]
        return self._terms

    def state(self) -> list[object]:
        """Everything learned, as JSON-ready values; `of` gives the rhythm back exactly."""
        return [*_LEARNED(self), *self._clockwork.state()]

    @classmethod
    def of(cls, state: list[Any]) -> Rhythm:
        """The rhythm that `state` described."""
        self = cls.__new__(cls)
        self.seen, self.recent, self.scares, self.years, *rest = state
        self._count, self._sums, self._evidence, self._log_gap, self._days, self._mails, self._people, *rest = rest
        self._volume, self._breadth, self._longest, self._window, *clockwork = rest
        self._clockwork = Clockwork.of(clockwork)
        self._credit, self._terms, self._log_level = [], [], None
        return self


def _bounded(base: float, rise: float, silence: float) -> float:
    level: float = base * (max(silence, 1.0) / PATIENCE_DAYS) ** rise
    return min(MOST_LEVEL, max(LEAST_LEVEL, level))


# What `Rhythm.of` takes apart again, in the same order; what is worked out from it is not kept.
_LEARNED = attrgetter(
    "seen", "recent", "scares", "years",
    "_count", "_sums", "_evidence", "_log_gap", "_days", "_mails", "_people",
    "_volume", "_breadth", "_longest", "_window",
)  # fmt: skip
