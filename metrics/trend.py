"""Trend alarms: slower answers, fewer answers, fewer meetings, more moves. A standing one makes a partner fade.

    limit = limit_for(sum(observations_a_month(h) for h in histories), alarms_a_month=1)
    alarms = trend_alarms(history, limit=limit)
    fading = alarms[0].sentence if alarms and alarms[0].side is Side.PARTNER else None

Every row of observations goes through the same sequential test (metrics/drift.py), whose limit is set for all rows of
all partners together: one budget of false alarms, however many are watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from metrics.drift import DEFAULT_LIMIT, RECENT, Drift, drifts, expected_alarms, limit_for
from metrics.history import DAY, History
from metrics.quantiles import median, quantile
from metrics.waits import Wait
from metrics.wording import decimal, hours, percent
from models.records import Side

__all__ = ["Trend", "expected_alarms", "limit_for", "observations_a_month", "trend_alarms", "trend_rows"]

ROWS = 7  # a partner
LOOK_BACK_DAYS = 730
STANDS_DAYS = 60  # an alarm that nothing has renewed or disproved for so long is history
_LEAST_FOR_SLOW = 20
_FLOOR_HOURS = 1.0


class Observation(NamedTuple):
    """One observation of a row: when it became known, and its value; more is worse."""

    at: int
    value: float


class Row(NamedTuple):
    """A row of observations about one side: a number of hours each, or 0 and 1."""

    name: str
    side: Side
    observations: tuple[Observation, ...]
    floor: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A change for the worse that still stands.

    name      their_ or our_answers, _replies, _moves, and meetings_held
    side      whose behaviour has changed
    raised    when the test called it, Unix seconds
    base, recent   medians before and now, hours; for the yes/no rows shares
    n         observations behind it
    sentence  in words and numbers, as page, mail and terminal show it
    """

    name: str
    side: Side
    raised: int
    base: float
    recent: float
    n: int
    sentence: str

    @property
    def severity(self) -> float:
        """How many times worse, for sorting."""
        return self.recent / max(self.base, 0.05)


def trend_alarms(history: History, *, limit: float = DEFAULT_LIMIT) -> tuple[Trend, ...]:
    """The changes for the worse that stand at `history.now`, the partner's first, the gravest first within a side.

    An alarm stands while what came since its call is still worse by the median, and for at most 60 days.
    """
    found = [trend for row in trend_rows(history) if (trend := _standing(history, row, limit)) is not None]
    return tuple(sorted(found, key=lambda t: (t.side is not Side.PARTNER, -t.severity, t.name)))


def observations_a_month(history: History) -> float:
    """How many observations a month this partner adds to the rows, by its last 90 days: for `limit_for`."""
    edge = history.since(90)
    return sum(o.at > edge for row in trend_rows(history) for o in row.observations) / 3


def trend_rows(history: History) -> tuple[Row, ...]:
    """The seven rows that are watched, each ascending by when an observation became known."""
    rows = []
    for side, who in ((Side.PARTNER, "their"), (Side.US, "our")):
        waits = history.waits_for(side, LOOK_BACK_DAYS)
        rows.append(Row(f"{who}_answers", side, tuple(_latencies(history, waits)), _FLOOR_HOURS))
        rows.append(Row(f"{who}_replies", side, tuple(_misses(history, waits, side)), 0.0))
        rows.append(Row(f"{who}_moves", side, tuple(_moved(history, side)), 0.0))
    rows.append(Row("meetings_held", Side.PARTNER, tuple(_not_held(history)), 0.0))
    return tuple(rows)


