"""What the weights of the quiet detector's level are fitted to: arrays of what was seen, a smooth loss and its slope.

A `Sample` is one reading of a stream: everything that decides which silences alarm, with the product's own rhythms run
over it once. `lived` counts with given weights exactly as benchmarks/quiet_protocol.py does; `loss` is the smooth form
of that, and its gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log

import numpy as np
from numpy.typing import NDArray

from benchmarks.quiet import at_setting
from benchmarks.quiet import lived as contacts_lived
from benchmarks.quiet_protocol import CLASSES, FOUND_WITHIN, NEVER, Contact, Corpus, Outcome
from benchmarks.quiet_rules import LEAST_GAPS, Ours, Reference
from metrics.rhythm_prior import CLOCKWORK_LEVEL, LEAST_LEVEL, LEVEL, MOST_LEVEL, PATIENCE, PATIENCE_DAYS

Array = NDArray[np.float64]

SHIPPED: Array = np.array([*LEVEL, CLOCKWORK_LEVEL])
REFERENCE_P = 0.04
_FARTHEST = 3.0  # as in metrics/rhythm.py: a trait counts up to here
_LOWEST, _HIGHEST = log(LEAST_LEVEL), log(MOST_LEVEL)
_WINDOW = (0.55, 1.6)  # the ages at which a delay is looked up, in medians of the class
_AT = (0.75, 0.83, 0.9, 0.96, 1.02, 1.1)  # the ages at which the share of alarms is to be large
_MEDIAN = 4  # which of these stands for the median
_LEAST_YEARS, _TRUSTED_YEARS = 8.0, 12.0  # classes with less are noise


@dataclass(frozen=True, slots=True)
class Silences:
    """Silences of given lengths, one a row: an alarm comes where the log of the chance is at most the log level.

    traits   what is known at the last word, each bounded, times the share of the renewal model; last, that of clockwork
    rise     by how much the log level of the silence is above that of one of PATIENCE_DAYS
    chance   log of the chance of the silence; inf = nobody may be called quiet yet
    Rows by lengths in `rise` and `chance`.
    """

    traits: Array
    rise: Array
    chance: Array

    def margin(self, weights: Array) -> Array:
        """Log level less log chance, unbounded: an alarm is above 0."""
        return (self.traits @ weights)[:, None] + self.rise - self.chance

    def alarms(self, weights: Array) -> NDArray[np.bool_]:
        """Whether the product, with these weights, has alarmed in each silence."""
        level = (self.traits @ weights)[:, None] + self.rise
        alarmed: NDArray[np.bool_] = self.chance <= np.clip(level, _LOWEST, _HIGHEST)
        return alarmed

    def drawn(self, weights: Array, width: float) -> tuple[Array, Array]:
        """The alarms smoothed: near 1 and near 0 well above and below the level, and the slope of each."""
        may = self.chance <= _HIGHEST
        smooth = may / (1 + np.exp(-np.clip(self.margin(weights) / width, -30, 30)))
        return smooth, smooth * (may - smooth) / width

    def at(self, columns: NDArray[np.int64]) -> Silences:
        """The same silences at some of the lengths."""
        return Silences(self.traits, self.rise[:, columns], self.chance[:, columns])

    def pulled(self, slope: Array) -> Array:
        """The gradient by weight, for a gradient by row and length."""
        pulled: Array = slope.sum(1) @ self.traits
        return pulled


@dataclass(frozen=True, slots=True)
class Delays:
    """The contacts of one class: what share of them, by weight, has alarmed at which age."""

    silences: Silences
    weight: Array  # sums to 1
    ages: NDArray[np.int64]
    usual: float  # the median to be reached: the reference's, or a made-up kind's bar
    at: NDArray[np.int64]  # columns of `ages` at _AT times `usual`


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of a stream, or one made-up kind (then with bars: false alarms a year, and a delay)."""

    name: str
    importance: float
    bars: tuple[float, float] | None
    reference: Outcome
    years: tuple[float, ...]
    inside: tuple[Silences, ...]  # by class: silences from which they came back
    delays: tuple[Delays | None, ...]
    ends: Silences
    ends_count: int

    @property
    def worst(self) -> float:
        """The reference's false alarms a year in its worst class, of classes that are no noise."""
        known = zip(self.reference.false_alarms, self.years, strict=True)
        return max((rate for rate, years in known if rate is not None and years > _TRUSTED_YEARS), default=0.0)


