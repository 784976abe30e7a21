"""A vendor's quota as a budget that is charged before sending: what may be spent now, and how long to wait.

A limit holds over *any* stretch of its length (a rolling window), the strictest reading of "units per minute": it is
kept whether the vendor counts by rolling windows, by the clock's minutes or by a leaky bucket. A leaky bucket on our
side would not do: with a minute's burst it sends almost two minutes' units within one. What was not spent in the last
window may be spent at once, so a small sync runs at the speed of the network.

Everything here is pure but `Budget` and `Pacer`; what all workers share lies in models/store/budgets.py.
Times are seconds since 1970 with a fraction. Nothing here reads the clock or sleeps: a `Clock` is handed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from connectors.base import ServiceUnavailable

_LATELY = 1000  # charges that a prediction looks back on: more than a minute's
_SLOTS = 120  # resolution of a window: a unit counts for at most 1/120 longer than it must


class Lane(StrEnum):
    """Who spends: live traffic may use a limit to the full, backfill leaves the limit's reserve to it."""

    LIVE = "live"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `units` in any `seconds`. `bucket` names who shares it; `reserve` is the share kept for live traffic."""

    bucket: str
    units: float
    seconds: float
    reserve: float = 0.0

    def open_to(self, lane: Lane) -> float:
        """Units that this lane may fill."""
        return self.units * (1 - self.reserve) if lane is Lane.BACKFILL else self.units


@dataclass(frozen=True, slots=True)
class Window:
    """What was spent lately: (slot, units), oldest first; and until when the vendor wants nothing at all."""

    spent: tuple[tuple[int, float], ...] = ()
    rest_until: float = 0.0


def wait_for(window: Window, limit: Limit, units: float, lane: Lane, now: float) -> float:
    """Seconds until `units` may be spent; 0.0 = now. ValueError if they never may at once."""
    ceiling = limit.open_to(lane)
    if units > ceiling:
        raise ValueError(f"{units:g} units never fit into {ceiling:g}: send less at once")
    wait = max(0.0, window.rest_until - now)
    width = limit.seconds / _SLOTS
    live = [(slot, spent) for slot, spent in window.spent if _frees_at(slot, width, limit) > now]
    excess = sum(spent for _, spent in live) + units - ceiling
    for slot, spent in live:
        if excess <= 0:
            break
        excess -= spent
        wait = max(wait, _frees_at(slot, width, limit) - now)
    return wait


def after_spending(window: Window, limit: Limit, units: float, now: float) -> Window:
    """The window with these units in it, without what no longer counts."""
    width = limit.seconds / _SLOTS
    kept = [(slot, spent) for slot, spent in window.spent if _frees_at(slot, width, limit) > now]
    slot = int(now // width)
    if kept and kept[-1][0] >= slot:  # clocks of two workers may differ: never write into the past
        kept[-1] = (kept[-1][0], kept[-1][1] + units)
    else:
        kept.append((slot, units))
    return Window(tuple(kept), window.rest_until)


def _frees_at(slot: int, width: float, limit: Limit) -> float:
    # All of a slot counts until a window after its end.
    return (slot + 1) * width + limit.seconds


def seconds_needed(
    limits: Sequence[Limit],
    units: float,
    *,
    lately: Sequence[tuple[float, float]] = (),
    now: float = 0.0,
) -> float:
    """Seconds that `units` of backfill take at the slowest of the limits, after its burst: the prediction for people.

    `lately` is what was spent, (time, units), oldest first.
    """
    return max((_seconds_under(limit, units, lately, now) for limit in limits), default=0.0)


def _seconds_under(limit: Limit, units: float, lately: Sequence[tuple[float, float]], now: float) -> float:
    ceiling = limit.open_to(Lane.BACKFILL)
    counting = [(at, paid) for at, paid in lately if at > now - limit.seconds]
    excess = sum(paid for _, paid in counting) + units - ceiling
    freed = 0.0
    for at, paid in counting:
        if freed >= excess:
            break
        freed += paid
        if freed >= excess:
            return at + limit.seconds - now
    return max(0.0, excess) / (ceiling / limit.seconds)


Kept = tuple[tuple[tuple[int, float], ...], float]


class Shelf(Protocol):
    """Where all workers keep their windows: models/store/budgets.py."""

    def change(self, buckets: Sequence[str], decide: Callable[[list[Kept]], list[Kept] | None]) -> None:
        """Hand these windows to `decide` and keep what it gives, in one transaction; None = nothing changes."""


class Budget:
    """The budget of all workers; each charge is read, decided and written in one transaction of the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def charge(self, limits: Sequence[Limit], units: float, *, lane: Lane, now: float) -> float:
        """Charge all limits at once, or none: 0.0 = charged and free to send, else seconds to wait before asking again.

        ValueError if the units exceed a limit altogether.
        """
        wait = 0.0

        def decide(kept: list[Kept]) -> list[Kept] | None:
            nonlocal wait
            windows = [Window(spent, rest) for spent, rest in kept]
            pairs = list(zip(limits, windows, strict=True))
            wait = max((wait_for(window, limit, units, lane, now) for limit, window in pairs), default=0.0)
            if wait > 0:
                return None
            after = [after_spending(window, limit, units, now) for limit, window in pairs]
            return [(window.spent, window.rest_until) for window in after]

        self._shelf.change([limit.bucket for limit in limits], decide)
        return wait

    def rest(self, bucket: str, *, until: float) -> None:
        """The vendor wants nothing more from this bucket until then."""
        self._shelf.change([bucket], lambda kept: [(kept[0][0], max(kept[0][1], until))])


