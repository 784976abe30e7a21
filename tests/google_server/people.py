"""Mails and meetings as they come, for filling a server: plain, threaded, automatic, odd."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.google_server.agenda import Agenda, Event, stamp
from tests.google_server.mailbox import Mail, Mailbox

PARTNERS = ("mia@northwind.example", "tom@southwind.example", "li@eastwind.example")
OTHERS = ("eva@elsewhere.example", "news@letters.example")


def write(
    box: Mailbox,
    at: datetime,
    *,
    sender: str,
    to: str,
    labels: tuple[str, ...] = ("INBOX",),
    answers: Mail | None = None,
    subject: str = "Order",
    more: tuple[tuple[str, str], ...] = (),
    text: str = "Hello,\n\nall well here.\n",
) -> Mail:
    """A mail arrives, perhaps as an answer in a thread."""
    number = box.made
    name = f"<{int(at.timestamp())}.{number}@{sender.rpartition('@')[2]}>"
    headers = [
        ("From", sender),
        ("To", to),
        ("Subject", subject),
        ("Date", format_datetime(at)),
        ("Message-ID", name),
        ("Received", f"by mx.example.org; {format_datetime(at)}"),
        *more,
    ]
    if answers is not None:
        parent = next(value for key, value in answers.headers if key == "Message-ID")
        headers += [("In-Reply-To", parent), ("References", parent)]
    return box.arrive(
        headers,
        at_ms=int(at.timestamp() * 1000),
        labels=labels,
        thread=answers.thread if answers is not None else None,
        text=text,
    )


def timed(at: datetime, zone: str = "Europe/Berlin") -> dict[str, Any]:
    """A start or end at this instant."""
    return {"dateTime": stamp(at), "timeZone": zone}


def guest(address: str, answer: str = "needsAction", **more: Any) -> dict[str, Any]:
    """An invitee."""
    return {"email": address, "responseStatus": answer, **more}


def meet(agenda: Agenda, at: datetime, now: datetime, *, with_whom: str, hours: float = 1, **more: Any) -> Event:
    """A meeting is called by the owner of the calendar."""
    guests = [guest(agenda.owner, "accepted", organizer=True, self=True), guest(with_whom)]
    return agenda.make(timed(at), timed(at + timedelta(hours=hours)), now=now, attendees=guests, **more)


def fill(box: Mailbox, agenda: Agenda, now: datetime, *, mails: int, days: int = 400, seed: int = 1) -> None:
    """A believable past: threads with three partners, some noise, meetings single and weekly."""
    dice = random.Random(seed)
    owner = box.address
    moments = sorted(now - timedelta(seconds=dice.uniform(0, days * 86_400)) for _ in range(mails))
    open_threads: list[Mail] = []
    for at in moments:
        parent = dice.choice(open_threads[-30:]) if open_threads and dice.random() < 0.68 else None
        partner = dice.choice(PARTNERS)
        if parent is not None:
            pair = [value for key, value in parent.headers if key in {"From", "To"}]
            sender, to = pair[1], pair[0]
        else:
            sender, to = (partner, owner) if dice.random() < 0.5 else (owner, partner)
        labels = ("SENT",) if sender == owner else ("INBOX",)
        if parent is None and dice.random() < 0.05:
            sender, to, labels = "news@letters.example", owner, ("INBOX", "CATEGORY_PROMOTIONS")
        mail = write(box, at.replace(microsecond=0), sender=sender, to=to, labels=labels, answers=parent)
        if labels != ("INBOX", "CATEGORY_PROMOTIONS"):
            open_threads.append(mail)
    start = (now - timedelta(days=200)).replace(hour=9, minute=0, second=0, microsecond=0)
    for n, partner in enumerate(PARTNERS):
        meet(agenda, start + timedelta(days=n), start, with_whom=partner, recurrence=["RRULE:FREQ=WEEKLY"])
        meet(
            agenda, now.replace(minute=0, second=0, microsecond=0) - timedelta(days=3 * n + 1), start, with_whom=partner
        )


def when(seconds: float) -> datetime:
    """The server's time as a date."""
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
