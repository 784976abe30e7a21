"""The demo connector: one made-up mailbox and its calendar, read like a real one.

The world is laid out day by day from a seed and an anchor (the day the demo was first read); a day never depends on a
later one, so tomorrow's pull brings tomorrow's mail and changes nothing that was read. The cursor carries the anchor:
"demo/1:2026-11-16:2026-11-22T08:00:00+00:00" is an anchor and the time up to which everything was seen.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from connectors.base import AccessDenied, CursorExpired, Page
from connectors.demo.calls import AHEAD, calls_on
from connectors.demo.letters import LONGEST, Stage, started_today
from connectors.demo.noise import noise_of
from connectors.demo.people import ACCOUNTS, DORA, PARTIES, STRANGERS
from connectors.demo.rhythms import RHYTHMS
from models.records import Interaction, Meeting, Message, utc

SEED = 7
HISTORY = timedelta(days=425)  # fourteen months
DENIED_SINCE = -8  # from this day on, counted from the anchor, Dora's mailbox refuses us
_FORMAT = "demo/1"
_PAGE = 400  # items: a first read takes a dozen pages, a daily one a single page


class DemoConnector:
    """One mailbox of the made-up firm, as it looks at `until`.

    `anchor` is a local date of the story's "today"; None = taken from the cursor, else from `until`. To read the same
    demo again from the start on a later day, hand in the first day's anchor.
    """

    def __init__(
        self, account: str, *, until: datetime, anchor: date | None = None, seed: int = SEED, page_items: int = _PAGE
    ) -> None:
        if account not in ACCOUNTS:
            raise ValueError(f"the demo has no mailbox {account!r}: it has {', '.join(ACCOUNTS)}")
        self._account = account
        self._until = utc(until)
        self._anchor = monday_of(anchor or self._until.date())
        self._seed = seed
        self._page_items = page_items

    @property
    def source(self) -> str:
        """Its name, e.g. "demo:ana@brightwater.example"."""
        return f"demo:{self._account}"

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What was seen after the cursor, oldest first; AccessDenied once the one closed mailbox is closed."""
        anchor, since = self._anchor, None
        if cursor is not None:
            anchor, since = _read_cursor(cursor)
        closed_at = datetime.combine(anchor + timedelta(days=DENIED_SINCE), datetime.min.time(), UTC)
        denied = self._account == DORA.address and self._until >= closed_at
        until = min(self._until, closed_at) if denied else self._until
        yield from self._read(anchor, since, until)
        if denied:
            raise AccessDenied(
                "the mailbox of Dora Lindqvist refused access (her consent was withdrawn): she must sign in again"
            )

    def _read(self, anchor: date, since: datetime | None, until: datetime) -> Iterator[Page]:
        items = items_of(self._account, self._seed, anchor, since, until)
        total, done = len(items), 0
        while total - done > self._page_items:
            # Never cut between two items of one second: the cursor is a time.
            end = done + self._page_items
            while end < total and seen_at(items[end]) == seen_at(items[end - 1]):
                end += 1
            if end == total:
                break
            upto = seen_at(items[end - 1])
            yield Page(
                interactions=tuple(items[done:end]),
                cursor=_cursor(anchor, upto),
                read_until=upto,
                done=end,
                total=total,
            )
            done = end
        yield Page(
            interactions=tuple(items[done:]),
            cursor=_cursor(anchor, until),
            read_until=until,
            done=total,
            total=total,
        )


def open_demo(location: Path, *, now: datetime) -> list[DemoConnector]:
    """Every mailbox of the demo; `location` is the date the demo began ("2026-11-16"), else it begins at `now`.

    Keep the date with the source: reading from the start on a later day then tells the same story.
    """
    try:
        anchor: date | None = date.fromisoformat(location.name)
    except ValueError:
        anchor = None
    return [DemoConnector(account, until=now, anchor=anchor) for account in ACCOUNTS]


def monday_of(day: date) -> date:
    """The Monday on or before this day: the story has the same weekdays whenever it is told."""
    return day - timedelta(days=day.weekday())


def seen_at(item: Interaction) -> datetime:
    """When a mailbox shows an item: a mail when it arrives, a meeting when this version of it appears."""
    return item.at if isinstance(item, Message) else item.seen_at


def items_of(account: str, seed: int, anchor: date, since: datetime | None, until: datetime) -> Sequence[Interaction]:
    """What this account came to see in (since, until], oldest first; `since` None = the whole history."""
    start = anchor - HISTORY
    first = start if since is None else max(start, (since - LONGEST).date() - timedelta(days=1))
    last = (until + AHEAD).date() + timedelta(days=1)
    floor = datetime.combine(start, datetime.min.time(), UTC)
    found: list[Interaction] = []
    for offset in range((last - first).days + 1):
        for item in _day(seed, anchor, first + timedelta(days=offset)):
            at = seen_at(item)
            if at <= until and (since is None or at > since) and at >= floor and _concerns(item, account):
                found.append(_as_seen_by(item, account))
    found.sort(key=lambda item: (seen_at(item), item.uid))
    return found


@lru_cache(maxsize=2048)
def _day(seed: int, anchor: date, day: date) -> tuple[Interaction, ...]:
    ago = (day - anchor).days
    found: list[Interaction] = list(noise_of(random.Random(f"{seed}|noise|{ago}"), day, anchor))  # noqa: S311
    for party in (*PARTIES, *STRANGERS):
        dice = random.Random(f"{seed}|{party.key}|{ago}")  # noqa: S311  a story, no secret
        stage = Stage(dice, anchor, day, party, RHYTHMS[party.key])
        found.extend(started_today(stage))
        found.extend(calls_on(stage))
    return tuple(found)


def _concerns(item: Interaction, account: str) -> bool:
    if isinstance(item, Meeting):
        return any(person.address == account for person in item.people)
    if item.sender is not None and item.sender.address == account:
        return True
    if any(person.address == account for person in (*item.to, *item.cc)):
        return True
    return account == _LIST_READER and any(p.address.startswith("mobile-dev@") for p in item.to)


_LIST_READER = "chloe@brightwater.example"


def _as_seen_by(item: Interaction, account: str) -> Interaction:
    source = f"demo:{account}"
    if isinstance(item, Meeting):
        return replace(item, source=source)
    own = hashlib.blake2b(f"{account}\0{item.uid}".encode(), digest_size=8).hexdigest()
    thread = hashlib.blake2b(f"{account}\0{item.thread}".encode(), digest_size=8).hexdigest()
    return replace(item, source=source, external_id=own, thread=thread)


def _cursor(anchor: date, upto: datetime) -> str:
    return f"{_FORMAT}:{anchor.isoformat()}:{upto.isoformat()}"


def _read_cursor(cursor: str) -> tuple[date, datetime]:
    try:
        name, anchor, upto = cursor.split(":", 2)
        if name != _FORMAT:
            raise ValueError(name)
        return date.fromisoformat(anchor), utc(datetime.fromisoformat(upto))
    except ValueError as e:
        raise CursorExpired("demo: the cursor is of another version") from e
