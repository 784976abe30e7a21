"""Concerns by mail: too much contact from us, answers we owe, one person of theirs silent or unreachable.

The same care as an alert: what changed with numbers, our side first, evidence, harmless explanations, one next step.
Subjects name the partner and never a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.actions import buttons_for
from alerts.compose_alert import footer
from alerts.due_concerns import OWED, SILENT, TOO_MUCH, UNREACHABLE
from alerts.facts import ConcernFacts, ContactFacts, PersonFacts
from alerts.gap_strip import GapStrip, gap_strip
from alerts.sheet import Button, Card, Desk, Mood, Section, Sheet
from alerts.words import count, day, listed, moment, number, percent, short, times, working_days
from models.letters import NoticeKind

_MOODS = {TOO_MUCH: Mood.MUCH, OWED: Mood.OWE, SILENT: Mood.PERSON, UNREACHABLE: Mood.LEFT}
_MANY = 5


def concern_sheet(facts: ConcernFacts, desk: Desk) -> Sheet:
    """One screen about one concern."""
    mood = _MOODS[facts.name]
    again = " · reminder" if facts.kind is NoticeKind.REMINDER else ""
    sections = (
        Section(title="Your side first", lines=_our_share(facts, desk)),
        Section(title="Evidence", lines=_evidence(facts, desk), is_table=True),
        Section(title="Harmless explanations checked", lines=_checks(facts, desk), is_small=True),
        Section(title="How sure", lines=_sureness(facts), is_small=True),
    )
    return Sheet(
        subject=f"{mood}: {short(facts.partner.title)} – {_subject(facts)}",
        mood=mood,
        badge=f"{mood}{again}",
        title=facts.partner.title,
        lead=facts.sentence,
        strip=strip_of(facts),
        sections=tuple(section for section in sections if section.lines),
        step=_step(facts, desk),
        buttons=_buttons(facts, desk),
        footer=footer(desk),
        unsubscribe=desk.unsubscribe,
    )


def concerns_sheet(facts: Sequence[ConcernFacts], desks: Mapping[int, Desk], desk: Desk) -> Sheet:
    """Several at once in one mail; `desks` by the concern's number make each one's own links."""
    if len(facts) == 1:
        return concern_sheet(facts[0], desks[facts[0].number])
    by_mood: dict[Mood, list[str]] = {}
    for each in facts:
        by_mood.setdefault(_MOODS[each.name], []).append(short(each.partner.title))
    said = "; ".join(f"{mood.lower()}: {listed(list(dict.fromkeys(who)), _MANY)}" for mood, who in by_mood.items())
    return Sheet(
        subject=said[0].upper() + said[1:],
        mood=_MOODS[facts[0].name],
        badge=_MOODS[facts[0].name],
        title=f"{len(facts)} things to look at",
        lead="What we do comes first. One short card each; the page and the commands have the rest.",
        cards=tuple(_card(each, desks[each.number]) for each in facts),
        footer=footer(desk),
        unsubscribe=desk.unsubscribe,
    )


def _card(facts: ConcernFacts, desk: Desk) -> Card:
    ours = () if len(facts.owed) == 1 else _our_share(facts, desk)[:1]  # one answer owed: the first sentence says it
    return Card(
        mood=_MOODS[facts.name],
        title=facts.partner.title,
        lead=facts.sentence,
        lines=(*ours, f"Next step: {_step(facts, desk)[0]}"),
        strip=strip_of(facts),
        buttons=_buttons(facts, desk, short=True),
    )


def _buttons(facts: ConcernFacts, desk: Desk, *, short: bool = False) -> tuple[Button, ...]:
    is_person = facts.name in {SILENT, UNREACHABLE}
    return buttons_for(facts.partner.key, desk, short=short, concern=facts.number, may_be_away=is_person)


def _subject(facts: ConcernFacts) -> str:
    contact, person = facts.contact, facts.person
    if contact is not None and contact.weeks and contact.usual is not None:
        mails = count(contact.weeks[-1], "mail")
        return f"{mails} from us in the last week (usual: {number(contact.usual)})"
    if facts.owed:
        return f"{count(len(facts.owed), 'answer')} for {working_days(facts.owed[0].days)}"
    if facts.name == SILENT and person is not None and person.silence is not None:
        usual = f" (usual: {number(person.rhythm.median)})" if person.rhythm.median is not None else ""
        return f"one of their people for {working_days(person.silence)}{usual}, while others go on"
    if facts.name == UNREACHABLE:
        return "mail to one of their people comes back"
    return {TOO_MUCH: "far more contact from us than usual", OWED: "answers are overdue"}.get(
        facts.name, "something to look at"
    )


def strip_of(facts: ConcernFacts) -> GapStrip | None:
    """Our mails by week against their usual, or the silent person's own gaps."""
    contact, person = facts.contact, facts.person
    if contact is not None and contact.weeks:
        return gap_strip(
            contact.weeks[:-1],
            contact.weeks[-1],
            contact.usual,
            contact.most,
            said="last week",
            what="Our mails in each of the {n} weeks before",
        )
    if facts.name == SILENT and person is not None:
        rhythm = person.rhythm
        return gap_strip(
            rhythm.recent,
            person.silence,
            rhythm.median,
            rhythm.p90,
            what=f"The last {{n}} gaps of {person.name} in working days",
        )
    return None


