"""Made-up partners with a rhythm that mailing lists do not have: what the level's fit must not spoil.

Calls every week or fortnight with one in ten skipped, a call with mail between, a monthly report, daily chatter, and
projects with pauses between. They are drawn here, from a seed, and share nothing with the synthetic files of the
evaluation data.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.quiet_protocol import Corpus, Happening, corpus_of
from flows.replay import DAY, day_of

PARTNERS = 40
WORKING_DAYS = 3 * 260
_FIRST = 10_000  # a working-day number: any will do
_NOON = DAY // 2

Days = dict[int, int]  # working day -> words
Draw = Callable[[random.Random, int], Days]  # a partner's days, from chance and its number


def calls(every: int, *, mails: float = 0.0) -> Draw:
    """A call on every fifth or tenth working day; 8 or 12 % are skipped, a third of the partners move one in five."""

    def draw(chance: random.Random, partner: int) -> Days:
        skipped = 0.08 if partner % 2 else 0.12
        days: Days = {}
        for day in range(chance.randrange(every), WORKING_DAYS, every):
            if chance.random() >= skipped:
                moved = chance.choice((*[0] * 12, 1, -1, 2)) if partner % 3 == 0 else 0
                days[max(0, day + moved)] = 1
        for day in range(WORKING_DAYS):
            if chance.random() < mails:
                days[day] = days.get(day, 0) + 1
        return days

    return draw


def reports(chance: random.Random, _partner: int) -> Days:
    """A report a month, two days early or late."""
    days: Days = {}
    day = chance.randrange(20) + 2
    while day < WORKING_DAYS:
        days[day + chance.choice((-2, -1, 0, 0, 1, 2))] = 1
        day += chance.choice((20, 21, 21, 22))
    return days


def chatter(chance: random.Random, partner: int) -> Days:
    """Word on every other day, several words on some."""
    share = 0.45 + 0.15 * partner / PARTNERS
    return {day: 1 + int(chance.expovariate(1)) for day in range(WORKING_DAYS) if chance.random() < share}


def projects(share: tuple[float, float], work: tuple[int, int], pause: tuple[int, int]) -> Draw:
    """Work with word on such a share of the days, then a pause, of so many working days; the share is the partner's."""

    def draw(chance: random.Random, _partner: int) -> Days:
        often = chance.uniform(*share)
        days: Days = {}
        day = chance.randrange(20)
        while day < WORKING_DAYS:
            length = chance.randrange(*work)
            days |= {day + x: 1 + (chance.random() < 0.2) for x in range(length) if chance.random() < often}
            day += length + chance.randrange(*pause)
        return days

    return draw


KINDS: dict[str, Draw] = {
    "weekly call": calls(5),
    "weekly call and mail": calls(5, mails=0.12),
    "fortnightly call": calls(10),
    "monthly report": reports,
    "daily chatter": chatter,
    "short projects": projects((0.3, 0.6), (20, 60), (10, 30)),
    "long projects": projects((0.25, 0.45), (30, 90), (15, 50)),
}


def made_up(kind: str, seed: int) -> Corpus:
    """Forty partners of one kind over three years; the same for the same seed."""
    chance = random.Random(f"{kind}/{seed}")
    seen: list[Happening] = []
    for partner in range(PARTNERS):
        name = f"{kind} {partner}"
        for day, words in KINDS[kind](chance, partner).items():
            at = day_of(_FIRST + day) * DAY + _NOON
            seen += [("us", name, at, True, name) for _ in range(words)]
    return corpus_of(sorted(seen, key=lambda happening: happening[2]))
