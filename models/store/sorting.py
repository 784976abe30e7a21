"""Whom a mail concerns, and what of it is stored: from records to a `Batch`. Pure: no SQL, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from models.directory import FREE_MAIL, Directory, domain_of, is_no_reply
from models.records import Message, MessageClass, Person, Side, topic_of
from models.store.batch import Batch
from models.store.keys import key_of
from models.store.rows import BCC, CC, CLASS_CODE, SIDE_CODE, TO, UNDELIVERED

_DAY = 86_400
_MEMO = 10_000
_LIST_HOST = re.compile(r"(?:lists?|vger|mailman|groups|ml)\.|googlegroups\.com$|groups\.io$|freelists\.org$")
_US = SIDE_CODE[Side.US]
_PARTNER = SIDE_CODE[Side.PARTNER]
_OTHER = SIDE_CODE[Side.OTHER]
# Mails of one exchange stand close together and name each other.
_key_of = lru_cache(_MEMO)(key_of)


class Sorter:
    """Decides, for one source, whom a mail concerns.

    A mail concerns a partner when it runs between us and them: one of theirs and one of ours are on it. In a live
    mailbox the owner is one of ours even where the headers do not show it (Bcc, undisclosed recipients).
    """

    def __init__(self, directory: Directory, *, live: bool, salt: bytes, keep_subjects: bool) -> None:
        self._directory = directory
        self._live = live
        self._salt = salt
        self._keep_subjects = keep_subjects
        self._places: dict[str, tuple[int, str | None]] = {}
        self._topics: dict[str, int | None] = {}

    def batch(self, mails: Iterable[Message]) -> Batch:
        """These mails, each where it belongs."""
        into = Batch()
        index: dict[str, int] = {}
        for mail in mails:
            self._sort(mail, into, index)
        return into

    def _sort(self, mail: Message, into: Batch, index: dict[str, int]) -> None:
        places = self._places
        sender = mail.sender
        side, sender_partner = _OTHER, None
        if sender is not None:
            side, sender_partner = places.get(sender.address) or self._place(sender.address)
        us = self._live or side == _US
        outsiders = side != _US
        strangers = side == _OTHER
        partners = [] if sender_partner is None else [sender_partner]
        for people in (mail.to, mail.cc, mail.bcc):
            for person in people:
                theirs, partner = places.get(person.address) or self._place(person.address)
                if theirs == _US:
                    us = True
                    continue
                outsiders = True
                if partner is None:
                    strangers = strangers or side == _US
                elif partner not in partners:
                    partners.append(partner)
        for address in mail.undelivered:
            partner = self._place(address)[1]
            if partner is not None and partner not in partners:
                outsiders = True
                partners.append(partner)
        if not outsiders:
            into.internal.append(mail.external_id)
        elif not us:
            into.elsewhere.append(mail.external_id)
        elif partners:
            self._keep(mail, partners, side, sender_partner, into, index)
            if strangers:
                self._count(mail, side, into)
        elif not self._count(mail, side, into):
            into.elsewhere.append(mail.external_id)

    def _keep(
        self,
        mail: Message,
        partners: list[str],
        side: int,
        sender_partner: str | None,
        into: Batch,
        index: dict[str, int],
    ) -> None:
        sender = -1 if mail.sender is None else _place_of(mail.sender, into, index)
        found: dict[int, int] = {}  # an address counts once, in its strongest role
        for role, people in ((TO, mail.to), (CC, mail.cc), (BCC, mail.bcc)):
            for person in people:
                found.setdefault(_place_of(person, into, index), role)
        for address in mail.undelivered:
            found[_place_of(Person(address=address), into, index)] = UNDELIVERED
        references = mail.references
        thread = None if mail.thread is None else _key_of(f"{mail.source}\0{mail.thread}")
        root = reply = None
        if references:
            root, reply = _key_of(references[0]), _key_of(references[-1])
        key = _key_of(mail.uid)
        at = int(mail.at.timestamp() // 1)
        topic = int(mail.topic, 16) if mail.topic is not None else self._topic(mail.subject)
        back = mail.back_on.isoformat() if mail.back_on is not None else None
        for partner in partners:
            into.owners.extend([len(into.keys)] * len(found))
            into.people.extend(found)
            into.roles.extend(found.values())
            into.keys.append(key)
            into.partners.append(partner)
            into.ats.append(at)
            into.senders.append(sender)
            into.sides.append(side if side != _PARTNER or partner == sender_partner else _OTHER)
            into.classes.append(CLASS_CODE[mail.message_class])
            into.threads.append(thread)
            into.roots.append(root)
            into.replies.append(reply)
            into.topics.append(topic)
            into.subjects.append(mail.subject if self._keep_subjects else None)
            into.backs.append(back)
            into.suspects.append(1 if mail.at_suspect else None)
            into.ids.append(mail.external_id)

    def _count(self, mail: Message, side: int, into: Batch) -> bool:
        """Count the mail for each organisation on it that nobody watches; False where there is none."""
        people: tuple[Person, ...]
        if side == _OTHER:
            people = (mail.sender,) if mail.sender is not None else ()
        else:
            people = (*mail.to, *mail.cc, *mail.bcc)
            if mail.class_doubtful:  # whom we answer on a list says more than the list
                people = tuple(sorted(people, key=lambda p: _LIST_HOST.match(domain_of(p.address)) is not None))
        seen: set[str] = set()
        for person in people:
            domain = domain_of(person.address)
            if not domain or domain in seen or domain in FREE_MAIL or self._place(person.address)[0] != _OTHER:
                continue
            seen.add(domain)
            kind = mail.message_class
            if kind is MessageClass.HUMAN and is_no_reply(person.address):
                kind = MessageClass.SYSTEM
            elif mail.class_doubtful and self._is_direct(mail, side, domain) and not is_no_reply(person.address):
                kind = MessageClass.HUMAN  # as it would be read if this domain were a partner's
            into.outside_keys.append(_key_of(mail.uid))
            into.outside_domains.append(domain)
            into.outside_days.append(int(mail.at.timestamp() // _DAY))
            into.outside_sides.append(side)
            into.outside_classes.append(CLASS_CODE[kind])
            into.outside_ids.append(mail.external_id)
        return bool(seen)

    def _is_direct(self, mail: Message, side: int, domain: str) -> bool:
        """Whether one side names the other in To or Cc, not only the list."""
        if side == _US:
            return _LIST_HOST.match(domain) is None
        return any(self._place(p.address)[0] == _US for p in (*mail.to, *mail.cc))

    def _place(self, address: str) -> tuple[int, str | None]:
        """Side and partner of an address; remembers the latest."""
        found = self._places.get(address)
        if found is None:
            place = self._directory.place(address)
            found = SIDE_CODE[place.side], place.partner
            if len(self._places) >= _MEMO:
                self._places.clear()
            self._places[address] = found
        return found

    def _topic(self, subject: str | None) -> int | None:
        """The topic's hash as it is stored; the subjects of an exchange come again and again."""
        if not subject:
            return None
        if subject in self._topics:
            return self._topics[subject]
        topic = topic_of(subject, self._salt)
        if len(self._topics) >= _MEMO:
            self._topics.clear()
        found = self._topics[subject] = int(topic, 16) if topic is not None else None
        return found


def _place_of(person: Person, into: Batch, index: dict[str, int]) -> int:
    """The person's place in the batch's list of addresses; the first name seen of them stays."""
    place = index.get(person.address)
    if place is None:
        place = index[person.address] = len(into.addresses)
        into.addresses.append(person.address)
        into.names.append(person.name)
    elif person.name and not into.names[place]:
        into.names[place] = person.name
    return place
