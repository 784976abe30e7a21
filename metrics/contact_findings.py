"""Findings about how the two sides deal with each other; whose they are depends on which way the numbers lean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metrics.awaiting import STALE_DAYS, owed
from metrics.balance import starts
from metrics.bands import Level
from metrics.base import Measured
from metrics.finding import Finding
from metrics.history import History
from metrics.pressure import pressed_weeks
from metrics.quantiles import wilson
from metrics.waits import CAP_DAYS
from metrics.wording import count, decimal, few, percent, times
from models.records import Side

_MEETINGS_ARE_USUAL = 3
_BUSY, _CROWDED = 1.5, 2  # times the usual meeting load


def contact_findings(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """Every rule whose side or words depend on which way the numbers lean."""
    yield from _reciprocity(readings)
    yield from _stale(history)
    yield from _fairness(readings)
    yield from _beginnings(history)
    yield from _pressure(history, readings)
    yield from _next_meeting(history, readings)
    yield from _copied_in(readings)
    yield from _turns(readings)
    yield from _onboarding(readings)


def _turns(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """Who carries the dialogue: a band both ways."""
    balance = readings.get("turn_balance")
    if balance is None:
        return
    level = Level.HEALTHY if abs(balance.value) <= 0.2 else Level.CONCERN if abs(balance.value) > 0.4 else Level.BETWEEN
    ours = round((1 + balance.value) / 2 * balance.n)
    words = f"{ours or 'None'} of the last {balance.n} turns in your conversations {_were(ours)} yours."
    yield Finding("turn_balance", Side.US, level, words, balance.value, balance.n)


def _onboarding(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """The level of contact against the partner's beginning; while one long pause lasts, the silence itself is told."""
    found, gap, slow = readings.get("onboarding_level"), readings.get("current_gap"), readings.get("slow_gap")
    if found is None:
        return
    pausing = gap is not None and slow is not None and gap.value > slow.value
    level = (
        Level.HEALTHY if found.value >= 0.7 else Level.CONCERN if found.value < 0.5 and not pausing else Level.BETWEEN
    )
    words = f"Contact is at {percent(found.value)} of the level of the first 90 days."
    if found.value == 0:
        words = "There was no contact in the last 28 days."
    yield Finding("onboarding_level", Side.PARTNER, level, words, found.value, found.n)


def _were(number: float) -> str:
    return "was" if decimal(number) == "1" else "were"


