"""What was said to whom, and what came back: notices, letters, answers. Values only; pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from models.records import Flip


class NoticeKind(StrEnum):
    """Why one reader hears of something."""

    ALERT = "alert"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    RECOVERY = "recovery"
    BLIND = "blind"
    DIGEST = "digest"
    CONCERN = "concern"
    ACCOUNT = "account"


class AnswerKind(StrEnum):
    """What a person says to an alert."""

    HANDLED = "handled"
    SNOOZE = "snooze"
    LEAVE = "leave"
    NOT_A_PROBLEM = "not-a-problem"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFlip:
    """A flip with the id of its row."""

    id: int
    flip: Flip

    @property
    def name(self) -> str:
        """The flip's own name, the same in every database: partner, moment and new state."""
        return name_of(self.flip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One flip or concern and one reader: whether a letter told it, or why none was needed.

    about    id of the flip or the concern
    skipped  why there is no letter; None = there is one
    told_at  when that letter was accepted, UTC; None = not yet
    given_up that letter was refused for good
    """

    about: int
    partner: str
    reader: str
    kind: NoticeKind
    made_at: datetime
    skipped: str | None = None
    told_at: datetime | None = None
    given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail (or webhook call) on its way: who gets it, and how far it came.

    kind        of the worst notice in it; DIGEST, BLIND and CONCERN letters stand alone
    flips       ids of the flips in it, oldest first, with the kind of each
    concerns    ids of the concerns in it, with the kind of each
    about       what a letter without flips is about: the week of a digest, the episode of an account
    lease_until a worker is sending it until then; past = that worker died, and it may or may not have been accepted
    failure     one sentence about the last attempt; None = never failed
    given_up    the failure is permanent: a person must act
    """

    id: int
    message_id: str
    reader: str
    kind: NoticeKind
    made_at: datetime
    flips: tuple[tuple[int, NoticeKind], ...] = ()
    concerns: tuple[tuple[int, NoticeKind], ...] = ()
    about: str = ""
    told_at: datetime | None = None
    attempts: int = 0
    failure: str | None = None
    given_up: bool = False
    next_at: datetime | None = None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody said to an alert: who, when, about which flip, or else about which concern.

    until      snoozed or on leave up to and including this local date; None where it does not apply
    note       the reason of "not a problem because ...", in the person's words
    undone_at  taken back then; None = it stands
    """

    id: int
    partner: str
    flip_id: int | None
    kind: AnswerKind
    until: date | None
    who: str
    at: datetime
    note: str | None = None
    undone_at: datetime | None = None
    concern: int | None = None


def name_of(flip: Flip) -> str:
    """A flip's natural key as text."""
    return f"{flip.partner}|{flip.turned_at:%Y-%m-%dT%H:%M:%SZ}|{flip.new.value}"


def message_id_of(sender: str, *parts: str) -> str:
    """A Message-ID that depends on nothing but these parts, at the sender's domain: a letter sent twice is one."""
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{digest}@gonequiet.{domain}>"