def sample_of(of: Corpus, name: str = "", importance: float = 1.0, bars: tuple[float, float] | None = None) -> Sample:
    """Run the product's rhythm over a corpus, and the reference."""
    reference = at_setting(of, Reference, REFERENCE_P)
    usual = [bars[1] if bars else delay for delay in reference.delays]
    windows = [
        None if delay is None else np.arange(max(1, floor(_WINDOW[0] * delay)), ceil(_WINDOW[1] * delay) + 1)
        for delay in usual
    ]
    inside: list[_Rows] = [_Rows() for _ in CLASSES]
    cuts: list[_Rows] = [_Rows() for _ in CLASSES]
    weights: list[list[float]] = [[] for _ in CLASSES]
    ends, count = _Rows(), 0
    for contact, rule in contacts_lived(of, Ours):
        assert isinstance(rule, Ours)
        count += contact.ends
        known = _Known(contact, rule)
        if known.may_alarm(contact.gap - 1) and contact.inside:
            inside[contact.kind].add(known, [contact.gap - 1])
        if contact.ends and known.may_alarm(min(FOUND_WITHIN, contact.gap - 1)):
            ends.add(known, [min(FOUND_WITHIN, contact.gap - 1)])
        window = windows[contact.kind]
        if contact.weight and window is not None:
            cuts[contact.kind].add(known, window.tolist())
            weights[contact.kind].append(contact.weight)
    delays = tuple(
        None if window is None or not found else _delays(cut.made(), found, window, middle or 0.0)
        for cut, found, window, middle in zip(cuts, weights, windows, usual, strict=True)
    )
    return Sample(
        name, importance, bars, reference, tuple(of.years), tuple(rows.made() for rows in inside), delays,
        ends.made(), count,
    )  # fmt: skip


def _delays(cut: Silences, weights: list[float], ages: NDArray[np.int64], usual: float) -> Delays:
    weight = np.array(weights)
    at = np.array([int(np.argmin(abs(ages - max(1, round(usual * share))))) for share in _AT])
    return Delays(cut, weight / weight.sum(), ages, usual, at)


class _Known:
    """What the product knows right after one contact."""

    def __init__(self, contact: Contact, rule: Ours) -> None:
        self.rhythm = rule.rhythm
        self.knows = self.rhythm.seen >= LEAST_GAPS
        self.soonest = self.rhythm.soonest
        self.clockwork = self.rhythm._weights()[-1]  # noqa: SLF001  no caller of the product needs it by itself
        self.contact = contact

    def may_alarm(self, silence: int) -> bool:
        return self.knows and silence >= self.soonest and silence < NEVER - 1

    def traits(self) -> list[float]:
        bounded = [min(_FARTHEST, max(-_FARTHEST, trait)) for trait in self.rhythm.traits()]
        return [*((1 - self.clockwork) * trait for trait in bounded), self.clockwork]

    def rise(self, silence: int) -> float:
        return PATIENCE * (1 - self.clockwork) * log(max(silence, 1) / PATIENCE_DAYS)

    def chance(self, silence: int) -> float:
        return log(max(self.rhythm.chance(silence), 1e-300)) if self.may_alarm(silence) else np.inf


class _Rows:
    """Silences while they are collected."""

    def __init__(self) -> None:
        self._traits: list[list[float]] = []
        self._rise: list[list[float]] = []
        self._chance: list[list[float]] = []

    def add(self, known: _Known, lengths: Sequence[int]) -> None:
        self._traits.append(known.traits())
        self._rise.append([known.rise(silence) for silence in lengths])
        self._chance.append([known.chance(silence) for silence in lengths])

    def made(self) -> Silences:
        if not self._traits:
            return Silences(np.zeros((0, len(SHIPPED))), np.zeros((0, 1)), np.zeros((0, 1)))
        return Silences(np.array(self._traits), np.array(self._rise), np.array(self._chance))


