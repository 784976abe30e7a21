"""What is open now: the answers each side owes the other, oldest first.

From headers alone nobody knows whether a question was asked, so the words are "no reply since", never "unanswered
question". How likely an answer is at all is told from how often this person's mails at the same place in a conversation
were answered before; where that is hardly ever, nothing is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.base import Measured
from metrics.history import History
from metrics.responsiveness import LEAST_WAITS, wait_quantile
from metrics.waits import CAP_DAYS, Wait
from models.records import Side

_BASE_DAYS = 90
_HARDLY_EVER = 0.2
CONCERN_TIMES = 2  # an answer older than so many times what is due is a concern
STALE_DAYS = 5  # business days after which an open conversation counts as stuck


@dataclass(frozen=True, slots=True)
class Owed:
    """One answer that is due.

    wait     who asked, who was asked, since when
    hours    its age in business hours of the side that owes it, absences taken out, not capped
    due_hours   after which it is overdue: the agreed target, or the side's own slowest tenth where that is longer
    likelihood  how often such a mail was answered before, 0..1; 1/2 where nothing is known
    """

    wait: Wait
    hours: float
    due_hours: float
    likelihood: float

    @property
    def is_overdue(self) -> bool:
        """Older than it should be."""
        return self.hours > self.due_hours


def owed(history: History, side: Side) -> tuple[Owed, ...]:
    """The answers that this side owes, oldest first; those past 20 business days are given up, not owed.

    An answer is no longer owed after a held meeting of the same people, after a newer conversation of theirs under the
    same subject, or once somebody said that none is needed (`Targets.settled`).
    """
    due = due_hours(history, side)
    found = [
        Owed(wait, wait.waited / 3600, due, likelihood)
        for wait in history.waits_for(side)
        if wait.is_open
        and wait.is_last_turn
        and wait.waited < wait.capacity
        and (likelihood := _likelihood(history, wait)) > _HARDLY_EVER
    ]
    return tuple(sorted(found, key=lambda owing: (-owing.hours, owing.wait.opened, owing.wait.uid)))


def due_hours(history: History, side: Side) -> float:
    """Business hours after which an answer of this side is overdue: its target, or its own 9 in 10 if longer."""
    target = history.targets.hours(side)
    waits = history.waits_for(side, _BASE_DAYS)
    if len(waits) < LEAST_WAITS:
        return target
    slow = wait_quantile(waits, 0.9)
    return target if slow is None or slow.at_least else max(target, slow.value)


def owed_count(history: History, *, side: Side) -> Measured | None:
    """How many answers this side owes now.

    Unit: conversations
    Range: 0 and up
    Better: lower
    Least n: 1 wait, n counts this side's waits of the last 90 days
    Example: two mails of theirs to us have no reply yet: 2
    Source: signals T4, T5
    """
    waits = history.waits_for(side, _BASE_DAYS)
    return Measured(len(owed(history, side)), len(waits)) if waits else None


def oldest_owed(history: History, *, side: Side) -> Measured | None:
    """How long the oldest answer that this side owes has been due to come.

    Unit: business hours on the calendar of the side that owes it
    Range: 0 and up
    Better: lower; above twice the target is a concern
    Least n: 1 answer owed, n counts them
    Example: asked Friday 16:00, now Monday 11:00, hours 9-17: 3
    Source: signals T4, T5
    """
    found = owed(history, side)
    return Measured(found[0].hours, len(found)) if found else None


def overdue_count(history: History, *, side: Side) -> Measured | None:
    """How many of the answers that this side owes are overdue.

    Unit: conversations
    Range: 0 and up
    Better: 0
    Least n: 1 wait, n counts this side's waits of the last 90 days
    Example: target 8 h, usual slowest tenth 12 h, open for 3, 10 and 13 h: 1
    Source: signals T4, T5, section 3.4
    """
    waits = history.waits_for(side, _BASE_DAYS)
    return Measured(sum(o.is_overdue for o in owed(history, side)), len(waits)) if waits else None


def stale_threads(history: History) -> Measured | None:
    """How many conversations wait for either side for more than 5 business days.

    Unit: conversations
    Range: 0 and up
    Better: 0; 3 or more is a concern
    Least n: 0 open conversations, n counts them; some wait must be known in the last 90 days
    Example: open for 2, 6 and 9 business days: 2
    Source: signals T9
    """
    if not any(history.waits_for(side, _BASE_DAYS) for side in (Side.US, Side.PARTNER)):
        return None
    still = [owing for side in (Side.US, Side.PARTNER) for owing in owed(history, side)]
    return Measured(sum(o.wait.waited > STALE_DAYS * o.wait.capacity / CAP_DAYS for o in still), len(still))


def _likelihood(history: History, wait: Wait) -> float:
    """The share answered of the same person's mails at the same place, weighed with one at 1/2."""
    answered, decided = history.answer_habits.get((wait.answering, wait.asker, wait.is_first), (0, 0))
    return (answered + 0.5) / (decided + 1)
