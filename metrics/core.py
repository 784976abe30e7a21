"""The core signals of many partners in little memory: contact days, gaps, answers and their quantiles.

Two ways to the same numbers, exactly: `CoreState` takes in new mails one by one (a partner is some kilobytes, a new
mail costs about a tenth of a millisecond), `metrics.core_columns.recompute` works out all partners at once. Both look
at the mails of the last 180 days only. An answer is a mail whose direct parent is the other side's; its time is counted
on the calendar of the side that answers.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from metrics.joint_days import joint_days_of
from metrics.quantiles import quantile
from metrics.working_time import BusinessClock

WINDOW = 180 * 86_400
THEIRS, OURS = 0, 1
_VERSION = 1
_HEAD = 5 * 8  # bytes before the columns
_FEW = 64  # more at once are sorted in, not inserted


class Mail(NamedTuple):
    """One human mail: `key` of its uid, when (Unix seconds), THEIRS or OURS, `key` of the mail it answers or 0."""

    key: int
    at: int
    side: int
    parent: int


class Answers(NamedTuple):
    """The answers of one side: how many, and their median and 9 in 10 in business seconds (None without any)."""

    n: int
    median: float | None
    slow: float | None


@dataclass(frozen=True, slots=True)
class Core:
    """What the core says of one partner: counts of 180 days, gaps in joint business days, answers of each side."""

    inbound: int
    outbound: int
    last_inbound: int | None
    last_outbound: int | None
    contact_days: int
    usual_gap: float | None
    slow_gap: float | None
    theirs: Answers
    ours: Answers


def key_of(uid: str) -> int:
    """A uid as a 63-bit number, never 0: BLAKE2b, so that two uids share one only by a chance of 1 in 10^18."""
    return int.from_bytes(hashlib.blake2b(uid.encode("utf-8", "surrogateescape"), digest_size=8).digest()) >> 1 or 1


class CoreState:
    """One partner's last 180 days, packed: mails ascending in time, answers by when they were asked and by length."""

    __slots__ = ("_asked", "_at", "_keys", "_numbers", "_ours", "_parents", "_sides", "_sorted", "_theirs", "_took")

    def __init__(self, ours: BusinessClock, theirs: BusinessClock) -> None:
        self._ours, self._theirs = ours, theirs
        self._clear()

    def add(self, mails: Iterable[Mail], *, now: int) -> None:
        """Take in mails in any order, known ones again; what is older than 180 days before `now` is dropped."""
        edge = now - WINDOW
        self._forget(edge)
        fresh = {mail.key: mail for mail in mails if edge < mail.at <= now}
        if len(fresh) > _FEW:
            self._rebuild(fresh)
            return
        for mail in fresh.values():
            if _find(self._keys, mail.key) < 0:
                self._insert(mail)

    def read(self, *, now: int) -> Core:
        """The core signals as of `now`, which is not before what was added; drops what has grown too old."""
        self._forget(now - WINDOW)
        last_in, last_out = self._sides.rfind(THEIRS), self._sides.rfind(OURS)
        gaps = [later - earlier for earlier, later in pairwise(self._numbers)]
        return Core(
            inbound=self._sides.count(THEIRS),
            outbound=self._sides.count(OURS),
            last_inbound=self._at[last_in] if last_in >= 0 else None,
            last_outbound=self._at[last_out] if last_out >= 0 else None,
            contact_days=len(self._numbers),
            usual_gap=quantile(gaps, 0.5) if gaps else None,
            slow_gap=quantile(gaps, 0.9) if gaps else None,
            theirs=_answers(self._sorted[THEIRS]),
            ours=_answers(self._sorted[OURS]),
        )

    def pack(self) -> bytes:
        """The state as bytes; `unpack` under the same two calendars gives it back."""
        head = array("q", (_VERSION, len(self._at), len(self._numbers), len(self._asked[0]), len(self._asked[1])))
        columns = (self._at, self._keys, self._parents, *self._asked, *self._took, *self._sorted, self._numbers)
        return b"".join((head.tobytes(), *(column.tobytes() for column in columns), bytes(self._sides)))

    @classmethod
    def unpack(cls, packed: bytes, ours: BusinessClock, theirs: BusinessClock) -> CoreState:
        """The state from its bytes. ValueError where another version wrote them: compute it anew."""
        if len(packed) < _HEAD or (head := array("q", packed[:_HEAD]))[0] != _VERSION:
            raise ValueError("packed by another version")
        state = cls(ours, theirs)
        _, mails, days, answers_theirs, answers_ours = head
        place = _HEAD
        columns = []
        for count in (mails, mails, mails, *((answers_theirs, answers_ours) * 3)):
            columns.append(array("q", packed[place : place + 8 * count]))
            place += 8 * count
        state._at, state._keys, state._parents = columns[:3]
        state._asked = (columns[3], columns[4])
        state._took = (columns[5], columns[6])
        state._sorted = (columns[7], columns[8])
        state._numbers = array("i", packed[place : place + 4 * days])
        state._sides = bytearray(packed[place + 4 * days :])
        return state

    def _clear(self) -> None:
        self._at, self._keys, self._parents = array("q"), array("q"), array("q")
        self._sides = bytearray()
        self._numbers = array("i")  # joint-day numbers of contact days, ascending
        # For each side: when it was asked, ascending, and how long each answer took; and those lengths ascending.
        self._asked = (array("q"), array("q"))
        self._took = (array("q"), array("q"))
        self._sorted = (array("q"), array("q"))

    def _rebuild(self, fresh: dict[int, Mail]) -> None:
        """Many at once: sort instead of inserting one by one."""
        for mail in zip(self._keys, self._at, self._sides, self._parents, strict=True):
            fresh.setdefault(mail[0], Mail(*mail))
        self._clear()
        mails = sorted(fresh.values(), key=lambda mail: (mail.at, mail.key))
        self._at, self._keys, self._parents = (
            array("q", column) for column in zip(*((m.at, m.key, m.parent) for m in mails), strict=True)
        )
        self._sides = bytearray(mail.side for mail in mails)
        self._numbers = array("i", sorted({self._number(mail.at) for mail in mails}))
        found: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        for mail in mails:
            asked = fresh.get(mail.parent)
            if asked is not None and (took := self._taken(asked.at, asked.side, mail.at, mail.side)) is not None:
                found[mail.side].append((asked.at, took))
        for side, answers in enumerate(found):
            answers.sort()
            self._asked[side].extend(asked_at for asked_at, _ in answers)
            self._took[side].extend(took for _, took in answers)
            self._sorted[side].extend(sorted(took for _, took in answers))

    def _insert(self, mail: Mail) -> None:
        parent = _find(self._keys, mail.parent) if mail.parent else -1
        if parent >= 0:
            self._note(self._at[parent], self._sides[parent], mail.at, mail.side)
        if _find(self._parents, mail.key) >= 0:  # answers that came to us before what they answer
            for i, answered in enumerate(self._parents):
                if answered == mail.key:
                    self._note(mail.at, mail.side, self._at[i], self._sides[i])
        place = bisect_left(self._at, mail.at)
        while place < len(self._at) and self._at[place] == mail.at and self._keys[place] < mail.key:
            place += 1
        self._at.insert(place, mail.at)
        self._keys.insert(place, mail.key)
        self._parents.insert(place, mail.parent)
        self._sides.insert(place, mail.side)
        number = self._number(mail.at)
        place = bisect_left(self._numbers, number)
        if place == len(self._numbers) or self._numbers[place] != number:
            self._numbers.insert(place, number)

    def _note(self, asked: int, asker: int, answered: int, answerer: int) -> None:
        took = self._taken(asked, asker, answered, answerer)
        if took is not None:
            place = bisect_right(self._asked[answerer], asked)
            self._asked[answerer].insert(place, asked)
            self._took[answerer].insert(place, took)
            insort(self._sorted[answerer], took)

    def _taken(self, asked: int, asker: int, answered: int, answerer: int) -> int | None:
        if asker == answerer or answered <= asked:
            return None
        return (self._ours if answerer == OURS else self._theirs).between(asked, answered)

    def _forget(self, edge: int) -> None:
        if not self._at or self._at[0] > edge:
            return
        gone = bisect_right(self._at, edge)
        del self._at[:gone], self._keys[:gone], self._parents[:gone], self._sides[:gone]
        for asked, took, ascending in zip(self._asked, self._took, self._sorted, strict=True):
            old = bisect_right(asked, edge)
            for length in took[:old]:
                del ascending[bisect_left(ascending, length)]
            del asked[:old], took[:old]
        del self._numbers[: bisect_left(self._numbers, self._number(self._at[0])) if self._at else None]

    def _number(self, at: int) -> int:
        return joint_days_of(self._ours, self._theirs).number(self._ours.day_of(at))


def _answers(ascending: array[int]) -> Answers:
    if not ascending:
        return Answers(0, None, None)
    return Answers(len(ascending), _sorted_quantile(ascending, 0.5), _sorted_quantile(ascending, 0.9))


def _sorted_quantile(ascending: array[int], p: float) -> float:
    """Type 7, of numbers already in order."""
    place = p * (len(ascending) - 1)
    low = int(place)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (place - low) * (ascending[high] - ascending[low])


def _find(column: array[int], value: int) -> int:
    """The first place of a value in a column, -1 where it is not: a search for bytes is far faster than for numbers."""
    blob, needle = column.tobytes(), value.to_bytes(8, sys.byteorder)
    place = blob.find(needle)
    while place >= 0 and place % 8:
        place = blob.find(needle, place + 1)
    return place // 8