def lived(sample: Sample, weights: Array) -> Outcome:
    """What the product gives with these weights, counted as benchmarks/quiet_protocol.py counts.

    A delay outside the window that was looked up is given as its edge.
    """
    found = sample.ends.alarms(weights).sum() / sample.ends_count if sample.ends_count else None
    return Outcome(
        false_alarms=tuple(
            None if not years else int(inside.alarms(weights).sum()) / years
            for inside, years in zip(sample.inside, sample.years, strict=True)
        ),
        delays=tuple(None if part is None else _median(part, weights) for part in sample.delays),
        found=None if found is None else float(found),
    )


def _median(part: Delays, weights: Array) -> float:
    shares = part.weight @ part.silences.alarms(weights)
    return float(part.ages[min(int(np.searchsorted(shares, 0.5 - 1e-12)), len(part.ages) - 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Aims:
    """What the loss asks of every reading.

    false_alarms     a partner-year, by class; more are let through where the reference itself has more
    of_the_worst     ... than this share of the reference's worst class
    ends             real ends found within 40 days, as a share of those that the reference finds
    """

    false_alarms: tuple[float, float, float] = (0.86, 0.88, 0.86)
    of_the_worst: float = 0.92
    ends: float = 1.04


_FALSE, _SLOWER, _ENDS, _REWARD = 14.0, 10.0, 40.0, 0.15  # prices of missing an aim (squared); of ends found (plain)
_MADE_UP_FALSE, _MADE_UP_SLOWER = 0.6, 6.0


def loss(sample: Sample, weights: Array, aims: Aims, width: float) -> tuple[float, Array]:
    """How far a reading is from what is wanted, smoothed over so much of the log level; and the gradient by weight."""
    total, slope = 0.0, np.zeros_like(weights)
    classes = [kind for kind, years in enumerate(sample.years) if years > _LEAST_YEARS and sample.delays[kind]]
    for kind in classes:
        years = sample.years[kind]
        trust = years / (years + 40)
        value, pull = _false_alarms(sample, kind, aims, trust, weights, width)
        total, slope = total + value, slope + pull
        part = sample.delays[kind]
        assert part is not None
        value, pull = _delay(part, sample.bars is not None, trust, len(classes), weights, width)
        total, slope = total + value, slope + pull
    if sample.bars is None and sample.ends_count:
        value, pull = _found(sample, aims, weights, width)
        total, slope = total + value, slope + pull
    return total, slope


def _false_alarms(
    sample: Sample, kind: int, aims: Aims, trust: float, weights: Array, width: float
) -> tuple[float, Array]:
    smooth, steep = sample.inside[kind].drawn(weights, width)
    if sample.bars is None:
        price, wanted = _FALSE * trust, max(aims.false_alarms[kind], aims.of_the_worst * sample.worst)
    else:
        price, wanted = _MADE_UP_FALSE * trust, sample.bars[0]
    over = max(0.0, float(smooth.sum()) / sample.years[kind] - wanted)
    return price * over**2, sample.inside[kind].pulled(steep * (2 * price * over / sample.years[kind]))


def _delay(
    part: Delays, made_up: bool, trust: float, classes: int, weights: Array, width: float
) -> tuple[float, Array]:
    at = part.silences.at(part.at)
    smooth, steep = at.drawn(weights, width)
    shares = part.weight @ smooth
    by_age = np.zeros(len(_AT))
    value = 0.0
    if made_up:
        price, short = _MADE_UP_SLOWER, max(0.0, 0.55 - float(shares[_MEDIAN]))
    else:
        value = -float(shares.mean()) / classes
        by_age -= 1 / len(_AT) / classes
        price, short = _SLOWER * trust, max(0.0, 0.52 - float(shares[_MEDIAN]))
    by_age[_MEDIAN] -= 2 * price * short
    return value + price * short**2, at.pulled(steep * part.weight[:, None] * by_age)


def _found(sample: Sample, aims: Aims, weights: Array, width: float) -> tuple[float, Array]:
    smooth, steep = sample.ends.drawn(weights, width)
    share = float(smooth.sum()) / sample.ends_count
    price = _ENDS * sample.ends_count / (sample.ends_count + 60)
    short = max(0.0, aims.ends * (sample.reference.found or 0.0) - share)
    slope = (-_REWARD - 2 * price * short) / sample.ends_count
    return price * short**2 - _REWARD * share, sample.ends.pulled(steep * slope)
