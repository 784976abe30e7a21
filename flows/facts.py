"""What the store holds of one partner, as the facts, pauses and meetings that the detector takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.contacts import Contact, Contacts
from metrics.joint_days import JointDays
from metrics.occasions import Occasion
from metrics.quiet import Pause
from models.records import Absence, Response, Side
from models.store.rows import SIDE_CODE

FROM_THEM = SIDE_CODE[Side.PARTNER]
_FROM_US = SIDE_CODE[Side.US]
_UNSAID_RETURN = timedelta(days=14)  # an out-of-office reply that names no return

Mail = tuple[int, int, str | None]


def facts_of(
    joint: JointDays, mails: Sequence[Mail], occasions: Sequence[Occasion], *, through: int, edge: int
) -> list[Contact]:
    """Mails and held meetings later than `through` and not later than the edge (Unix seconds), ascending."""
    number, day_of = joint.number, joint.ours.day_of
    facts = [
        Contact(at, number(day_of(at)), side == FROM_THEM, sender)
        for at, side, sender in mails
        if at <= edge and side in {FROM_THEM, _FROM_US}
    ]
    held = [
        Contact(o.end, number(day_of(o.end)), inbound=True, held=True)
        for o in occasions
        if through < o.end <= edge and o.rung(edge) is not None
    ]
    return sorted([*facts, *held], key=lambda fact: fact.at) if held else facts


def pauses_of(absences: Iterable[Absence], contacts: Contacts, zone: ZoneInfo) -> list[Pause]:
    """The stretches in which silence means nothing; an out-of-office reply ends early when its writer writes again."""
    pauses = []
    for absence in absences:
        until = absence.until
        if absence.origin == "auto_reply":
            until = until or absence.since + _UNSAID_RETURN
            spoke = contacts.spoke.get(absence.person or "")
            if spoke is not None:
                back = datetime.fromtimestamp(spoke, zone).date()
                until = min(until, max(back, absence.since)) if back > absence.since else until
        reason = "out-of-office reply" if absence.origin == "auto_reply" else "declared"
        pauses.append(Pause(since=absence.since, until=until, person=absence.person, reason=reason))
    return pauses


def away_spans(joint: JointDays, pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Ended or dated pauses of the whole partner as half-open spans of working-day numbers (a, b]."""
    return [
        (joint.number(p.since - timedelta(days=1)), joint.number(p.until - timedelta(days=1)))
        for p in pauses
        if p.person is None and p.until is not None
    ]


def lost_days(last: int | None, number: int, away: Sequence[tuple[int, int]]) -> int:
    """Working days between two day numbers that fell into an absence of the whole partner."""
    if last is None or not away:
        return 0
    return sum(max(0, min(number, until) - max(last, since)) for since, until in away)


def next_accepted(occasions: Iterable[Occasion], edge: int) -> datetime | None:
    """Start of the next meeting that stands and that one of theirs has accepted or called; None if there is none."""
    for occasion in occasions:
        if occasion.start < edge or occasion.cancelled is not None:
            continue
        if any(
            answer.side is Side.PARTNER and (answer.response is Response.ACCEPTED or answer.is_organiser)
            for answer in occasion.answers
        ):
            return datetime.fromtimestamp(occasion.start, UTC)
    return None
