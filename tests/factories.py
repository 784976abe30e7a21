"""Records for tests, naming only what matters: message(day=3, side=OUTBOUND).

Day 0 is Monday 2 March 2026; hours are UTC unless a zone is part of what a test is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from metrics.folding import fold
from metrics.history import History, Peers, Targets
from models.directory import Directory
from models.records import (
    Absence,
    Attendee,
    Interaction,
    Meeting,
    MeetingStatus,
    Message,
    MessageClass,
    Partner,
    Person,
    Response,
    WorkingHours,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
INBOUND, OUTBOUND = "in", "out"
OURS, THEIRS = "ana@example.org", "bo@northwind.example"
UTC_OFFICE = WorkingHours(zone="UTC", hours="Mon-Fri 09:00-17:00")


def moment(day: float, hour: float = 10.0) -> datetime:
    """An instant on a day counted from START."""
    return START + timedelta(days=day, hours=hour)


def people(addresses: Iterable[str]) -> tuple[Person, ...]:
    """Persons with these addresses."""
    return tuple(Person(address=address) for address in addresses)


def message(
    day: float = 0,
    hour: float = 10.0,
    *,
    side: str = INBOUND,
    uid: str | None = None,
    sender: str | None = None,
    to: Sequence[str] | None = None,
    cc: Sequence[str] = (),
    source: str = "gmail:ana@example.org",
    answers: str | None = None,
    **rest: Any,
) -> Message:
    """A mail between ana and bo; `answers` is the uid of the mail it replies to."""
    writer = sender or (THEIRS if side == INBOUND else OURS)
    reader = tuple(to) if to is not None else ((OURS,) if side == INBOUND else (THEIRS,))
    name = uid or f"<{writer}-{day}-{hour}>"
    return Message(
        source=source,
        external_id=rest.pop("external_id", f"{source}/{name}"),
        uid=name,
        at=moment(day, hour),
        sender=Person(address=writer),
        to=people(reader),
        cc=people(cc),
        references=rest.pop("references", (answers,) if answers else ()),
        message_class=rest.pop("message_class", MessageClass.HUMAN),
        **rest,
    )


def meeting(
    day: float = 0,
    hour: float = 10.0,
    *,
    minutes: float = 30,
    uid: str | None = None,
    seen: datetime | None = None,
    organiser: str = OURS,
    ours: Sequence[str] = (OURS,),
    theirs: Sequence[str] = (THEIRS,),
    response: Response = Response.ACCEPTED,
    cancelled: bool = False,
    **rest: Any,
) -> Meeting:
    """A meeting that everybody accepted, first seen three days before it."""
    name = uid or f"meeting-{day}-{hour}"
    start = moment(day, hour)
    return Meeting(
        source=rest.pop("source", f"gcal:{organiser}"),
        external_id=rest.pop("external_id", name),
        uid=name,
        at=start,
        until=start + timedelta(minutes=minutes),
        seen_at=seen or start - timedelta(days=3),
        organiser=Person(address=organiser),
        attendees=rest.pop(
            "attendees",
            tuple(Attendee(person=person, response=response) for person in people([*ours, *theirs])),
        ),
        status=MeetingStatus.CANCELLED if cancelled else MeetingStatus.CONFIRMED,
        **rest,
    )


def partner(key: str = "northwind", **rest: Any) -> Partner:
    """A partner with its own domain and declared office hours in UTC."""
    rest.setdefault("title", key.title())
    rest.setdefault("domains", (f"{key}.example",))
    rest.setdefault("hours", UTC_OFFICE)
    rest.setdefault("learned_hours", False)
    return Partner(key=key, **rest)


def history(
    interactions: Iterable[Interaction],
    *,
    day: float = 100,
    hour: float = 12.0,
    of: Partner | None = None,
    us: Sequence[str] = ("example.org",),
    ours: WorkingHours = UTC_OFFICE,
    absences: Iterable[Absence] = (),
    targets: Targets | None = None,
    peers: Peers | None = None,
) -> History:
    """These interactions folded, as known on a day counted from START."""
    whom = of or partner()
    return fold(
        interactions,
        partner=whom,
        directory=Directory(us, [whom]),
        ours=ours,
        now=moment(day, hour),
        absences=absences,
        targets=targets,
        peers=peers,
    )
