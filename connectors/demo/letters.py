"""Mails between made-up people: an exchange begins on a day and goes back and forth until somebody lets it rest."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.demo.people import OUR_DESK, Party
from connectors.demo.rhythms import Rhythm, Spell
from models.records import Message, MessageClass, Person

_FIRST_ANSWER = 0.97  # a first mail is seldom left alone
LONGEST = timedelta(days=35)  # an exchange that began earlier has ended


@dataclass(frozen=True, slots=True)
class Stage:
    """One day of one relation: its dice, who plays, and the demo's anchor."""

    dice: random.Random
    anchor: date
    day: date
    party: Party
    rhythm: Rhythm

    def spell(self, moment: datetime) -> Spell:
        """What is in force at this time."""
        return self.rhythm.spell((moment.date() - self.anchor).days)


def started_today(stage: Stage) -> Iterator[Message]:
    """Every mail of the exchanges that begin on this day, whenever it is written."""
    ago = (stage.day - stage.anchor).days
    rhythm = stage.rhythm
    if rhythm.since is not None and ago < rhythm.since:
        return
    spell = rhythm.spell(ago)
    busy = rhythm.in_season if stage.day.month in rhythm.season else 1.0
    if stage.day.month == 12 and stage.day.day > 20:
        busy *= 0.5
    number = 0
    if stage.party.desk.is_open_on(stage.day):
        pace = rhythm.theirs * busy * spell.theirs
        regular = _regular(stage, busy) if spell.theirs else 0
        for _ in range(regular + _times(stage.dice, pace)):
            yield from _exchange(stage, number, by_us=False)
            number += 1
    if OUR_DESK.is_open_on(stage.day):
        for _ in range(_times(stage.dice, rhythm.ours * busy * spell.ours)):
            yield from _exchange(stage, number, by_us=True)
            number += 1


def _times(dice: random.Random, pace: float) -> int:
    return int(pace) + (dice.random() < pace % 1)


def _regular(stage: Stage, busy: float) -> int:
    """1 on the days of a regular writer, else 0."""
    rhythm, desk, day = stage.rhythm, stage.party.desk, stage.day
    if rhythm.report_day is not None:
        open_days = [d for n in range(1, day.day + 1) if desk.is_open_on(d := day.replace(day=n))]
        return int(len(open_days) == rhythm.report_day)
    if rhythm.every is None:
        return 0
    step = max(1, round(rhythm.every / busy))
    week_days = day.toordinal() // 7 * 5 + day.weekday()
    # The turn of a period slips by a day now and then, for each period the same way.
    slip = random.Random(f"{stage.party.key}|{(week_days - rhythm.offset) // step}").choice((0, 0, 0, 1))  # noqa: S311  a story, no secret
    wanted = min(slip, step - 1)
    return int((week_days - rhythm.offset) % step == wanted)


def _exchange(stage: Stage, number: int, *, by_us: bool) -> Iterator[Message]:
    dice, party, rhythm = stage.dice, stage.party, stage.rhythm
    theirs = _someone(dice, party.people)
    ours = _someone(dice, party.ours)
    watching = tuple(p for p in party.ours if p != ours and dice.random() < 0.35)
    name = f"{stage.day:%Y%m%d}.{number}.{party.key}"
    subject = dice.choice(party.subjects)
    desk = OUR_DESK if by_us else party.desk
    at = desk.moment(stage.day, dice.triangular(desk.opens, desk.closes - 0.2, (desk.opens + desk.closes) / 2 - 1))
    earlier: tuple[str, ...] = ()
    for turn in range(9):
        if at - desk.moment(stage.day, 12.0) > LONGEST:
            return
        spell = stage.spell(at)
        if not by_us and (spell.theirs == 0.0 or spell.back_in is not None):
            return  # they have stopped, or are away
        sender, reader = (ours, theirs) if by_us else (theirs, ours)
        mail = Message(
            source="",
            external_id="",
            uid=f"{name}.{turn}@{sender.address.partition('@')[2]}",
            at=at,
            sender=sender,
            to=(reader,),
            cc=watching,
            thread=name,
            references=earlier,
            subject=subject if not earlier else f"Re: {subject}",
        )
        yield mail
        earlier = (*earlier, mail.uid)
        if by_us and spell.back_in is not None:
            yield _away(stage, mail, reader, spell.back_in)
            return
        if by_us:
            yield from _reminders(stage, mail, spell)
        chance = _FIRST_ANSWER if turn == 0 else rhythm.answer_chance
        chance *= spell.answers if by_us else spell.we_answer
        if dice.random() >= chance:
            return
        by_us = not by_us
        median = rhythm.our_delay if by_us else rhythm.their_delay * spell.slower
        desk = OUR_DESK if by_us else party.desk
        at = desk.after(at + timedelta(minutes=2), dice.lognormvariate(math.log(median), 0.7))
        if not by_us and dice.random() < 0.15:
            theirs = _someone(dice, party.people)


def _someone(dice: random.Random, people: tuple[Person, ...]) -> Person:
    """One of them, the first ones more often."""
    return people[min(int(dice.expovariate(1.2)), len(people) - 1)]


def _away(stage: Stage, mail: Message, person: Person, back_in: int) -> Message:
    back_on = stage.anchor + timedelta(days=back_in)
    return Message(
        source="",
        external_id="",
        uid=f"auto.{mail.uid}",
        at=mail.at + timedelta(seconds=stage.dice.randrange(8, 90)),
        sender=person,
        to=(mail.sender,) if mail.sender is not None else (),
        message_class=MessageClass.AUTO_REPLY,
        thread=mail.thread,
        references=(mail.uid,),
        subject=f"Out of office until {back_on:%d %B %Y}: {mail.subject}",
        back_on=back_on,
    )


def _reminders(stage: Stage, mail: Message, spell: Spell) -> Iterator[Message]:
    """Our own mails on top, within hours and often in their night."""
    at = mail.at
    for again in range(_times(stage.dice, spell.pushed)):
        at += timedelta(minutes=stage.dice.randrange(50, 260))
        yield Message(
            source="",
            external_id="",
            uid=f"again{again}.{mail.uid}",
            at=at,
            sender=mail.sender,
            to=mail.to,
            cc=mail.cc,
            thread=mail.thread,
            references=(*mail.references, mail.uid),
            subject=f"Re: {(mail.subject or '').removeprefix('Re: ')}",
        )
