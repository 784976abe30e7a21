"""What each call costs at Google, what may be spent, and the cheapest way to fetch a set of mails.

Prices in quota units: https://developers.google.com/workspace/gmail/api/reference/quota. Projects that used the Gmail
API between November 2025 and April 2026 keep the old ones for a time. Calendar counts requests, one each:
https://developers.google.com/workspace/calendar/api/guides/quota
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from connectors.budget import Limit

LIST_PAGE = 500
BATCH = 50  # Google: more than 50 calls in a batch is not recommended


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Units per call, and units per minute and day."""

    message: int
    thread: int
    per_user_minute: int
    listing: int = 5
    history: int = 2
    profile: int = 1
    watch: int = 100
    send: int = 100
    per_project_minute: int = 1_200_000
    per_day: int = 80_000_000

    def limits(self, mailbox: str, project: str) -> tuple[Limit, ...]:
        """The three limits that a call to this mailbox must fit under; the mailbox's own first."""
        return (
            Limit(bucket=f"gmail:user:{_short(mailbox)}", units=self.per_user_minute, seconds=60),
            Limit(bucket=f"gmail:project:{project}", units=self.per_project_minute, seconds=60, reserve=0.1),
            Limit(bucket=f"gmail:day:{project}", units=self.per_day, seconds=86_400, reserve=0.1),
        )


NEW = Prices(message=20, thread=40, per_user_minute=6000)
OLD = Prices(message=5, thread=10, per_user_minute=15_000)
PRICES = {"new": NEW, "old": OLD}


def calendar_limits(mailbox: str, project: str) -> tuple[Limit, ...]:
    """Calendar's limits, in requests."""
    return (
        Limit(bucket=f"calendar:user:{_short(mailbox)}", units=600, seconds=60),
        Limit(bucket=f"calendar:project:{project}", units=10_000, seconds=60, reserve=0.1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One call that brings `wanted` mails: a single one, or a thread with all of them."""

    kind: Literal["message", "thread"]
    id: str
    wanted: tuple[str, ...]


def plan(mails: Iterable[tuple[str, str]], prices: Prices) -> list[Fetch]:
    """The cheapest calls for these (id, thread id), in the order in which each thread first comes.

    A thread costs as much as two of its mails, so it pays from the third on.
    """
    threads: dict[str, list[str]] = {}
    for mail, thread in mails:
        threads.setdefault(thread or mail, []).append(mail)
    calls: list[Fetch] = []
    for thread, members in threads.items():
        if prices.thread < prices.message * len(members):
            calls.append(Fetch(kind="thread", id=thread, wanted=tuple(members)))
        else:
            calls += [Fetch(kind="message", id=mail, wanted=(mail,)) for mail in members]
    return calls


def price_of(calls: Iterable[Fetch], prices: Prices) -> int:
    """What these calls cost together, in units."""
    return sum(prices.thread if call.kind == "thread" else prices.message for call in calls)


def _short(mailbox: str) -> str:
    # Buckets are shown and shared; an address has no business there.
    return hashlib.blake2b(mailbox.encode(), digest_size=8).hexdigest()
