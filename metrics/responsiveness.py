"""How fast and how reliably each side answers the other, both by the same definitions.

Waits are those of metrics/waits.py: on the answering side's calendar, open ones kept as open. `side` is always the
side that has to answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from metrics.base import Measured
from metrics.history import History
from metrics.survival import Quantile, kaplan_meier
from metrics.waits import Wait
from models.records import Side

BASE_DAYS = 90
RECENT_DAYS = 28
LEAST_WAITS = 5
LEAST_FOR_TREND = 8


def wait_quantile(waits: Sequence[Wait], p: float, *, since_last: bool = False) -> Quantile | None:
    """The Kaplan-Meier quantile of waits, in business hours; None without any.

    Open, given up and possibly live-answered waits count as longer than they have lasted; answers given wholly out of
    hours are left out, for a wait of 0 would reward night work; so are closings, that asked nothing.
    """
    happened: list[float] = []
    still_open: list[float] = []
    for wait in waits:
        hours = wait.hours_since_last if since_last else wait.hours
        if wait.is_out_of_hours or wait.is_closing:
            continue
        (happened if wait.is_answered else still_open).append(hours)
    return kaplan_meier(happened, still_open, p)


def answer_time(history: History, *, side: Side, p: float) -> Measured | None:
    """How long the other side waits for an answer, from its first mail of the turn; last 90 days.

    Kaplan-Meier: waits still open are counted as longer than they have lasted, so a side that stops answering gets
    slower. A wait is capped at 20 business days; a held meeting of the same people inside it ends it unanswered. The
    last mail of a conversation that nobody followed up is no wait once it is older than 19 in 20 answers.

    Unit: business hours on the calendar of the side that answers
    Range: 0 and up; a floor ("at least") where too many waits are open
    Better: lower
    Least n: 5 waits, n counts answered and open waits
    Example: answered after 1, 2, 3, 4 h, open for 10 and 12 h: median 3, 9 in 10 "> 12"
    Source: signals T1, T2; Kaplan & Meier (1958)
    """
    return _time_of(history.waits_for(side, BASE_DAYS), p)


def first_answer_time(history: History, *, side: Side) -> Measured | None:
    """The median wait for the first answer in a conversation, or in one that had slept for 30 days; last 90 days.

    Unit: business hours on the calendar of the side that answers
    Range: 0 and up; a floor where too many waits are open
    Better: lower
    Least n: 5 waits, n counts answered and open first waits
    Example: five new conversations answered after 1, 2, 3, 4 and 5 h: 3
    Source: signals T1, T2, section 3.3
    """
    return _time_of([wait for wait in history.waits_for(side, BASE_DAYS) if wait.is_first], 0.5)


def follow_up_time(history: History, *, side: Side) -> Measured | None:
    """The median wait for any later answer in a conversation; last 90 days.

    Unit: business hours on the calendar of the side that answers
    Range: 0 and up; a floor where too many waits are open
    Better: lower
    Least n: 5 waits, n counts answered and open later waits
    Example: five later turns answered after 1, 2, 3, 4 and 5 h: 3
    Source: signals T1, T2, section 3.3
    """
    return _time_of([wait for wait in history.waits_for(side, BASE_DAYS) if not wait.is_first], 0.5)


def answer_time_since_last(history: History, *, side: Side) -> Measured | None:
    """The median wait counted from the last mail that asked, as mail statistics usually show it; last 90 days.

    Unit: business hours on the calendar of the side that answers
    Range: 0 and up; a floor where too many waits are open
    Better: lower
    Least n: 5 waits, n counts answered and open waits
    Example: asked 10:00, 11:00 and 14:00, answered 15:00: 1 h here, 5 h by the headline
    Source: signals section 3.2
    """
    return _time_of(history.waits_for(side, BASE_DAYS), 0.5, since_last=True)


def reciprocity(history: History) -> Measured | None:
    """Our median answer time over theirs: who keeps whom waiting; last 90 days.

    Unit: ratio
    Range: above 0; 1 = alike, above 1 we are the slower side
    Better: 0.5 to 2; above 3 or below 1/3 is a concern
    Least n: 5 waits of each side, n counts the scarcer side
    Example: ours 6 h, theirs 3 h: 2.0
    Source: signals T3
    """
    ours, theirs = (answer_time(history, side=side, p=0.5) for side in (Side.US, Side.PARTNER))
    if ours is None or theirs is None or theirs.at_least or theirs.value == 0:
        return None
    return Measured(ours.value / theirs.value, min(ours.n, theirs.n), ours.at_least)


def reply_rate(history: History, *, side: Side) -> Measured | None:
    """The share of waits that this side answered within its target, of those whose target has passed; last 90 days.

    Open and not yet due, possibly answered live, or the closing mail of a conversation: left out.

    Unit: share
    Range: 0 to 1
    Better: higher; 0.9 is good, below 0.7 a concern
    Least n: 5 waits, n counts those answered in time or past their target
    Example: target 8 h; answered after 2, 5, 7 and 20 h, open for 30 and for 1 h: 3 of 5 = 0.6
    Source: signals T6
    """
    return _rate(history.waits_for(side, BASE_DAYS), history.targets.hours(side), LEAST_WAITS)


def given_up_share(history: History, *, side: Side) -> Measured | None:
    """The share of waits that this side has let pass for 20 business days; waits opened 28 to 118 days ago.

    Unit: share
    Range: 0 to 1
    Better: lower
    Least n: 5 waits, n counts waits of that time
    Example: 1 of 10 mails from February is still without an answer in April: 0.1
    Source: signals section 3.2
    """
    edge = history.since(RECENT_DAYS)
    old = [w for w in history.waits_for(side, BASE_DAYS + RECENT_DAYS) if w.opened <= edge and not w.is_closing]
    if len(old) < LEAST_WAITS:
        return None
    return Measured(sum(wait.is_unanswered for wait in old) / len(old), len(old))


def nudges_per_answer(history: History, *, side: Side) -> Measured | None:
    """How many further mails the other side sends before this one answers; last 90 days.

    A further mail within 15 minutes is the rest of the last one and no reminder: a patch series is one question.

    Unit: mails per answer
    Range: 0 and up
    Better: lower; up to 0.3 is usual, above 1 a concern
    Least n: 5 answers, n counts answered waits
    Example: five answers, two of them after one reminder each: 0.4
    Source: signals T7
    """
    answered = [wait for wait in history.waits_for(side, BASE_DAYS) if wait.is_answered]
    if len(answered) < LEAST_WAITS:
        return None
    return Measured(sum(wait.nudges for wait in answered) / len(answered), len(answered))


def answered_threads(history: History, *, side: Side) -> Measured | None:
    """The share of conversations begun by the other side that this side answered at all; last 90 days.

    Conversations that ask nobody, and those whose first wait is open and not yet due, are left out.

    Unit: share
    Range: 0 to 1
    Better: higher; 0.95 is good, below 0.85 a concern
    Least n: 5 conversations, n counts them
    Example: they began 20, we answered 19: 0.95
    Source: signals T8
    """
    target = history.targets.hours(side)
    edge, found, answered = history.since(BASE_DAYS), 0, 0
    begun = {t.key for t in history.threads if t.starter is not side and t.started > edge}
    for wait in history.waits_for(side, BASE_DAYS):
        if wait.thread not in begun or not wait.is_first:
            continue
        begun.discard(wait.thread)
        reacted = wait.closed is not None or wait.met is not None
        if reacted or wait.hours > target:
            found += 1
            answered += reacted
    return Measured(answered / found, found) if found >= LEAST_WAITS else None


def answer_trend(history: History, *, side: Side) -> Measured | None:
    """The median answer time of the last 28 days over that of the 90 days before.

    Unit: ratio
    Range: above 0; 1 = unchanged
    Better: lower; above 2 is a concern
    Least n: 8 waits in each window, n counts the scarcer
    Example: 6 h now, 3 h before: 2.0
    Source: signals T1, section 3.2
    """
    recent, before = _two_windows(history, side)
    if min(len(recent), len(before)) < LEAST_FOR_TREND:
        return None
    now, then = wait_quantile(recent, 0.5), wait_quantile(before, 0.5)
    if now is None or then is None or then.at_least or then.value == 0:
        return None
    return Measured(now.value / then.value, min(len(recent), len(before)), now.at_least)


def overload(history: History, *, side: Side) -> Measured | None:
    """The change of the reply rate (last 28 days less the 90 before) where the speed of answers stayed the same.

    A falling share at constant speed reads as overload, not as coolness. None where the speed changed by half.

    Unit: share
    Range: -1 to 1
    Better: 0 or higher; below -0.2 is a concern
    Least n: 8 waits past their target in each window, n counts the scarcer
    Example: 9 of 10 in time before, 6 of 10 now, median 3 h both times: -0.3
    Source: signals T10
    """
    trend = answer_trend(history, side=side)
    if trend is None or trend.at_least or not 2 / 3 <= trend.value <= 1.5:
        return None
    recent, before = _two_windows(history, side)
    target = history.targets.hours(side)
    now, then = (_rate(waits, target, LEAST_FOR_TREND) for waits in (recent, before))
    if now is None or then is None:
        return None
    return Measured(now.value - then.value, min(now.n, then.n))


def _two_windows(history: History, side: Side) -> tuple[list[Wait], list[Wait]]:
    waits = [wait for wait in history.waits_for(side, RECENT_DAYS + BASE_DAYS) if not wait.is_closing]
    edge = history.since(RECENT_DAYS)
    return [w for w in waits if w.opened > edge], [w for w in waits if w.opened <= edge]


def _time_of(waits: Sequence[Wait], p: float, *, since_last: bool = False) -> Measured | None:
    counted = [wait for wait in waits if not wait.is_out_of_hours and not wait.is_closing]
    if len(counted) < LEAST_WAITS:
        return None
    found = wait_quantile(counted, p, since_last=since_last)
    return Measured(found.value, len(counted), found.at_least) if found is not None else None


def _rate(waits: Sequence[Wait], target: float, least: int) -> Measured | None:
    in_time = late = 0
    for wait in waits:
        if wait.met is not None or wait.is_closing or (wait.closed is None and wait.is_superseded):
            continue
        if wait.hours > target:
            late += 1
        elif wait.closed is not None:
            in_time += 1
    return Measured(in_time / (in_time + late), in_time + late) if in_time + late >= least else None
