"""Who starts and who carries the exchange: too far to either side is a concern."""

from __future__ import annotations

from metrics.base import Measured
from metrics.history import History
from metrics.quantiles import wilson
from models.records import Side

BASE_DAYS = 90


def starts(history: History) -> tuple[int, int]:
    """How many beginnings were theirs, and how many there were, in the last 90 days.

    A beginning is a new conversation, a new meeting series (once, when it was made) or a single meeting.
    """
    edge = history.since(BASE_DAYS)
    begun = [thread.starter for thread in history.threads if thread.started > edge]
    seen: set[str] = set()
    for occasion in sorted(history.occasions, key=lambda o: (o.created, o.uid)):
        key = occasion.series or occasion.uid
        if key not in seen:
            seen.add(key)
            if occasion.created > edge and occasion.organised_by in (Side.US, Side.PARTNER):
                begun.append(occasion.organised_by)
    return sum(side is Side.PARTNER for side in begun), len(begun)


def started_by_them(history: History) -> Measured | None:
    """The share of conversations and meetings that the partner began; last 90 days.

    Unit: share
    Range: 0 to 1
    Better: 0.3 to 0.7; a concern when the 95 % interval lies wholly outside 0.15 to 0.85
    Least n: 8 beginnings, n counts them
    Example: 3 of 12 = 0.25, interval 8.9 to 53.2 %
    Source: signals B1; Wilson (1927), JASA 22:209
    """
    theirs, all_of_them = starts(history)
    return Measured(theirs / all_of_them, all_of_them) if all_of_them >= 8 else None


def started_by_them_floor(history: History) -> Measured | None:
    """The lower end of the 95 % interval of the share that the partner began.

    Unit: share
    Range: 0 to 1
    Better: see started_by_them
    Least n: 8 beginnings, n counts them
    Example: 3 of 12: 0.089
    Source: signals B1; Wilson (1927), JASA 22:209
    """
    theirs, all_of_them = starts(history)
    return Measured(wilson(theirs, all_of_them)[0], all_of_them) if all_of_them >= 8 else None


def started_by_them_ceiling(history: History) -> Measured | None:
    """The upper end of the 95 % interval of the share that the partner began.

    Unit: share
    Range: 0 to 1
    Better: see started_by_them
    Least n: 8 beginnings, n counts them
    Example: 3 of 12: 0.532
    Source: signals B1; Wilson (1927), JASA 22:209
    """
    theirs, all_of_them = starts(history)
    return Measured(wilson(theirs, all_of_them)[1], all_of_them) if all_of_them >= 8 else None


def turn_balance(history: History) -> Measured | None:
    """Our turns less theirs over all turns, last 90 days: five mails in a row are one turn.

    Unit: index
    Range: -1 (only they write) to 1 (only we write)
    Better: -0.2 to 0.2; beyond 0.4 either way is a concern
    Least n: 10 turns, n counts them
    Example: 12 turns of ours, 8 of theirs: 0.2
    Source: signals B2
    """
    edge = history.since(BASE_DAYS)
    return _balance([t.side for thread in history.threads for t in thread.turns if t.start > edge])


def message_balance(history: History) -> Measured | None:
    """Our mails less theirs over all mails, last 90 days: the load, where turn_balance shows the dialogue.

    Unit: index
    Range: -1 (only they write) to 1 (only we write)
    Better: -0.2 to 0.2; beyond 0.4 either way is a concern
    Least n: 10 mails, n counts them
    Example: 30 out, 10 in: 0.5
    Source: signals B2
    """
    return _balance([act.side for act in history.recent(BASE_DAYS)])


def _balance(sides: list[Side]) -> Measured | None:
    if len(sides) < 10:
        return None
    ours = sum(side is Side.US for side in sides)
    return Measured((2 * ours - len(sides)) / len(sides), len(sides))
