"""Meetings of made-up people: recurring calls that are answered, moved, called off; each change a later version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.demo.letters import Stage
from connectors.demo.people import OUR_DESK
from connectors.demo.rhythms import Call, Spell
from models.records import Attendee, Interaction, Meeting, MeetingStatus, Message, MessageClass, Person, Response

AHEAD = timedelta(days=14)  # so long before its day an instance stands in the calendar


def calls_on(stage: Stage) -> Iterator[Interaction]:
    """Every version, and every calendar mail, of the calls that were planned for this day."""
    ago = (stage.day - stage.anchor).days
    if stage.rhythm.since is not None and ago < stage.rhythm.since:
        return
    for call in stage.rhythm.calls:
        week = stage.day.toordinal() // 7
        if stage.day.weekday() == call.weekday and week % call.weeks == 0 and OUR_DESK.is_open_on(stage.day):
            yield from _instance(stage, call, stage.rhythm.spell(ago))


def _instance(stage: Stage, call: Call, spell: Spell) -> Iterator[Interaction]:
    dice, party = stage.dice, stage.party
    start = OUR_DESK.moment(stage.day, call.hour)
    ours, theirs = party.ours[0], party.people[0]
    organiser = theirs if call.theirs else ours
    invited = [p for p in (*party.ours[:2], *party.people[:2]) if p != organiser]
    series = f"{party.key}-{call.title.lower().replace(' ', '-')}@{organiser.address.partition('@')[2]}"
    begun = start - AHEAD - timedelta(hours=6)
    gone_silent = spell.answers == 0.0 and spell.back_in is None
    shown = Meeting(
        source="",
        external_id=f"{series.partition('@')[0]}_{start:%Y%m%dT%H%M}",
        uid=f"{series}:{start:%Y%m%dT%H%MZ}",
        at=start,
        until=start + timedelta(minutes=call.minutes),
        seen_at=begun,
        organiser=organiser,
        attendees=tuple(Attendee(person=p) for p in invited),
        series=series,
        original_start=start,
        created_at=begun,
        subject=f"{call.title}: {party.title}",
    )
    yield shown
    if spell.back_in is not None or not party.desk.is_open_on(stage.day):
        seen = start - timedelta(days=dice.randrange(2, 6), hours=3)
        yield replace(shown, status=MeetingStatus.CANCELLED, seen_at=seen, sequence=1)
        return
    answered = begun + timedelta(hours=dice.uniform(1, 30) * spell.slower)
    shown = replace(shown, seen_at=answered, attendees=_answers(stage, invited, answered, silent=gone_silent))
    yield shown
    if call.theirs:
        yield _calendar_mail(shown, ours, theirs, "Accepted", answered)
    elif not gone_silent:
        yield _calendar_mail(shown, theirs, ours, "Accepted", answered)
    fate = dice.random()
    notice = timedelta(hours=dice.choice((2, 5, 20, 26, 50)))
    if fate < spell.moved:
        later = OUR_DESK.next_open(stage.day + timedelta(days=dice.choice((1, 1, 2))))
        at = OUR_DESK.moment(later, call.hour + dice.choice((0, 1, 2)))
        shown = replace(
            shown,
            at=at,
            until=at + timedelta(minutes=call.minutes),
            seen_at=start - notice,
            sequence=1,
            moved_by=theirs,
        )
        yield shown
        yield _calendar_mail(shown, theirs, ours, "New time", start - notice)
    elif fate < spell.moved + spell.cancelled:
        declined = tuple(
            replace(a, response=Response.DECLINED, answered_at=start - notice) if a.person in party.people else a
            for a in shown.attendees
        )
        yield replace(shown, status=MeetingStatus.CANCELLED, seen_at=start - notice, sequence=1, attendees=declined)
        yield _calendar_mail(shown, theirs, ours, "Cancelled", start - notice)


def _answers(stage: Stage, invited: list[Person], answered: datetime, *, silent: bool) -> tuple[Attendee, ...]:
    """Who said what by then; people who went silent say nothing."""
    given = []
    for person in invited:
        if silent and person in stage.party.people:
            given.append(Attendee(person=person))
        else:
            response = Response.TENTATIVE if stage.dice.random() < 0.06 else Response.ACCEPTED
            given.append(Attendee(person=person, response=response, answered_at=answered))
    return tuple(given)


def _calendar_mail(meeting: Meeting, sender: Person, reader: Person, word: str, at: datetime) -> Message:
    host = sender.address.partition("@")[2]
    return Message(
        source="",
        external_id="",
        uid=f"{word.replace(' ', '').lower()}.{meeting.external_id}@{host}",
        at=at + timedelta(seconds=4),
        sender=sender,
        to=(reader,),
        message_class=MessageClass.CALENDAR,
        thread=f"cal.{meeting.external_id}",
        subject=f"{word}: {meeting.subject}",
    )