def _reciprocity(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    ratio = readings.get("reciprocity")
    if ratio is None or ratio.value == 0:
        return
    we_are_slower = ratio.value >= 1
    slower = ratio.value if we_are_slower else 1 / ratio.value
    level = Level.CONCERN if slower > 3 else Level.HEALTHY if slower <= 2 else Level.BETWEEN
    who, whom, side = ("You", "they do", Side.US) if we_are_slower else ("They", "you do", Side.PARTNER)
    floor = "at least " if ratio.at_least else ""
    words = f"{who} take {floor}{times(slower)} as long to answer as {whom}."
    yield Finding("reciprocity", side, level, words, ratio.value, ratio.n)


def _stale(history: History) -> Iterator[Finding]:
    waiting = {
        side: sum(o.wait.waited > STALE_DAYS * o.wait.capacity / CAP_DAYS for o in owed(history, side))
        for side in (Side.US, Side.PARTNER)
    }
    total = sum(waiting.values())
    if total == 0:
        return
    side = Side.US if waiting[Side.US] >= waiting[Side.PARTNER] else Side.PARTNER
    ours, theirs = waiting[Side.US], waiting[Side.PARTNER]
    whom = f"{ours} for you, {theirs} for them" if ours and theirs else "for you" if ours else "for them"
    comma = ", " if ours and theirs else " "
    have = "has" if total == 1 else "have"
    words = f"{count(total, 'conversation')} {have} waited{comma}{whom} for over {STALE_DAYS} working days."
    if ours and theirs:
        words = f"{count(total, 'conversation')} have waited for over {STALE_DAYS} working days: {whom}."
    yield Finding("stale_threads", side, Level.CONCERN if total >= 3 else Level.BETWEEN, words, total, total)


def _fairness(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    share = readings.get("meeting_fairness")
    if share is None:
        return
    level = Level.HEALTHY if 0.3 <= share.value <= 0.7 else Level.BETWEEN
    if not 0.1 <= share.value <= 0.9:
        level = Level.CONCERN
    side = Side.US if share.value > 0.5 else Side.PARTNER
    theirs = round(share.value * share.n)
    words = f"Of {share.n} evenings that meetings cost, {theirs} {_were(theirs)} theirs and {share.n - theirs} yours."
    if theirs in {0, share.n}:
        words = f"All {share.n} evenings that meetings cost were {'theirs' if theirs else 'yours'}."
    yield Finding("meeting_fairness", side, level, words, share.value, share.n)


def _beginnings(history: History) -> Iterator[Finding]:
    theirs, total = starts(history)
    if total < 8:
        return
    low, high = wilson(theirs, total)
    share = theirs / total
    outside = high < 0.15 or low > 0.85
    level = Level.CONCERN if outside else Level.HEALTHY if 0.3 <= share <= 0.7 else Level.BETWEEN
    side = Side.US if share > 0.5 else Side.PARTNER
    interval = f"{round(100 * low)} to {percent(high)}"
    began = f"They began {theirs or 'none'} of the last {total} conversations and meetings"
    words = f"{began} (95 % interval {interval})."
    yield Finding("started_by_them", side, level, words, share, total)


def _pressure(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """Too much of us: facts and a suggestion to bundle, for our owner only."""
    weeks = pressed_weeks(history, side=Side.US)
    balance, impatience = readings.get("turn_balance"), readings.get("our_impatience")
    load = readings.get("meeting_load_change")
    if weeks is None:
        return
    hurried = impatience is not None and impatience.value > 0.5
    lopsided = balance is not None and balance.value > 0.3
    crowded = load is not None and load.value > _CROWDED
    if crowded or (weeks >= 2 and (hurried or lopsided)):
        facts = [f"in {weeks} of the last 3 weeks you wrote far more than usual"] if weeks >= 2 else []
        facts += [f"{percent(impatience.value)} of reminders were early"] if impatience is not None and hurried else []
        facts += (
            [f"meetings take {decimal(load.value)} times as much of their week"] if load is not None and crowded else []
        )
        words = "; ".join(facts) + ": consider bundling."
        yield Finding("over_contact", Side.US, Level.CONCERN, words[0].upper() + words[1:], weeks, 3)
    elif weeks or (load is not None and load.value > _BUSY):
        words = "In one of the last 3 weeks you wrote far more than usual." if weeks == 1 else ""
        words = words or f"In {weeks} of the last 3 weeks you wrote far more than usual, without pressing."
        if not weeks and load is not None:
            words = f"Meetings with you take {decimal(load.value)} times as much of their week as before."
        yield Finding("over_contact", Side.US, Level.BETWEEN, words, weeks, 3)
    else:
        yield Finding("over_contact", Side.US, Level.HEALTHY, "The amount of contact from you is as usual.", weeks, 3)


def _next_meeting(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    ahead, agreed = readings.get("meetings_ahead"), history.targets.meeting_days
    held = sum(o.start > history.since(90) for o in history.held)
    if agreed is None and (ahead is None or held < _MEETINGS_ARE_USUAL):
        return
    if ahead is None or not ahead.value:
        words = f"No meeting is planned in the next 28 days; {count(held, 'was', 'were')} held in the last 90."
        if agreed is not None:
            words = f"No meeting is planned in the next 28 days, agreed is one every {count(agreed, 'working day')}."
        yield Finding("next_meeting", Side.US, Level.CONCERN, words, 0, held)
        return
    following = next(o for o in history.occasions if o.start > history.now and o.cancelled is None)
    days = history.number_at(following.start) - history.number_at(history.now)
    words = f"{count(ahead.value, 'meeting')} {'is' if ahead.value == 1 else 'are'} planned in the next 28 days."
    if agreed is not None and days > agreed:
        words = f"The next meeting is {count(days, 'working day')} away, agreed is one every {agreed:g}."
        yield Finding("next_meeting", Side.US, Level.BETWEEN, words, ahead.value, ahead.n)
    else:
        yield Finding("next_meeting", Side.US, Level.HEALTHY, words, ahead.value, ahead.n)


def _copied_in(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    now, before = readings.get("added_in_copy"), readings.get("added_in_copy_before")
    if now is None or before is None:
        return
    level = Level.CONCERN if now.value > 3 * max(before.value, 0.5) else Level.HEALTHY
    who = few(now.value, "person", "people")
    words = (
        f"{who} a week {_were(now.value)} newly copied into running conversations in the last 28 days, "
        f"{decimal(before.value)} a week before."
    )
    if now.value == 0:
        words = "Nobody was newly copied into running conversations in the last 28 days."
    yield Finding("added_in_copy", Side.PARTNER, level, words, now.value, now.n)
