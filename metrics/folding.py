"""Many sightings of one act become one.

A mail seen by five mailboxes is one act: its recipients are united and its earliest believable sighting counts.
Who acted is told by address, never by folder. Only human mail is contact; an out-of-office reply is an absence, a
bounce is a fact about an address. Meetings are folded in metrics/occasions.py, threads joined in metrics/threads.py.

    history = fold(interactions, partner=partner, directory=directory, ours=our_hours, now=horizon)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from metrics.acts import Act, AutoReply, Away, Undelivered
from metrics.history import History, Peers, Targets
from metrics.learned_hours import learned_hours
from metrics.occasions import fold_meetings
from metrics.working_time import BusinessClock, clock_of, seconds_of
from models.directory import Directory
from models.records import Absence, Interaction, Meeting, Message, MessageClass, Partner, Side, WorkingHours, topic_of

# Reply marks of mail programs in the languages we meet.
_REPLY_MARK = re.compile(r"^\s*(?:re|aw|sv|antw|odp|ynt|vs|res|rif|ref)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_UNSAID_RETURN_DAYS = 14  # an out-of-office reply without a date: no longer than this, and only until they write again


def fold(
    interactions: Iterable[Interaction],
    *,
    partner: Partner,
    directory: Directory,
    ours: WorkingHours,
    now: datetime,
    absences: Iterable[Absence] = (),
    targets: Targets | None = None,
    peers: Peers | None = None,
) -> History:
    """Everything known of one partner at `now`, ready for every metric; input in any order, with repeats.

    now       the horizon, up to which the sources were read; what is later is left out
    ours      our own working hours; the partner's are theirs, or learned from their sending times if never declared
    absences  declared or stored ones; out-of-office replies among the interactions add theirs
    """
    edge = seconds_of(now)
    messages: list[Message] = []
    meetings: list[Meeting] = []
    for item in interactions:
        if isinstance(item, Meeting):
            if item.seen_at <= now:
                meetings.append(item)
        elif item.at <= now:
            messages.append(item)
    mails = list(_one_each(messages))
    acts = tuple(sorted(_acts(mails, directory, partner.key), key=lambda act: (act.at, act.uid)))
    learned = learned_hours(acts, partner.hours, now=edge) if partner.learned_hours else None
    declared = clock_of(partner.hours)
    said = {absence for absence in absences if absence.partner == partner.key}
    said |= set(absences_said(messages, directory, partner))
    return History(
        partner=partner,
        directory=directory,
        now=edge,
        us=clock_of(ours),
        them=clock_of(learned) if learned else declared,
        hours_are_learned=learned is not None,
        acts=acts,
        occasions=fold_meetings(meetings, directory, partner.key),
        away=tuple(sorted(_stretches(said, acts, declared, edge), key=lambda a: (a.since, a.until, a.person or ""))),
        undelivered=tuple(sorted(set(_undelivered(mails, directory, partner.key)))),
        targets=targets or Targets(),
        peers=peers or Peers(),
        auto_replies=tuple(sorted(set(_auto_replies(mails, directory, partner.key)))),
    )


def absences_said(messages: Iterable[Message], directory: Directory, partner: Partner) -> Iterator[Absence]:
    """The absences that a partner's out-of-office replies announce; `since` is the date at the partner."""
    clock = clock_of(partner.hours)
    for message in messages:
        if message.message_class is not MessageClass.AUTO_REPLY or message.sender is None:
            continue
        if directory.place(message.sender.address).partner == partner.key:
            since = clock.local_date(message.at)
            until = message.back_on if message.back_on is not None and message.back_on > since else None
            person = message.sender.address
            yield Absence(partner=partner.key, since=since, until=until, person=person, origin="auto_reply")


def _one_each(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The sightings of each mail together, the most believable first."""
    by_uid: dict[str, list[Message]] = {}
    for message in messages:
        by_uid.setdefault(message.uid, []).append(message)
    for sightings in by_uid.values():
        if len(sightings) > 1:
            sightings.sort(key=lambda m: (m.at_suspect, m.at, m.source, m.external_id))
        yield sightings


def _acts(mails: Iterable[list[Message]], directory: Directory, partner: str) -> Iterator[Act]:
    place = directory.place
    for sightings in mails:
        # The copy that came through a list may be classed as bulk while the direct one is plain.
        if all(m.message_class is not MessageClass.HUMAN for m in sightings):
            continue
        first = sightings[0]
        sender = first.sender or next((m.sender for m in sightings if m.sender is not None), None)
        if sender is None:
            continue
        at_sender = place(sender.address)
        if at_sender.side is Side.OTHER or (at_sender.side is Side.PARTNER and at_sender.partner != partner):
            continue
        to, copied = (
            {p.address for m in sightings for p in m.to},
            {p.address for m in sightings for p in (*m.cc, *m.bcc)},
        )
        ours, theirs, others = {sender.address}, {sender.address}, set()
        (theirs if at_sender.side is Side.US else ours).clear()
        for address in to | copied:
            found = place(address)
            if found.side is Side.US:
                ours.add(address)
            elif found.partner == partner:
                theirs.add(address)
            else:
                others.add(address)
        if at_sender.side is Side.US and not theirs:
            continue
        subject = max(m.subject or "" for m in sightings)
        yield Act(
            uid=first.uid,
            at=seconds_of(first.at),
            side=at_sender.side,
            person=sender.address,
            ours=tuple(sorted(ours)),
            theirs=tuple(sorted(theirs)),
            others=tuple(sorted(others)),
            asked=tuple(sorted(to & (theirs if at_sender.side is Side.US else ours) - {sender.address})),
            copied=tuple(sorted(copied - to)),
            references=max((m.references for m in sightings), key=lambda refs: (len(refs), refs)),
            threads=tuple(sorted({(m.source, m.thread) for m in sightings if m.thread})),
            subject=max(m.topic or topic_of(m.subject) or "" for m in sightings),
            marked_reply=bool(subject) and _REPLY_MARK.match(subject) is not None,
        )


def _undelivered(mails: Iterable[list[Message]], directory: Directory, partner: str) -> Iterator[Undelivered]:
    for sightings in mails:
        if sightings[0].message_class is MessageClass.BOUNCE:
            for address in {a for m in sightings for a in m.undelivered}:
                if directory.place(address).partner == partner:
                    yield Undelivered(seconds_of(sightings[0].at), address)


def _auto_replies(mails: Iterable[list[Message]], directory: Directory, partner: str) -> Iterator[AutoReply]:
    for sightings in mails:
        first = sightings[0]
        if first.message_class is not MessageClass.AUTO_REPLY or first.sender is None:
            continue
        if directory.place(first.sender.address).partner == partner:
            yield AutoReply(seconds_of(first.at), first.sender.address)


def _stretches(absences: Iterable[Absence], acts: Sequence[Act], clock: BusinessClock, now: int) -> Iterator[Away]:
    for absence in absences:
        since = clock.midnight(absence.since)
        if absence.until is not None:
            yield Away(since, clock.midnight(absence.until), absence.person)
        elif absence.person is None:
            yield Away(since, max(now, since), None)
        else:
            latest = clock.midnight(absence.since + timedelta(days=_UNSAID_RETURN_DAYS))
            back = (act.at for act in acts if act.person == absence.person and act.at >= since + 86_400)
            yield Away(since, min(next(back, latest), latest), absence.person)
