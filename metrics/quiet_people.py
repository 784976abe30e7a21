"""A person's silence within a lively partner: the partner goes on, one of its people does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from metrics.quiet_words import count_of_days, rarity_sentence, usual_sentence
from metrics.rhythm import Rhythm

LEAST_DAYS = 7  # six gaps: a person's rhythm is shakier than a partner's
_LIVELY = 2


@dataclass(frozen=True, slots=True)
class PersonSilence:
    """One silent person: how long (working days), how likely that is, and on how many days others wrote since."""

    person: str
    silence: int
    chance: float
    others: int
    reason: str


def person_silences(
    words: Iterable[tuple[int, str]], today: int, *, strictness: float = 1.0, away: Iterable[str] = ()
) -> tuple[PersonSilence, ...]:
    """The partner's people who are quiet by their own rhythm while others of the partner write on; rarest first.

    words   (working-day number, person) of every inbound word, in any order, with repeats; later than today is ignored
    today   the last working day that is over
    away    people known to be absent: never listed
    Known are people with at least seven contact days; others must have written on two days of the silence.
    """
    days: dict[str, list[int]] = {}
    for day, person in sorted(pair for pair in words if pair[0] <= today):
        days.setdefault(person, []).append(day)
    absent = set(away)
    found = []
    for person, own in days.items():
        if person in absent or len(set(own)) < LEAST_DAYS:
            continue
        silence = today - own[-1]
        others = {day for other, theirs in days.items() if other != person for day in theirs if day > own[-1]}
        if silence < 1 or len(others) < _LIVELY:
            continue
        rhythm = _rhythm(own)
        if rhythm.is_quiet(silence, strictness):
            reason = f"{usual_sentence(rhythm)} Silent for {count_of_days(silence)}. {rarity_sentence(rhythm, silence)}"
            found.append(PersonSilence(person, silence, rhythm.chance(silence), len(others), reason))
    return tuple(sorted(found, key=lambda s: (s.chance, s.person)))


def _rhythm(days: list[int]) -> Rhythm:
    rhythm = Rhythm()
    before: int | None = None
    for day in days:
        if before is not None:
            if day > before:
                rhythm.observe(day - before)
            else:
                rhythm.again()
        before = day
    return rhythm
