"""What else lies in a mailbox: newsletters, robots, list mail, a bounce, applicants, talk among ourselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from connectors.demo.people import ANA, BEN, CHLOE, DORA, OUR_DESK, US
from models.records import Message, MessageClass, Person

_LEFT = Person(address="radu.ionescu@halcyon.example", name="Radu Ionescu")
_LEFT_ON = -34  # the day, counted from the anchor, on which a mail to him comes back

_APPLICANTS = ("Owen Pratt", "Yuki Mori", "Elif Aydin", "Sam Whitfield", "Nadia Haddad", "Luca Conti")
_POSTERS = ("Hana Sato", "Viktor Lund", "Zoe Papadakis", "Imran Qureshi")
_TALK = ("Lunch?", "Minutes", "Stand-up notes", "Travel", "Budget sheet", "Who takes the call?")
_LIST = Person(address="mobile-dev@lists.openkit.example", name="Mobile developers")


def noise_of(dice: random.Random, day: date, anchor: date) -> Iterator[Message]:
    """Every mail of this day that is no partner's."""
    ago = (day - anchor).days
    working = OUR_DESK.is_open_on(day)
    if day.weekday() == 1:
        for reader in (ANA, BEN, CHLOE):
            yield _mail(day, 6.2, "The Weekly Build", "news@weeklybuild.example", reader, MessageClass.BULK, "Issue")
    if day.weekday() in (0, 3):
        yield _mail(day, 7.5, "Cloudshop", "offers@cloudshop.example", BEN, MessageClass.BULK, "This week only")
    if day.day == 1:
        yield _mail(day, 3.1, "Billing", "no-reply@ledgerly.example", ANA, MessageClass.SYSTEM, "Your invoice")
    if working:
        for n in range(dice.randrange(1, 4)):
            reader, hour = dice.choice((BEN, CHLOE)), dice.uniform(8.0, 18.0)
            yield _mail(
                day, hour, "Tracker", "notifications@tracker.example", reader, MessageClass.SYSTEM, "Task moved", n
            )
        yield from _talk(dice, day)
    for n in range(dice.randrange(0, 3)):
        poster = dice.choice(_POSTERS)
        address = f"{poster.split()[0].lower()}@{poster.split()[1].lower()}.example"
        yield _mail(day, dice.uniform(0.5, 23.0), poster, address, _LIST, MessageClass.BULK, "Re: [mobile-dev] CI", n)
    if working and dice.random() < 0.12:
        name = dice.choice(_APPLICANTS)
        address = f"{name.replace(' ', '.').lower()}@postbox.example"
        yield _mail(day, dice.uniform(9, 20), name, address, ANA, MessageClass.HUMAN, "Application")
    if ago == _LEFT_ON + (0 if working else 1):
        yield from _bounce(day)


def _mail(
    day: date,
    hour: float,
    name: str,
    address: str,
    reader: Person,
    kind: MessageClass,
    subject: str,
    number: int = 0,
) -> Message:
    host = address.partition("@")[2]
    uid = f"{day:%Y%m%d}.{number}.{reader.address.partition('@')[0]}@{host}"
    return Message(
        source="",
        external_id="",
        uid=uid,
        at=OUR_DESK.moment(day, hour),
        sender=Person(address=address, name=name),
        to=(reader,),
        message_class=kind,
        thread=uid,
        subject=subject,
    )


def _talk(dice: random.Random, day: date) -> Iterator[Message]:
    """Mail among ourselves: nobody's contact."""
    for n in range(dice.randrange(1, 5)):
        sender, reader = dice.sample((ANA, BEN, CHLOE, DORA), 2)
        uid = f"{day:%Y%m%d}.{n}.talk@{US}"
        yield Message(
            source="",
            external_id="",
            uid=uid,
            at=OUR_DESK.moment(day, dice.uniform(8.8, 17.8)),
            sender=sender,
            to=(reader,),
            thread=uid,
            subject=dice.choice(_TALK),
        )


def _bounce(day: date) -> Iterator[Message]:
    """Chloé writes to somebody who has left, and hears so from our own mail server."""
    at = OUR_DESK.moment(day, 11.4)
    uid = f"{day:%Y%m%d}.left@{US}"
    yield Message(
        source="", external_id="", uid=uid, at=at, sender=CHLOE, to=(_LEFT,), thread=uid, subject="Test devices"
    )
    yield Message(
        source="",
        external_id="",
        uid=f"bounce.{uid}",
        at=at + timedelta(seconds=21),
        sender=Person(address=f"mailer-daemon@{US}", name="Mail Delivery System"),
        to=(CHLOE,),
        message_class=MessageClass.BOUNCE,
        thread=uid,
        references=(uid,),
        subject="Undelivered mail returned to sender",
        undelivered=(_LEFT.address,),
    )
