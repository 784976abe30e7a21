"""How often each partner and we write and meet, and how that changed lately: the story the demo tells.

Days are counted from `today`, the demo's anchor: the Monday on or before the day it was first read. A spell is in
force from its day until the next one's; before the first, all factors are 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """From day `since` on: factors on pace, delay and readiness to answer; `back_in` = away until that day.

    theirs, ours        factor on the exchanges each side starts
    slower              factor on the time they take to answer
    answers, we_answer  factor on the chance that each side answers
    moved, cancelled    chance that they move or cancel a call
    pushed              our extra reminders for each mail that waits, sent at any hour of theirs
    """

    since: int
    theirs: float = 1.0
    ours: float = 1.0
    slower: float = 1.0
    answers: float = 1.0
    we_answer: float = 1.0
    moved: float = 0.04
    cancelled: float = 0.02
    pushed: float = 0.0
    back_in: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A recurring meeting: every `weeks` weeks on `weekday` at `hour` of our local time."""

    weekday: int
    hour: float
    weeks: int = 1
    minutes: int = 30
    title: str = "Weekly call"
    theirs: bool = False  # they are the organiser


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The usual life of a relation.

    theirs, ours    exchanges started by each side a working day
    every, offset   as well: they start one exchange every so many working days, at times a day late; for every = 5
                    the offset is the weekday
    report_day      as well: they send one mail on this working day of the month
    answer_chance   chance that a turn is answered; delays are medians in working hours of who answers
    since           first day of the relation; None = it is older than the demo
    season          months in which `in_season` multiplies the pace
    """

    theirs: float = 0.0
    ours: float = 0.0
    every: int | None = None
    offset: int = 0
    report_day: int | None = None
    answer_chance: float = 0.6
    their_delay: float = 3.0
    our_delay: float = 2.0
    calls: tuple[Call, ...] = ()
    spells: tuple[Spell, ...] = ()
    since: int | None = None
    season: tuple[int, ...] = ()
    in_season: float = 1.0

    def spell(self, day: int) -> Spell:
        """What is in force on this day."""
        found = _CALM
        for spell in self.spells:
            if spell.since <= day:
                found = spell
        return found


_CALM = Spell(since=-100_000)

RHYTHMS: dict[str, Rhythm] = {
    # Daily chatter, all well.
    "northwind": Rhythm(
        theirs=0.9,
        ours=0.8,
        answer_chance=0.58,
        their_delay=2.5,
        our_delay=1.5,
        calls=(Call(weekday=0, hour=9.5), Call(weekday=3, hour=9.5, title="Sprint review", weeks=2, minutes=60)),
    ),
    # A weekly call and the notes after it, all well.
    "tamarind": Rhythm(every=5, offset=3, ours=0.03, answer_chance=0.3, calls=(Call(weekday=2, hour=9.0),)),
    # Two or three mails a week, then nothing any more: answers slow down a little first.
    "sable": Rhythm(
        every=3,
        theirs=0.1,
        ours=0.22,
        answer_chance=0.4,
        their_delay=3.5,
        calls=(Call(weekday=1, hour=17.0, weeks=2, title="Payments sync"),),
        spells=(
            Spell(since=-42, slower=1.8, moved=0.5),
            Spell(since=-22, theirs=0.0, answers=0.0, ours=0.9, moved=0.0, cancelled=0.0),
            Spell(since=17, theirs=1.3, ours=0.8),  # who goes on reading the demo sees them come back
        ),
    ),
    # Still there, but answers take longer every week and calls are moved or called off.
    "halcyon": Rhythm(
        theirs=0.3,
        ours=0.45,
        their_delay=2.0,
        answer_chance=0.6,
        calls=(Call(weekday=3, hour=11.0, title="Mobile weekly", theirs=True),),
        spells=(
            Spell(since=-63, theirs=0.9, slower=1.7, moved=0.25),
            Spell(since=-42, theirs=0.75, slower=3.2, answers=0.9, moved=0.4, cancelled=0.15),
            Spell(since=-21, theirs=0.6, slower=6.0, answers=0.85, moved=0.5, cancelled=0.25),
        ),
    ),
    # Lively, but only Dora's mailbox shows it.
    "kestrel": Rhythm(theirs=0.4, ours=0.35, every=3, answer_chance=0.5),
    # A design review every second week, drafts before it.
    "larkspur": Rhythm(
        every=5, ours=0.02, answer_chance=0.3, calls=(Call(weekday=1, hour=14.0, weeks=2, title="Design review"),)
    ),
    # One report a month.
    "meridian": Rhythm(report_day=3, answer_chance=0.35, their_delay=5.0),
    # Busy at the end of each quarter, a mail a week in between.
    "quillon": Rhythm(every=5, season=(1, 4, 7, 10), in_season=1.5, answer_chance=0.35),
    # Both of them are away; the automatic reply says until when.
    "ostara": Rhythm(
        every=3,
        ours=0.3,
        answer_chance=0.4,
        spells=(
            Spell(since=-11, theirs=0.0, ours=3.3, answers=0.0, back_in=10),
            Spell(since=-7, theirs=0.0, ours=0.8, answers=0.0, back_in=10),
            Spell(since=10, theirs=1.5),
        ),
    ),
    # One free-lance translator, known by address: her domain is anybody's.
    "mira": Rhythm(every=7, answer_chance=0.45, their_delay=4.0),
    # They write as always; it is we who stopped answering.
    "verdant": Rhythm(
        every=3,
        theirs=0.1,
        ours=0.2,
        answer_chance=0.4,
        spells=(Spell(since=-15, theirs=1.3, ours=0.0, we_answer=0.0),),
    ),
    # We write too much, remind before they could answer, and do it at night.
    "bluestone": Rhythm(
        every=4,
        ours=0.22,
        their_delay=5.0,
        answer_chance=0.5,
        spells=(Spell(since=-40, ours=3.0, pushed=0.6), Spell(since=-21, ours=6.0, pushed=1.4)),
    ),
    # They fell silent for four weeks, and came back.
    "cobalt": Rhythm(
        every=3,
        offset=1,
        ours=0.2,
        answer_chance=0.4,
        spells=(
            Spell(since=-45, theirs=0.0, ours=1.5, answers=0.0),
            Spell(since=-18, theirs=1.4),
        ),
    ),
    # They are new: too little to know a rhythm.
    "marram": Rhythm(theirs=0.3, ours=0.2, since=-16, answer_chance=0.4),
    "alderfreight": Rhythm(theirs=0.12, ours=0.12, answer_chance=0.6),
    "petrel": Rhythm(theirs=0.1, ours=0.1, since=-75, answer_chance=0.6),
}
