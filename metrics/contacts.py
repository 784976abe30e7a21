"""What the detector remembers of one partner: the rhythm of their words, and who spoke last.

Facts come in ascending order and cost one step each; feeding them one by one gives the same as starting over. Contact
means a word from them: a human mail of theirs, or a meeting held with them. Our own mails are remembered, but they are
no word from them.
"""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import orjson

from metrics.rhythm import Rhythm

VERSION = "8"
_SPEAKERS = 20


class Contact(NamedTuple):
    """One fact: when (Unix seconds), on which joint working day, from them or from us, by whom; `held` is a meeting."""

    at: int
    number: int
    inbound: bool
    person: str | int | None = None
    held: bool = False


class Limits(NamedTuple):
    """How many working days of silence make late, quiet and gone; late < quiet < gone.

    threshold  the chance at or below which that silence is called quiet; None before the first gap
    period     working days from one expected day to the next, where the gaps obey a clockwork; None where they do not
    """

    late: int
    quiet: int
    gone: int
    threshold: float | None = None
    period: int | None = None


class Contacts:
    """The running memory.

    limits    those of the last judgement: where to begin searching for the next ones; None = none were found
    settled   the strictness and the agreed cadence under which they still hold; None = word came since
    """

    __slots__ = (
        "last_inbound",
        "last_mail",
        "last_mail_number",
        "last_number",
        "last_outbound",
        "limits",
        "people",
        "rhythm",
        "settled",
        "spoke",
        "through",
        "written",
    )

    def __init__(self) -> None:
        self.rhythm = Rhythm()
        self.last_number: int | None = None
        self.last_inbound: int | None = None  # a mail of theirs, or the end of a meeting held with them
        self.last_mail: int | None = None  # their last mail alone, and its working day
        self.last_mail_number: int | None = None
        self.last_outbound: int | None = None
        self.written = 0  # our mails since their last word
        self.through = 0  # facts up to this instant are in
        self.people: list[str] = []  # who spoke for them, the last twenty times
        self.spoke: dict[str, int] = {}  # and when each of these did last
        self.limits: Limits | None = None
        self.settled: tuple[float, float | None] | None = None

    def add(self, contact: Contact, lost: int = 0) -> None:
        """Take in the next fact; ValueError if it is older than what is known.

        `lost` are working days since the last contact day that do not count (absences).
        """
        if contact.at < self.through:
            raise ValueError("facts come in ascending order")
        self.through = contact.at
        if not contact.inbound:
            self.last_outbound = contact.at
            self.written += 1
            return
        self.settled = None
        person = "" if contact.person is None else str(contact.person)
        if self.last_number is not None and contact.number > self.last_number:
            self.rhythm.observe(max(1, contact.number - self.last_number - lost), person)
        else:
            self.rhythm.again(person)
        self.last_number = contact.number if self.last_number is None else max(self.last_number, contact.number)
        self.last_inbound = contact.at
        if not contact.held:
            self.last_mail, self.last_mail_number = contact.at, self.last_number
        self.written = 0
        if contact.person is not None:
            self.people.append(person)
            self.spoke[person] = contact.at
            if len(self.people) > _SPEAKERS and (first := self.people.pop(0)) not in self.people:
                del self.spoke[first]

    def share_of(self, person: str) -> float:
        """The share of their last words that this person spoke, 0..1."""
        return self.people.count(person) / len(self.people) if self.people else 0.0

    def packed(self) -> bytes:
        """The memory as bytes to store; `unpacked` gives it back exactly."""
        limits = None if self.limits is None else tuple(self.limits)  # named ones are not JSON to orjson
        return orjson.dumps((self.rhythm.state(), _PLAIN(self), limits, self.settled))

    @classmethod
    def unpacked(cls, stored: bytes) -> Contacts:
        """The memory that `packed` wrote."""
        rhythm, plain, limits, settled = orjson.loads(stored)
        self = cls.__new__(cls)
        self.rhythm = Rhythm.of(rhythm)
        self.last_number, self.last_inbound, self.last_mail, self.last_mail_number, *plain = plain
        self.last_outbound, self.written, self.through, self.people, self.spoke = plain
        self.limits = None if limits is None else Limits(*limits)
        self.settled = None if settled is None else (settled[0], settled[1])
        return self


# What `Contacts.unpacked` takes apart again, in the same order.
_PLAIN = attrgetter(
    "last_number", "last_inbound", "last_mail", "last_mail_number",
    "last_outbound", "written", "through", "people", "spoke",
)  # fmt: skip
