"""The smallest facts of contact: one mail, one absence, one address that could not be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from models.records import Side


@dataclass(frozen=True, slots=True)
class Act:
    """One human mail between us and the partner.

    side      who wrote it; `person` is the writer's address
    ours, theirs, others   everybody on it, the writer included, by side
    asked     the people of the other side in To: they owe an answer; Cc only informs
    copied    who is in Cc or Bcc only, whatever their side
    threads   (source, provider thread id) of every sighting that has one
    subject   its topic (`models.records.topic_of`): the same for the same subject, whatever reply marks; "" = unknown
    """

    uid: str
    at: int
    side: Side
    person: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    threads: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    marked_reply: bool = False


class Away(NamedTuple):
    """An absence [since, until); person None means the whole partner."""

    since: int
    until: int
    person: str | None


class AutoReply(NamedTuple):
    """Their mail program answered by itself: out of office, or received with thanks."""

    at: int
    address: str


class Undelivered(NamedTuple):
    """A mail to this address came back."""

    at: int
    address: str


def other_side(side: Side) -> Side:
    """The one that faces this one: ours or the partner's."""
    return Side.PARTNER if side is Side.US else Side.US
