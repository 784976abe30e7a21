"""The own history, asked how strict the detector must be to keep the alarm budget.

What people said of a silence counts for more than how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

from metrics.rhythm import BREAK_DAYS, LEAST_GAPS, YEAR_DAYS, Rhythm
from metrics.strictness import LEAST, MOST, strictness_for

Word = tuple[int, str]  # working-day number, and who wrote

LEAST_PARTNERS = 30
LEAST_YEARS = 1.0
LEAST_PARTNER_YEARS = 15.0  # thirty partners who were there for half of the year
LEAN = 1.0  # granted false alarms that the shipped map is worth: see benchmarks/quiet_calibration.py


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a silence: on which working day, and whether it was a real one."""

    day: int
    was_real: bool


@dataclass(frozen=True, slots=True)
class Life:
    """One partner's inbound words, ascending by working day, and what people said of its silences."""

    words: Sequence[Word]
    labels: Sequence[Label] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What one strictness would have brought over a stretch of history.

    labels   silences in it that people had judged
    """

    strictness: float
    false_alarms: int
    partner_years: float
    labels: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking the own history gave: the strictness that it would have needed, or why it cannot say."""

    past: Past | None
    missing: str = ""


def strictness_from(lives: Iterable[Life], partners: int, alarms_per_month: float, *, since: int, until: int) -> Asked:
    """The strictness that would have kept the budget between two working-day numbers, where there is enough history.

    partners    how many partners are watched now
    Needs a year at least, and thirty partners; only what lies before `until` is looked at. A small grant of false
    alarms is soon exhausted by chance, so the answer leans on the shipped map as much as on `LEAN` of them.
    """
    if until - since < LEAST_YEARS * YEAR_DAYS * 0.98:
        return Asked(None, f"a look back over {(until - since) / YEAR_DAYS * 12:.0f} months: a year is needed")
    years = 0.0
    heard = labels = 0
    needed: list[float] = []
    for life in lives:
        known = [word for word in life.words if word[0] <= until]
        if not known:
            continue
        span = (known[-1][0] - max(since, known[0][0])) / YEAR_DAYS
        if span > 0:
            years += span
            heard += 1
        said = [label for label in life.labels if since < label.day <= until]
        labels += len(said)
        needed.extend(strictness for day, strictness in false_alarms(known, said, until=until) if since < day)
    if heard < LEAST_PARTNERS:
        who = "partner was" if heard == 1 else "partners were"
        return Asked(None, f"{heard} {who} heard of in that time: {LEAST_PARTNERS} are needed")
    if years < LEAST_PARTNER_YEARS:
        return Asked(None, f"{years:.0f} partner-years of contact in that time: {LEAST_PARTNER_YEARS:.0f} are needed")
    granted = 12 * alarms_per_month / max(1, partners) * years
    allowed = int(granted)
    needed.sort()
    # Every silence that came to nothing alarms from its own strictness on: stay below the first one too many.
    own = MOST if allowed >= len(needed) else min(MOST, needed[allowed] * (1 - 1e-9))
    shipped = strictness_for(partners, alarms_per_month)
    share = granted / (granted + LEAN)
    strictness = max(LEAST, exp(share * log(max(LEAST, own)) + (1 - share) * log(shipped)))
    return Asked(Past(strictness, sum(1 for value in needed if value <= strictness), years, labels))


def false_alarms(words: Sequence[Word], labels: Sequence[Label] = (), *, until: int = 0) -> list[tuple[int, float]]:
    """(day, strictness from which on it would have been a false alarm) of each silence that was none.

    That is one that ended by itself within a quarter, or of which a person said that it was not a problem; the day is
    that of the return or of the answer. A silence that a person has handled is no false alarm, however it ended.
    `until` is the present working day: up to then the last silence lasts.
    """
    found: list[tuple[int, float]] = []
    rhythm = Rhythm()
    before: int | None = None
    for day, person in words:
        gap = 0 if before is None else day - before
        if before is None or gap <= 0:
            before = day
            rhythm.again(person)
            continue
        false = _false_alarm(rhythm, gap, _verdict(labels, before, day))
        if false is not None:
            found.append((day, false))
        rhythm.observe(gap, person)
        before = day
    if before is not None and until > before:
        said = [label for label in labels if before < label.day <= until]
        false = _false_alarm(rhythm, until - before + 1, said[-1]) if said and not said[-1].was_real else None
        if false is not None:
            found.append((said[-1].day, false))
    return found


def _verdict(labels: Sequence[Label], last: int, back: int) -> Label | None:
    """The last thing said of a silence; None = nobody said anything."""
    return next((label for label in reversed(labels) if last < label.day <= back), None)


def _false_alarm(rhythm: Rhythm, gap: int, said: Label | None) -> float | None:
    """The strictness from which on a silence that ended after `gap` working days alarms falsely; None = at none."""
    if rhythm.seen < LEAST_GAPS or gap <= rhythm.soonest:
        return None
    if said.was_real if said is not None else gap >= BREAK_DAYS:
        return None
    silence = min(gap, BREAK_DAYS) - 1
    return exp(log(max(rhythm.chance(silence), 1e-300)) - log(rhythm.level(silence)))
