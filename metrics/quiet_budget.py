"""The alarm budget: "at most one false alarm a month over all my partners", turned into how strict the detector is.

Strictness scales the chance at which a silence is called quiet: 1 as shipped, less for fewer alarms. A false alarm is
one in a silence from which the partner came back by itself. The map from strictness to false alarms was measured on
the training corpus; with a year of own history of enough partners, that history is asked instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

from metrics.rhythm import BREAK_DAYS, LEAST_GAPS, YEAR_DAYS, Rhythm

Word = tuple[int, str]  # working-day number, and who wrote

MOST = 1.0
LEAST = 0.02
# False alarms per partner-year at strictness s: AT_ONE * s ** EXPONENT, over all partners of the training corpus.
AT_ONE = 0.75
EXPONENT = 1.4
LEAST_PARTNERS = 30
LEAST_YEARS = 1.0


def strictness_for(partners: int, alarms_per_month: float) -> float:
    """The strictness that keeps so many partners together within the budget, by the shipped map; never above 1.

    One partner alone has less than one false alarm a year at strictness 1: a larger budget buys nothing more.
    """
    per_partner_year = 12 * alarms_per_month / max(1, partners)
    return max(LEAST, min(MOST, float((per_partner_year / AT_ONE) ** (1 / EXPONENT))))


@dataclass(frozen=True, slots=True)
class Past:
    """What one strictness would have brought over a stretch of history."""

    strictness: float
    false_alarms: int
    partner_years: float

    @property
    def per_partner_year(self) -> float:
        """False alarms per partner-year; 0.0 without history."""
        return self.false_alarms / self.partner_years if self.partner_years else 0.0


def strictness_from(
    histories: Iterable[Sequence[Word]], partners: int, alarms_per_month: float, *, since: int, until: int
) -> Past | None:
    """The strictness that would have kept the budget between two working-day numbers; None = too little history.

    histories   each partner's inbound words, ascending by working day
    partners    how many partners are watched now
    Needs at least a year of at least thirty partners; only what lies before `until` is looked at.
    """
    years = 0.0
    heard = 0
    needed: list[float] = []
    for words in histories:
        known = [word for word in words if word[0] <= until]
        if not known:
            continue
        span = (known[-1][0] - max(since, known[0][0])) / YEAR_DAYS
        if span > 0:
            years += span
            heard += 1
        needed.extend(strictness for day, strictness in false_alarms(known) if since < day)
    if heard < LEAST_PARTNERS or years < LEAST_YEARS * LEAST_PARTNERS / 2:
        return None
    allowed = int(12 * alarms_per_month / max(1, partners) * years)
    needed.sort()
    # Every silence that came to nothing alarms from its own strictness on: stay below the first one too many.
    strictness = MOST if allowed >= len(needed) else min(MOST, needed[allowed] * (1 - 1e-9))
    strictness = max(LEAST, strictness)
    return Past(strictness, sum(1 for value in needed if value <= strictness), years)


def false_alarms(words: Sequence[Word]) -> list[tuple[int, float]]:
    """(day of return, strictness from which on it would have been a false alarm) of each silence that ended well."""
    found: list[tuple[int, float]] = []
    rhythm = Rhythm()
    before: int | None = None
    for day, person in words:
        gap = 0 if before is None else day - before
        before = day
        if gap <= 0:
            rhythm.again(person)
            continue
        if rhythm.soonest < gap < BREAK_DAYS and rhythm.seen >= LEAST_GAPS:
            chance, level = rhythm.chance(gap - 1), rhythm.level(gap - 1)
            found.append((day, exp(log(max(chance, 1e-300)) - log(level))))
        rhythm.observe(gap, person)
    return found
