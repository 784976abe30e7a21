"""The values of telling: who may be told what, what is told now, and what waits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from models.letters import NoticeKind, StoredFlip
from models.records import State

WEEK = timedelta(days=7)
EAR = "ear:"  # a reader that is a program: never grouped, never asleep, never escalated
COUNTED = frozenset({NoticeKind.ALERT, NoticeKind.REMINDER, NoticeKind.ESCALATION})


class Calendar(Protocol):
    """A reader's working time."""

    def is_open(self, at: datetime) -> bool:
        """Whether the reader is at work."""

    def days_between(self, since: datetime, until: datetime) -> int:
        """Working days in (since, until], by local date."""

    def date_of(self, at: datetime) -> date:
        """The local date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who hears what.

    operator, fallback  addresses; None = nobody
    silent      readers who asked for no more mail
    ears        names of programs that hear every alert and recovery, each starting with `EAR`
    is_partner  whether an address belongs to a partner: never written to
    calendar    a reader's working time
    """

    operator: str | None
    fallback: str | None
    is_partner: Callable[[str], bool]
    calendar: Callable[[str], Calendar]
    silent: frozenset[str] = frozenset()
    ears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """tell: which states are worth a mail. hold_for_hours: False where mails disturb nobody (a folder of files).

    belief: by partner, 1 where their tone makes a warning more believable, -1 where less; it orders, nothing else.
    """

    tell: frozenset[State] = frozenset({State.QUIET, State.GONE})
    weekly_limit: int = 5
    escalate_after_days: int = 2
    hold_for_hours: bool = True
    belief: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One flip for one reader."""

    flip: StoredFlip
    reader: str
    kind: NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter to be made now: its items are for one reader, worst first."""

    reader: str
    kind: NoticeKind
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A flip that needs no letter; reader "" where it is about no reader at all."""

    flip: StoredFlip
    reader: str
    kind: NoticeKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done with the flips at one moment."""

    letters: tuple[Draft, ...] = ()
    skips: tuple[Skip, ...] = ()
    held: tuple[tuple[Item, str], ...] = ()