def _latencies(history: History, waits: Sequence[Wait]) -> Iterable[Observation]:
    """Answer times in the order of the answers; what is open and older than 9 in 10 counts as slow at its present age.

    Without those a drift into silence would be invisible: an answer that never comes is never slow.
    """
    known = [
        Observation(w.closed, w.hours)
        for w in waits
        if w.closed is not None and w.met is None and not w.is_out_of_hours
    ]
    known.sort()
    if len(known) >= _LEAST_FOR_SLOW:
        slow = quantile([o.value for o in known[-60:]], 0.9)
        known += [
            # Known since it turned slow, not since now: the ends of old conversations belong to their own time.
            Observation(min(history.clock(w.answering).after(w.opened, round(slow * 3600)), history.now), w.hours)
            for w in waits
            if w.is_open and w.hours > slow and (w.is_first or w.nudged)
        ]
        known.sort()
    return known


def _misses(history: History, waits: Sequence[Wait], side: Side) -> Iterable[Observation]:
    """1 for each wait that was not answered within the target, 0 for each that was; known once either is sure."""
    target = history.targets.hours(side)
    clock = history.clock(side)
    known = []
    for wait in waits:
        if wait.met is not None or wait.is_superseded or wait.is_closing:
            continue
        if wait.hours > target:
            due = clock.after(wait.opened, round(target * 3600))
            known.append(Observation(min(due, history.now), 1.0))
        elif wait.closed is not None:
            known.append(Observation(wait.closed, 0.0))
    return sorted(known)


def _not_held(history: History) -> Iterable[Observation]:
    """1 for each planned meeting that was not held as far as can be presumed, 0 for each that was."""
    held = set(map(id, history.held))
    edge = history.since(LOOK_BACK_DAYS)
    return sorted(
        Observation(o.end, float(id(o) not in held)) for o in history.occasions if edge < o.end <= history.now
    )


def _moved(history: History, side: Side) -> Iterable[Observation]:
    """1 for each planned meeting that this side moved or cancelled, 0 for each other, by when it should have been."""
    edge = history.since(LOOK_BACK_DAYS)
    return sorted(
        Observation(
            o.planned,
            float(any(m.by is side for m in o.moves) or (o.cancelled is not None and o.organised_by is side)),
        )
        for o in history.occasions
        if edge < o.planned <= history.now
    )


def _standing(history: History, row: Row, limit: float) -> Trend | None:
    values = [o.value for o in row.observations]
    called: list[Drift] = list(drifts(values, limit=limit, floor=row.floor))
    if not called:
        return None
    last = called[-1]
    raised = row.observations[last.index].at
    since = values[last.index + 1 :]
    is_share = set(values) <= {0.0, 1.0}
    # The call stays right while what came since is nearer to the bad level than to the old one.
    middle = (last.base * last.recent) ** 0.5 if not is_share else (last.base + last.recent) / 2
    level = (sum(since) / len(since) if is_share else median(since)) if len(since) >= 4 else last.recent
    if level < middle or history.now - raised > STANDS_DAYS * DAY:
        return None
    now = [*values[: last.index + 1], *since][-RECENT:]
    recent = sum(now) / len(now) if is_share else median(now)
    return Trend(
        row.name,
        row.side,
        raised,
        last.base,
        recent,
        len(values),
        _sentence(row, last.base, recent, len(now), history.clock(row.side).day_seconds / 3600),
    )


def _sentence(row: Row, base: float, recent: float, n: int, day: float) -> str:
    who, whom = ("They", "your") if row.side is Side.PARTNER else ("You", "their")
    if row.name.endswith("_answers"):
        times = f"{decimal(recent / base)} times" if base >= 0.05 else "many times"
        return (
            f"{who} answer more slowly: the last {n} waits took {hours(recent, day)} by the median, "
            f"before it was {hours(base, day)} ({times} as long)."
        )
    if row.name.endswith("_replies"):
        return (
            f"{who} leave more of {whom} mails waiting: {percent(recent)} of the last {n} had no answer in time, "
            f"before it was {percent(base)}."
        )
    if row.name == "meetings_held":
        return (
            f"Fewer meetings take place: of the last {n} planned, {percent(recent)} were not held as far as is known, "
            f"before it was {percent(base)}."
        )
    return (
        f"{who} move or cancel more meetings: {percent(recent)} of the last {n} planned, before it was {percent(base)}."
    )
