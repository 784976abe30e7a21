"""Meetings moved and cancelled: how often, by whom, with how much notice."""

from __future__ import annotations

from metrics.acts import other_side
from metrics.base import Measured
from metrics.history import DAY, History
from metrics.occasions import Move, Occasion, distinct_moves
from models.records import Side

BASE_DAYS = 90
SHORT_NOTICE = 24 * 3600  # business seconds of the side that is told


def moved_share(history: History, *, side: Side | None) -> Measured | None:
    """Of the meetings first placed in the last 90 days, the share whose start was changed; by one side or by anyone.

    A whole series shifted at once counts once. A change of text or link is no move. Cancelled and made anew within a
    week with the same people and subject is a move. Who moved it: as the source says, else the organiser's side.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.15 is usual, above 0.35 a concern
    Least n: 4 planned meetings, n counts them
    Example: 10 planned, 3 moved, one of them twice: 0.3
    Source: signals M5
    """
    planned = history.planned(BASE_DAYS)
    if len(planned) < 4:
        return None
    moved = {id(o) for o, move in distinct_moves(planned) if side is None or move.by is side}
    return Measured(len(moved) / len(planned), len(planned))


def pushed_days(history: History) -> Measured | None:
    """By how many days the moves of the last 90 days pushed meetings back, in all; moves forward count against it.

    Unit: days
    Range: any; negative when meetings were brought forward
    Better: near 0; more than one meeting rhythm is a concern
    Least n: 1 move, n counts moves
    Example: one meeting put off by 7 days, one brought forward by 1: 6
    Source: signals M5
    """
    moves = [move for _, move in distinct_moves(history.planned(BASE_DAYS))]
    return Measured(sum(m.new_start - m.old_start for m in moves) / DAY, len(moves)) if moves else None


def cancelled_share(history: History, *, side: Side | None) -> Measured | None:
    """Of the meetings first placed in the last 90 days, the share cancelled: by this side as organiser, or by anyone.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.15 is usual, above 0.3 a concern
    Least n: 4 planned meetings, n counts them
    Example: 10 planned, 2 cancelled by us, 1 by them: 0.2 for us
    Source: signals M6
    """
    planned = history.planned(BASE_DAYS)
    if len(planned) < 4:
        return None
    cancelled = [o for o in planned if o.cancelled is not None and (side is None or o.organised_by is side)]
    return Measured(len(cancelled) / len(planned), len(planned))


def short_notice_share(history: History, *, side: Side) -> Measured | None:
    """Of the meetings first placed in the last 90 days, the share this side cancelled at short notice.

    Short is less than 24 business hours of the other side, from when the cancelling was seen to the start.

    Unit: share
    Range: 0 to 1
    Better: 0
    Least n: 4 planned meetings, n counts them
    Example: 8 planned, one called off by us the afternoon before: 0.125
    Source: signals M6
    """
    planned = history.planned(BASE_DAYS)
    if len(planned) < 4:
        return None
    return Measured(sum(is_short_cancel(history, o, side) for o in planned) / len(planned), len(planned))


def short_notice_churn(history: History, *, side: Side) -> Measured | None:
    """Of the meetings first placed in the last 90 days, the share this side moved or cancelled at short notice.

    Short is less than 24 business hours of the other side.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.1 is usual, above 0.25 a concern
    Least n: 4 planned meetings, n counts them
    Example: 8 planned, one moved and one called off the day before: 0.25
    Source: signals B9
    """
    planned = history.planned(BASE_DAYS)
    if len(planned) < 4:
        return None
    moved = {id(o) for o, move in distinct_moves(planned) if move.by is side and _is_short(history, move, side)}
    churned = sum(id(o) in moved or is_short_cancel(history, o, side) for o in planned)
    return Measured(churned / len(planned), len(planned))


def is_short_cancel(history: History, occasion: Occasion, side: Side) -> bool:
    """Whether this side, as organiser, called the meeting off with less than 24 business hours of the other's."""
    if occasion.cancelled is None or occasion.organised_by is not side:
        return False
    return history.clock(other_side(side)).between(occasion.cancelled, occasion.start) < SHORT_NOTICE


def _is_short(history: History, move: Move, side: Side) -> bool:
    return history.clock(other_side(side)).between(move.seen, move.old_start) < SHORT_NOTICE