class Clock(Protocol):
    """The time, and waiting; a test hands in one that moves by itself."""

    def now(self) -> float:
        """Seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Come back so many seconds later."""


class Pacer:
    """Charges a budget before each request of one account, and waits as long as that is short.

    A wait longer than `patience` is not ours to sit out: ServiceUnavailable says when to come again, and the worker
    turns to another mailbox. The first limit is the account's own; a refusal rests that bucket, not the job.
    """

    def __init__(self, budget: Budget, limits: Sequence[Limit], clock: Clock, *, patience: float = 120.0) -> None:
        self._budget = budget
        self._limits = tuple(limits)
        self._clock = clock
        self._patience = patience
        self.spent = 0.0
        self.waited = 0.0
        self._lately: deque[tuple[float, float]] = deque(maxlen=_LATELY)

    def spend(self, units: float, lane: Lane = Lane.LIVE) -> None:
        """Charge before sending; returns when the request may go out."""
        waited = 0.0
        while (wait := self._budget.charge(self._limits, units, lane=lane, now=self._clock.now())) > 0:
            if waited + wait > self._patience:
                raise ServiceUnavailable("the quota is used up for now", timedelta(seconds=wait))
            self._clock.sleep(wait)
            waited += wait
        self._note(units)
        self.waited += waited

    def spend_some(self, prices: Sequence[float], lane: Lane = Lane.LIVE) -> int:
        """Charge for as many of these requests, from the first on, as may go out; gives how many: at least one.

        What is left of a window is used for fewer of them rather than left to lapse; below five it waits for all.
        """
        count = len(prices)
        while count >= 5 or count == len(prices):
            units = sum(prices[:count])
            if self._budget.charge(self._limits, units, lane=lane, now=self._clock.now()) == 0:
                self._note(units)
                return count
            count //= 2
        self.spend(sum(prices), lane)
        return len(prices)

    def _note(self, units: float) -> None:
        self.spent += units
        self._lately.append((self._clock.now(), units))

    def at_most(self, units_each: float) -> int:
        """How many requests of this price fit into one charge of the narrowest limit; at least 1."""
        return max(1, int(min(limit.open_to(Lane.BACKFILL) for limit in self._limits) // units_each))

    def refused(self, retry_after: float) -> None:
        """The vendor said no: this account rests."""
        self._budget.rest(self._limits[0].bucket, until=self._clock.now() + retry_after)

    def pause(self, seconds: float) -> None:
        """Wait between two attempts."""
        self._clock.sleep(seconds)

    @property
    def now(self) -> float:
        """The clock's time, seconds since 1970."""
        return self._clock.now()

    def seconds_left(self, units: float) -> float:
        """How long so many units will take, by the slowest limit, after what this account has just spent."""
        return (
            seconds_needed(self._limits, units, lately=tuple(self._lately), now=self._clock.now()) if units > 0 else 0.0
        )
