"""How hard one side presses on the other: too many mails, impatient reminders, nights, weekends and holidays.

Every measure takes the side that presses. A mail that arrives out of hours is no pressure by itself: between zones
that is how mail works. It becomes pressure when it is answered, or followed up, before the other side's next opening.
"""

from __future__ import annotations

from datetime import date

from metrics.acts import Act, other_side
from metrics.base import Measured
from metrics.history import DAY, History
from metrics.occasions import Occasion
from metrics.quantiles import mean_and_sd
from metrics.responsiveness import LEAST_WAITS, wait_quantile
from metrics.threads import Thread
from metrics.waits import SAME_BREATH
from models.records import Side

BASE_DAYS = 90
_RHYTHM_DAYS = 180
_RECENT_DAYS = 28
_WEEKS_BEFORE = 12


def contact_pressure(history: History, *, side: Side) -> Measured | None:
    """How unusual this week's mails to each of the other side's active people are, against the 12 weeks before.

    Mails of this side over the other side's active people (writing in the 28 days up to that week) and its working
    days; in standard deviations, which are taken as at least a quarter of the mean.

    Unit: standard deviations
    Range: any; 0 = as usual
    Better: between -2 and 2; above 3 for two weeks is a concern
    Least n: 10 mails in the 12 weeks before, n counts those
    Example: usually 2 mails a person and week, varying by 0.5; this week 4: 4.0
    Source: signals B3
    """
    known = sum(history.since(7 * (_WEEKS_BEFORE + 1)) < act.at <= history.since(7) for act in history.recent(91, side))
    found = _unusual(history, side, 0, before=1)
    return Measured(found, known) if found is not None and known >= 10 else None


def pressed_weeks(history: History, *, side: Side) -> int | None:
    """In how many of the last 3 weeks the contact pressure stood above 3; None where it is not known.

    All three are held against the 12 weeks before them: a flood must not become its own yardstick.
    """
    weeks = [_unusual(history, side, back, before=3) for back in range(3)]
    known = [week for week in weeks if week is not None]
    return sum(week > 3 for week in known) if known else None


def pressure_by_week(history: History, *, side: Side, weeks: int) -> tuple[float | None, ...]:
    """The pressure of each of the last weeks, oldest first: mails to each active person and working day.

    None for a week in which the other side worked on no day.
    """
    return tuple(_weekly_pressure(history, side, back) for back in reversed(range(weeks)))


def pressure_zone(history: History, *, side: Side) -> tuple[float, float] | None:
    """Below and above which a week is too little and too much; None where too little is known.

    Two deviations below and three above the mean of the 12 weeks before the last three, as `pressed_weeks` counts.
    """
    weeks = [_weekly_pressure(history, side, 3 + week) for week in range(_WEEKS_BEFORE)]
    usual = [week for week in weeks if week is not None]
    if len(usual) < _WEEKS_BEFORE // 2 or not any(usual):
        return None
    mean, sd = mean_and_sd(usual)
    spread = max(sd, mean / 4)
    return max(0.0, mean - 2 * spread), mean + 3 * spread


def impatience(history: History, *, side: Side) -> Measured | None:
    """The share of this side's reminders sent before the other side's usual answer time had passed; last 90 days.

    Usual is the other side's median of 180 days. A second mail within 15 minutes is no reminder.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.2 is usual, above 0.5 a concern
    Least n: 5 reminders, n counts them
    Example: they usually answer after 6 h; reminded after 2, 3, 8, 10 and 12 h: 0.4
    Source: signals B4
    """
    other = other_side(side)
    usual = wait_quantile(history.waits_for(other, _RHYTHM_DAYS), 0.5)
    if usual is None or len(history.waits_for(other, _RHYTHM_DAYS)) < LEAST_WAITS:
        return None
    clock, early, reminders = history.clock(other), 0, 0
    for wait in history.waits_for(other, BASE_DAYS):
        for sent in wait.nudged:
            reminders += 1
            early += clock.between(wait.opened, sent) / 3600 < usual.value
    return Measured(early / reminders, reminders) if reminders >= 5 else None


def after_hours_pressure(history: History, *, side: Side) -> Measured | None:
    """The share of this side's mails that came while the other was closed and were answered or nudged before it opened.

    Last 90 days. A mail sent on schedule counts when it is delivered.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.05 is usual, above 0.15 a concern
    Least n: 10 mails, n counts this side's mails
    Example: 20 mails, 6 at their night, 2 of those answered that night: 0.1
    Source: signals B6, section 3.11
    """
    edge, clock = history.since(BASE_DAYS), history.clock(other_side(side))
    sent = pressed = 0
    for thread in history.threads:
        for i, act in enumerate(thread.acts):
            if act.side is not side or act.at <= edge:
                continue
            sent += 1
            if not clock.is_open(act.at):
                pressed += _reacted_before(thread, i, clock.next_opening(act.at))
    return Measured(pressed / sent, sent) if sent >= 10 else None


def own_after_hours(history: History, *, side: Side) -> Measured | None:
    """The share of this side's own mails sent outside its own hours; last 90 days.

    Unit: share
    Range: 0 to 1
    Better: lower
    Least n: 10 mails, n counts them
    Example: 20 mails, 3 of them at night: 0.15
    Source: signals section 3.11
    """
    clock, sent = history.clock(side), history.recent(BASE_DAYS, side)
    return Measured(sum(not clock.is_open(a.at) for a in sent) / len(sent), len(sent)) if len(sent) >= 10 else None


