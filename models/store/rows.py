"""From records to rows: which partners an interaction concerns, and the tuples that are stored. No SQL here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from models.directory import FREE_MAIL, Directory, domain_of, is_no_reply
from models.records import Meeting, Message, MessageClass, Person, Side, topic_of
from models.store.keys import key_of

SIDES = (Side.US, Side.PARTNER, Side.OTHER)
CLASSES = tuple(MessageClass)
SIDE_CODE: Mapping[Side, int] = {side: code for code, side in enumerate(SIDES)}
CLASS_CODE: Mapping[MessageClass, int] = {kind: code for code, kind in enumerate(CLASSES)}
TO, CC, BCC, UNDELIVERED = range(4)
_DAY = 86_400
_LIST_HOST = re.compile(r"(?:lists?|vger|mailman|groups|ml)\.|googlegroups\.com$|groups\.io$|freelists\.org$")

MESSAGE_COLUMNS = (
    "id",
    "key",
    "partner_id",
    "at",
    "sender_id",
    "side",
    "message_class",
    "thread_key",
    "root_key",
    "reply_key",
    "topic",
    "subject",
    "back_on",
    "suspect",
)


class ItemState(IntEnum):
    """What became of an id that a source listed."""

    STORED = 0
    SKIPPED = 1
    GONE = 2
    VANISHED = 3  # a mail that the service no longer shows: it counts until the grace is over


@dataclass(slots=True)
class Draft:
    """A mail on its way into the table of one partner."""

    key: int
    partner: str
    at: int
    sender: Person | None
    side: int
    message: Message
    salt: bytes
    keep_subject: bool
    id: int = 0
    partner_id: int = 0

    def row(self, addresses: Mapping[str, int]) -> tuple[object, ...]:
        """In the order of MESSAGE_COLUMNS."""
        message = self.message
        references = message.references
        topic = message.topic if message.topic is not None else topic_of(message.subject, self.salt)
        return (
            self.id,
            self.key,
            self.partner_id,
            self.at,
            addresses[self.sender.address] if self.sender is not None else None,
            self.side,
            CLASS_CODE[message.message_class],
            key_of(f"{message.source}\0{message.thread}") if message.thread is not None else None,
            key_of(references[0]) if references else None,
            key_of(references[-1]) if references else None,
            int(topic, 16) if topic is not None else None,
            message.subject if self.keep_subject else None,
            message.back_on.isoformat() if message.back_on is not None else None,
            1 if message.at_suspect else None,
        )

    def recipients(self, addresses: Mapping[str, int]) -> list[tuple[int, int, int]]:
        """(message id, address id, role), each address once in its strongest role."""
        found: dict[int, int] = {}
        message = self.message
        for role, people in ((TO, message.to), (CC, message.cc), (BCC, message.bcc)):
            for person in people:
                found.setdefault(addresses[person.address], role)
        for address in message.undelivered:
            found[addresses[address]] = UNDELIVERED
        return [(self.id, address_id, role) for address_id, role in found.items()]


@dataclass(slots=True)
class Outside:
    """A mail with an outside organisation that nobody watches."""

    key: int
    domain: str
    day: int
    side: int
    message_class: int


@dataclass(slots=True)
class Sorted:
    """What a page's mails became."""

    drafts: list[Draft] = field(default_factory=list)
    outside: dict[str, Outside] = field(default_factory=dict)  # external id -> count
    internal: list[str] = field(default_factory=list)  # external ids of mails among ourselves
    elsewhere: list[str] = field(default_factory=list)  # external ids of other mails that concern no organisation