def _our_share(facts: ConcernFacts, desk: Desk) -> tuple[str, ...]:
    whose = "You owe" if facts.partner.owner in {None, desk.reader} else "We owe"
    if facts.contact is not None:
        return _pressing(facts.contact)
    if facts.owed:
        return tuple(
            f"{whose} {each.name} an answer since {day(each.since, desk.zone, now=desk.at)}, {working_days(each.days)}."
            for each in facts.owed[:_MANY]
        )
    person = facts.person
    owes = f"{whose} them {count(facts.mirror.owed, 'answer')}." if facts.mirror.owed else f"{whose} them no answer."
    if person is None:
        return (owes,)
    if person.wrote_since and person.last_outbound is not None:
        last = day(person.last_outbound, desk.zone, now=desk.at)
        return (f"{owes} We wrote to {person.name} {times(person.wrote_since)} since, last on {last}.",)
    return (f"{owes} We have not written to {person.name} since.",)


def _pressing(contact: ContactFacts) -> tuple[str, ...]:
    lines = [f"In four weeks we wrote {count(contact.ours, 'mail')}, they wrote {contact.theirs}."]
    if contact.early is not None:
        lines.append(f"{percent(contact.early)} of our reminders came before their usual answer time.")
    if contact.evenings is not None and contact.evenings > 0:
        lines.append(f"{percent(contact.evenings)} of our mails were answered or followed up while they were closed.")
    return tuple(lines)


def _evidence(facts: ConcernFacts, desk: Desk) -> tuple[str, ...]:
    evidence, person = facts.evidence, facts.person
    lines = [f"It began: {day(facts.since, desk.zone, now=desk.at)}"]
    if person is not None:
        lines += _of_person(person, desk)
    else:
        for label, at in (("They last wrote", evidence.last_inbound), ("We last wrote", evidence.last_outbound)):
            if at is not None:
                lines.append(f"{label}: {moment(at, desk.zone, now=desk.at)}")
    if evidence.next_meeting is not None:
        lines.append(f"Next meeting: {moment(evidence.next_meeting, desk.zone, now=desk.at)}")
    else:
        lines.append("Next meeting: none booked")
    return tuple(lines)


def _of_person(person: PersonFacts, desk: Desk) -> list[str]:
    lines = []
    for label, at in (
        (f"{person.name} last wrote", person.last_inbound),
        (f"We last wrote to {person.name}", person.last_outbound),
        (f"Last met {person.name}", person.last_meeting),
    ):
        lines += [] if at is None else [f"{label}: {moment(at, desk.zone, now=desk.at)}"]
    if person.share is not None:
        lines.append(f"Their part of the contact before: {percent(person.share)}")
    if person.others:
        others = [f"{other.name} ({other.last.day} {other.last:%b})" for other in person.others]
        lines.append(f"Others of theirs, last seen: {listed(others)}")
    return lines


def _checks(facts: ConcernFacts, desk: Desk) -> tuple[str, ...]:
    parts = []
    if facts.name == SILENT:
        parts.append("No out-of-office reply and no declared leave of this person is known. Others of theirs go on.")
    if facts.name == UNREACHABLE:
        parts.append("A full mailbox or a passing fault does not count: only a refusal for good does.")
    if facts.name == TOO_MUCH:
        parts.append("Weeks are counted by their working days and by how many of their people are active.")
    if facts.name == OWED:
        parts.append("Closings (“thanks, all clear”), newsletters and mails that only copy us do not count.")
    if facts.read_until is not None:
        parts.append(f"Data read up to {moment(facts.read_until, desk.zone, now=desk.at)}.")
    parts.append("Not connected, so not seen: phone, chat.")
    return (" ".join(parts),)


def _sureness(facts: ConcernFacts) -> tuple[str, ...]:
    rule = {
        TOO_MUCH: "mails to each active person and working day lie more than three standard deviations above the "
        "twelve weeks before, in two of three weeks, and reminders are early or the exchange is one-sided; or "
        "meetings take more than twice as much of their week",
        OWED: "an answer that usually comes is more than twice as old as agreed, or as our own slowest tenth",
        SILENT: "silent for over three times their own usual gap, longer than 19 in 20 of their gaps, for two "
        "working weeks or more, while the partner is on rhythm",
        UNREACHABLE: "a mail came back as undeliverable for good, and they have not written since",
    }.get(facts.name, facts.name)
    return (f"Rule “{facts.name}”: {rule}. It is told once; it ends when all is well again.",)


def _step(facts: ConcernFacts, desk: Desk) -> tuple[str, ...]:
    meeting, person = facts.evidence.next_meeting, facts.person
    soon = f" on {moment(meeting, desk.zone, now=desk.at)}" if meeting is not None else ""
    if facts.name == TOO_MUCH:
        first = "Bundle: one mail with all open points instead of many"
        return (f"{first}, or bring them to the meeting{soon}." if soon else f"{first}.", "Urgent things: one call.")
    if facts.name == OWED:
        name = facts.owed[0].name if facts.owed else "them"
        return (f"Answer {name} first, if only with a date by which the answer will come.",)
    name = person.name if person is not None else "this person"
    other = person.others[0].name if person is not None and person.others else None
    if facts.name == UNREACHABLE:
        whom = (
            f"Ask {other} who has taken over from {name}" if other else f"Call and ask who has taken over from {name}"
        )
        step = [f"{whom}, and set the address right."]
    else:
        step = [f"Ask {other} whether {name} is away." if other else f"Call {name}."]
        if meeting is not None:
            step.append(f"Or ask when you meet{soon}.")
    if person is not None and person.known_best is not None:
        step.append(f"On our side {person.known_best} knows them best.")
    return tuple(step)
