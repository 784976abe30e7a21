"""Findings about people, on their side and on ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metrics.awaiting import owed
from metrics.bands import Level
from metrics.base import Measured
from metrics.finding import Finding
from metrics.history import History
from metrics.people import is_shared_mailbox, person_days, silent_people, unreachable_people
from metrics.wording import count, few, percent
from models.records import Side

_TOP_SHARE = 0.7
_FEW = 1.5


def people_findings(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """Who fell silent, who cannot be reached, on whom each side hangs, how many are active."""
    waiting = {owing.wait.asker for owing in owed(history, Side.US)}
    for silent in silent_people(history):
        if silent.person in waiting:
            continue  # whose answer we owe is not silent but waiting: that is told as ours
        words = (
            f"{silent.person} has been silent for {count(silent.gap, 'working day')}, "
            f"usually heard from every {few(silent.usual, 'working day')}, while others of theirs go on."
        )
        yield Finding("silent_person", Side.PARTNER, Level.CONCERN, words, silent.gap, 1, (silent.person,))
    for person in unreachable_people(history):
        words = f"Mail to {person} came back as undeliverable and they have not written since: perhaps they have left."
        yield Finding("unreachable_person", Side.PARTNER, Level.CONCERN, words, 1, 1, (person,))
    for side, whose, who in ((Side.PARTNER, "their", "their"), (Side.US, "your", "our")):
        yield from _key_person(history, readings, side, whose, who)
    for side, whose, name in (
        (Side.PARTNER, "their", "their_active_people"),
        (Side.US, "your", "our_active_people"),
    ):
        active = readings.get(name)
        if active is not None and active.n >= 5:
            level = Level.HEALTHY if active.value >= 2 else Level.CONCERN
            number = {0: "Nobody", 1: "Only one person"}.get(
                round(active.value), count(active.value, "person", "people")
            )
            words = f"{number} on {whose} side wrote more than once or met in the last 28 days."
            yield Finding(name, side, level, words, active.value, active.n)


def _key_person(
    history: History, readings: Mapping[str, Measured], side: Side, whose: str, who: str
) -> Iterator[Finding]:
    share, effective = readings.get(f"{who}_top_person_share"), readings.get(f"{who}_effective_contacts")
    if share is None or effective is None:
        return
    days = person_days(history, side, 90)
    person = max(sorted(days), key=days.__getitem__)
    # Figures of a single person are told of theirs only: nobody of ours is measured by name.
    name = person if side is Side.PARTNER else "One person"
    flag = ", a shared mailbox," if side is Side.PARTNER and is_shared_mailbox(person) else ""
    level = Level.BETWEEN
    if share.value > _TOP_SHARE or effective.value < _FEW:
        level = Level.CONCERN
    elif effective.value >= 2:
        level = Level.HEALTHY
    on = "that person alone" if effective.value < 1.05 else few(effective.value, "person", "people")
    words = f"{name}{flag} carries {percent(share.value)} of the contact on {whose} side; in effect it rests on {on}."
    people = (person,) if side is Side.PARTNER else ()
    yield Finding(f"{who}_key_person", side, level, words, share.value, share.n, people)