class Sorter:
    """Decides, for one source, whom a mail concerns.

    A mail concerns a partner when it runs between us and them: one of theirs and one of ours are on it. In a live
    mailbox the owner is one of ours even where the headers do not show it (Bcc, undisclosed recipients).
    """

    def __init__(
        self,
        directory: Directory,
        *,
        live: bool,
        salt: bytes,
        keep_subjects: bool,
    ) -> None:
        self._place = directory.place
        self._live = live
        self._salt = salt
        self._keep_subjects = keep_subjects

    def sort(self, message: Message, into: Sorted) -> None:
        """Put one mail where it belongs."""
        place = self._place
        sender = message.sender
        sender_place = place(sender.address) if sender is not None else None
        sender_side = sender_place.side if sender_place is not None else Side.OTHER
        us = self._live or sender_side is Side.US
        outsiders = sender_side is not Side.US
        partners: list[str] = []
        if sender_place is not None and sender_place.partner is not None:
            partners.append(sender_place.partner)
        for people in (message.to, message.cc, message.bcc):
            for person in people:
                found = place(person.address)
                if found.side is Side.US:
                    us = True
                    continue
                outsiders = True
                if found.partner is not None and found.partner not in partners:
                    partners.append(found.partner)
        for address in message.undelivered:
            found = place(address)
            if found.partner is not None and found.partner not in partners:
                outsiders = True
                partners.append(found.partner)
        if not outsiders:
            into.internal.append(message.external_id)
        elif not us:
            into.elsewhere.append(message.external_id)
        elif partners:
            self._draft(message, partners, sender_side, sender_place.partner if sender_place else None, into)
        else:
            self._count(message, sender_side, into)

    def _draft(
        self, message: Message, partners: list[str], side: Side, sender_partner: str | None, into: Sorted
    ) -> None:
        key = key_of(message.uid)
        at = int(message.at.timestamp() // 1)
        for partner in partners:
            seen_as = side if side is not Side.PARTNER or partner == sender_partner else Side.OTHER
            into.drafts.append(
                Draft(
                    key=key,
                    partner=partner,
                    at=at,
                    sender=message.sender,
                    side=SIDE_CODE[seen_as],
                    message=message,
                    salt=self._salt,
                    keep_subject=self._keep_subjects,
                )
            )

    def _count(self, message: Message, side: Side, into: Sorted) -> None:
        people: tuple[Person, ...]
        if side is Side.OTHER:
            people = (message.sender,) if message.sender is not None else ()
        else:
            people = (*message.to, *message.cc, *message.bcc)
            if message.class_doubtful:  # whom we answer on a list says more than the list
                people = tuple(sorted(people, key=lambda p: _LIST_HOST.match(domain_of(p.address)) is not None))
        for person in people:
            domain = domain_of(person.address)
            if not domain or domain in FREE_MAIL or self._place(person.address).side is Side.US:
                continue
            kind = message.message_class
            if kind is MessageClass.HUMAN and is_no_reply(person.address):
                kind = MessageClass.SYSTEM
            elif message.class_doubtful and self._is_direct(message, side, domain) and not is_no_reply(person.address):
                kind = MessageClass.HUMAN  # as it would be read if this domain were a partner's
            into.outside[message.external_id] = Outside(
                key=key_of(message.uid),
                domain=domain,
                day=int(message.at.timestamp() // _DAY),
                side=SIDE_CODE[side],
                message_class=CLASS_CODE[kind],
            )
            return
        into.elsewhere.append(message.external_id)

    def _is_direct(self, message: Message, side: Side, domain: str) -> bool:
        """Whether one side names the other in To or Cc, not only the list."""
        if side is Side.US:
            return _LIST_HOST.match(domain) is None
        return any(self._place(p.address).side is Side.US for p in (*message.to, *message.cc))


def content_of(meeting: Meeting) -> int:
    """A hash of everything a person can see of a meeting: the same content is the same version."""
    attendees = sorted(
        (a.person.address, a.response.value, a.optional, a.resource, a.answered_at) for a in meeting.attendees
    )
    seen: tuple[object, ...] = (
        meeting.at,
        meeting.until,
        meeting.status.value,
        meeting.organiser.address if meeting.organiser else None,
        attendees,
        meeting.all_day,
        meeting.free,
        meeting.original_start,
        meeting.present,
    )
    return key_of(repr(seen))


def partners_of(meeting: Meeting, directory: Directory) -> tuple[list[str], bool]:
    """Keys of the partners on a meeting, and whether one of ours is on it."""
    partners: list[str] = []
    us = False
    for person in meeting.people:
        found = directory.place(person.address)
        us = us or found.side is Side.US
        if found.partner is not None and found.partner not in partners:
            partners.append(found.partner)
    return partners, us


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp() // 1)