def after_hours_answers(history: History, *, side: Side) -> Measured | None:
    """The share of this side's answers given wholly out of its hours: asked and answered while closed; last 90 days.

    Unit: share
    Range: 0 to 1
    Better: lower
    Least n: 5 answers, n counts them
    Example: 10 answers, one of them on a Sunday to a mail of Saturday: 0.1
    Source: signals section 3.2
    """
    answers = [wait for wait in history.waits_for(side, BASE_DAYS) if wait.closed is not None]
    if len(answers) < LEAST_WAITS:
        return None
    return Measured(sum(wait.is_out_of_hours for wait in answers) / len(answers), len(answers))


def out_of_hours_meetings(history: History, *, side: Side) -> Measured | None:
    """The share of meetings of the last 90 days that lay, wholly or in part, outside this side's hours.

    Unit: share
    Range: 0 to 1
    Better: lower; with scarce overlap look at meeting_fairness
    Least n: 3 meetings not cancelled, n counts them
    Example: 8 calls, 2 of them at 19:00 for them: 0.25
    Source: signals B7
    """
    found = _took_place(history)
    clock = history.clock(side)
    outside = sum(clock.between(o.start, o.end) < o.end - o.start for o in found)
    return Measured(outside / len(found), len(found)) if len(found) >= 3 else None


def meeting_fairness(history: History) -> Measured | None:
    """Of the sacrifices of working hours to meetings in the last 90 days, the partner's share.

    Unit: share
    Range: 0 (all ours) to 1 (all theirs)
    Better: 0.3 to 0.7; above 0.9 is a concern
    Least n: 3 meetings outside somebody's hours, n counts them, once for each side
    Example: 3 calls at their evening, 1 at our early morning: 0.75
    Source: signals B7
    """
    found = _took_place(history)
    ours, theirs = (
        sum(clock.between(o.start, o.end) < o.end - o.start for o in found) for clock in (history.us, history.them)
    )
    return Measured(theirs / (ours + theirs), ours + theirs) if ours + theirs >= 3 else None


def holiday_intrusions(history: History, *, side: Side) -> Measured | None:
    """On how many of the other side's holidays in 90 days it answered this side's mail of the day, or met us.

    A holiday is a date on which that side would work but for the public calendar or a closing. Each date counts once.

    Unit: holidays
    Range: 0 and up
    Better: 0; 2 a quarter is a concern
    Least n: 1 mail or held meeting of 90 days, n counts them
    Example: a mail on their national day, answered that afternoon: 1
    Source: signals B8
    """
    edge, clock = history.since(BASE_DAYS), history.clock(other_side(side))
    days: set[int] = set()
    seen = 0
    for thread in history.threads:
        for i, act in enumerate(thread.acts):
            if act.side is not side or act.at <= edge:
                continue
            seen += 1
            day = clock.day_of(act.at)
            if clock.is_holiday(date.fromordinal(day)) and _answered_on(history, thread.acts[i + 1 :], day, side):
                days.add(day)
    for occasion in history.held:
        if occasion.start > edge:
            seen += 1
            day = clock.day_of(occasion.start)
            if clock.is_holiday(date.fromordinal(day)):
                days.add(day)
    return Measured(len(days), seen) if seen else None


def _answered_on(history: History, later: tuple[Act, ...], day: int, side: Side) -> bool:
    clock = history.clock(other_side(side))
    return any(act.side is not side and clock.day_of(act.at) == day for act in later)


def _reacted_before(thread: Thread, i: int, opening: int) -> bool:
    """Whether anything in the conversation follows act i before the opening, the rest of the same thought apart."""
    sent = thread.acts[i]
    for later in thread.acts[i + 1 :]:
        if later.at >= opening:
            return False
        if later.side is not sent.side or later.at - sent.at > SAME_BREATH:
            return True
    return False


def _unusual(history: History, side: Side, back: int, *, before: int) -> float | None:
    """How the week that ended `back` weeks ago stands to 12 weeks, which ended `before` weeks ago, in deviations."""
    this = _weekly_pressure(history, side, back)
    weeks = (_weekly_pressure(history, side, before + week) for week in range(_WEEKS_BEFORE))
    usual = [week for week in weeks if week is not None]
    if this is None or len(usual) < _WEEKS_BEFORE // 2 or not any(usual):
        return None
    mean, sd = mean_and_sd(usual)
    return (this - mean) / max(sd, mean / 4)


def _weekly_pressure(history: History, side: Side, back: int) -> float | None:
    """Mails to each active person and working day of the other side, in the week that ended `back` weeks ago."""
    other = other_side(side)
    until = history.since(7 * back)
    since = until - 7 * DAY
    clock = history.clock(other)
    days = clock.open_days_up_to(clock.day_of(until)) - clock.open_days_up_to(clock.day_of(since))
    if days <= 0:
        return None
    sent = sum(act.side is side for act in history.between(since, until))
    month = history.between(until - _RECENT_DAYS * DAY, until)
    active = {act.person for act in month if act.side is other}
    return sent / max(1, len(active)) / days


def _took_place(history: History) -> list[Occasion]:
    edge = history.since(BASE_DAYS)
    return [o for o in history.occasions if o.cancelled is None and edge < o.start and o.end <= history.now]
