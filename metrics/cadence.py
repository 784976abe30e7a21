"""Contact and rhythm: how often, how steadily, by which means."""

from __future__ import annotations

from datetime import date

from metrics.base import Measured
from metrics.history import DAY, History
from metrics.occasions import Occasion
from metrics.quantiles import burstiness, evenness, quantile
from models.records import Side

RHYTHM_DAYS = 180
RECENT_DAYS = 28
BASE_DAYS = 90
_AHEAD = DAY  # made at least this long before the start: planned


def recent_gaps(history: History) -> list[int]:
    """Gaps between contact days that ended in the last 180 days, joint business days, oldest first."""
    edge = history.number_at(history.since(RHYTHM_DAYS))
    return [gap for later, gap in history.gaps if later > edge]


def gap(history: History, *, p: float) -> Measured | None:
    """How long contact usually pauses: the p-quantile of gaps between contact days of the last 180 days.

    A contact day has a human mail either way or a held meeting. Absences of the whole partner do not count.

    Unit: joint business days
    Range: 1 and up
    Better: near the agreed rhythm; rising means that contact thins out
    Least n: 3 gaps, n counts gaps
    Example: contact on Mon, Wed and Fri of one week and the next Wed: gaps 2, 2, 3; median 2
    Source: signals R1; Hyndman & Fan (1996), type 7
    """
    gaps = recent_gaps(history)
    return Measured(quantile(gaps, p), len(gaps)) if len(gaps) >= 3 else None


def current_gap(history: History) -> Measured | None:
    """How long it is since the last contact of any kind, absences of the whole partner taken out.

    Unit: joint business days
    Range: 0 and up
    Better: lower
    Least n: 1 contact day, n counts contact days of the last 180 days
    Example: last mail on Friday, now Tuesday: 2
    Source: signals R1
    """
    numbers = history.contact_numbers
    if not numbers:
        return None
    today, last = history.number_at(history.now), numbers[-1]
    lost = sum(max(0, min(today, until) - max(last, since)) for since, until in history.paused_numbers)
    edge = history.number_at(history.since(RHYTHM_DAYS))
    return Measured(max(0, today - last - lost), max(1, sum(number > edge for number in numbers)))


def mail_silence(history: History, *, side: Side) -> Measured | None:
    """How long this side has written no human mail, in its own working time; their absences do not count.

    Unit: business hours on the calendar of the silent side
    Range: 0 and up
    Better: lower
    Least n: 1 mail, n counts this side's mails
    Example: last mail Friday 16:00, now Monday 10:00, hours 9-17: 2
    Source: signals R2
    """
    sent = [act.at for act in history.acts if act.side is side]
    if not sent:
        return None
    clock = history.clock(side)
    seconds = clock.between(sent[-1], history.now)
    if side is Side.PARTNER:
        for since, until, person in history.away:
            if person is None and since < history.now and until > sent[-1]:
                seconds -= clock.between(max(since, sent[-1]), min(until, history.now))
    return Measured(max(0, seconds) / 3600, len(sent))


def meeting_silence(history: History) -> Measured | None:
    """How long it is since the two sides last sat in a held meeting.

    Unit: business hours on our calendar
    Range: 0 and up
    Better: lower
    Least n: 1 held meeting, n counts held meetings
    Example: a call ended Monday 10:00, now Tuesday 10:00, hours 9-17: 8
    Source: signals R2
    """
    held = history.held
    if not held:
        return None
    return Measured(history.us.between(max(o.end for o in held), history.now) / 3600, len(held))


def rhythm_burstiness(history: History) -> Measured | None:
    """How uneven the gaps between contact days are.

    Unit: index
    Range: -1 (clockwork) over 0 (random) towards 1 (bursts)
    Better: lower; a rise of 0.3 on its own past is a concern
    Least n: 4 gaps, n counts gaps of the last 180 days
    Example: gaps 5, 5, 5, 5 give -1.0; gaps 1, 1, 1, 17 give 0.16
    Source: signals R3; Goh & Barabasi (2008), EPL 81:48002
    """
    gaps = recent_gaps(history)
    return Measured(burstiness(gaps), len(gaps)) if len(gaps) >= 4 else None


def contact_day_share(history: History) -> Measured | None:
    """The share of the last 28 days' joint business days on which there was contact.

    Unit: share
    Range: 0 to 1
    Better: inside the partner's own band
    Least n: 5 joint business days, n counts them; nothing before the first contact is counted
    Example: contact on 5 of 20 joint business days: 0.25
    Source: signals R4
    """
    return _day_share(history, history.since(RECENT_DAYS), history.now)


def mode_count(history: History) -> Measured | None:
    """By how many means there was contact in the last 28 days: mail, planned meeting, unplanned meeting.

    Chat and telephone that no source shows are not seen.

    Unit: means
    Range: 1 to 3
    Better: 2 or more
    Least n: 1 contact, n counts mails and held meetings
    Example: 12 mails and one weekly call: 2
    Source: signals R5
    """
    modes = _modes(history)
    return Measured(sum(count > 0 for count in modes), sum(modes)) if sum(modes) else None


def mode_evenness(history: History) -> Measured | None:
    """How evenly contact spreads over mail, planned and unplanned meetings in the last 28 days.

    Unit: normalised entropy
    Range: 0 (one means only) to 1 (all three alike)
    Better: higher, within reason
    Least n: 5 contacts, n counts mails and held meetings
    Example: 4 mails, 4 planned and 4 unplanned meetings: 1.0
    Source: signals R5; Shannon (1948)
    """
    modes = _modes(history)
    return Measured(evenness(modes, len(modes)), sum(modes)) if sum(modes) >= 5 else None


def live_share(history: History) -> Measured | None:
    """How much of the exchange is live: held meetings over held meetings and mail turns, last 90 days.

    Unit: share
    Range: 0 to 1
    Better: inside the partner's own band; 0 for long is a concern
    Least n: 5 meetings and turns together, n counts them
    Example: 3 calls and 9 turns: 0.25
    Source: signals R6
    """
    edge = history.since(BASE_DAYS)
    turns = sum(turn.start > edge for thread in history.threads for turn in thread.turns)
    held = sum(occasion.start > edge for occasion in history.held)
    return Measured(held / (held + turns), held + turns) if held + turns >= 5 else None


def live_minutes(history: History) -> Measured | None:
    """Minutes a week spent together in held meetings, over the last 28 days.

    Unit: minutes a week
    Range: 0 and up
    Better: inside the partner's own band
    Least n: 0 held meetings, n counts those of the last 28 days; some meeting must be known at all
    Example: four half-hour calls in four weeks: 30
    Source: signals R6
    """
    if not history.occasions:
        return None
    held = _held_since(history, RECENT_DAYS)
    return Measured(sum(o.end - o.start for o in held) / 60 / (RECENT_DAYS / 7), len(held))


def planned_share(history: History) -> Measured | None:
    """How many meetings of the last 90 days were made at least 24 hours ahead.

    Unit: share
    Range: 0 to 1
    Better: both kinds present; 0 or 1 for long is a concern
    Least n: 3 meetings whose making is known, n counts them
    Example: 6 weekly calls and 2 on the spot: 0.75
    Source: signals R7
    """
    edge = history.since(BASE_DAYS)
    known = [
        o for o in history.occasions if o.created_is_known and o.cancelled is None and edge < o.start <= history.now
    ]
    return Measured(sum(_is_planned(o) for o in known) / len(known), len(known)) if len(known) >= 3 else None


def onboarding_level(history: History) -> Measured | None:
    """Contact days of the last 28 days against the partner's own first 90 days, both per joint business day.

    Unit: ratio
    Range: 0 and up; 1 is the level of the beginning
    Better: 0.7 and up; below 0.5 is a concern
    Least n: 5 contact days in the first 90 days, n counts those; the partner is known for at least 118 days
    Example: every second day at first, every fourth now: 0.5
    Source: signals R8
    """
    if not history.contact_days:
        return None
    first = history.us.midnight(date.fromordinal(history.contact_days[0]))
    if history.now - first < (BASE_DAYS + RECENT_DAYS) * DAY:
        return None
    early = _day_share(history, first - 1, first + BASE_DAYS * DAY)
    late = _day_share(history, history.since(RECENT_DAYS), history.now)
    if early is None or late is None:
        return None
    days = round(early.value * early.n)
    return Measured(late.value / early.value, days) if days >= 5 else None


def contact_weeks(history: History, weeks: int) -> tuple[int, ...]:
    """Contact days in each of the last weeks of seven days, on our calendar, oldest first: what a small chart draws."""
    today = history.us.day_of(history.now)
    found = [0] * weeks
    for day in history.contact_days:
        back = (today - day) // 7
        if 0 <= back < weeks:
            found[weeks - 1 - back] += 1
    return tuple(found)


def _day_share(history: History, since: int, until: int) -> Measured | None:
    numbers = history.contact_numbers
    if not numbers:
        return None
    first, last = max(history.number_at(since), numbers[0] - 1), history.number_at(until)
    paused = sum(max(0, min(last, b) - max(first, a)) for a, b in history.paused_numbers)
    days = last - first - paused
    if days < 5:
        return None
    return Measured(min(1.0, sum(first < number <= last for number in numbers) / days), days)


def _modes(history: History) -> list[int]:
    held = _held_since(history, RECENT_DAYS)
    planned = sum(_is_planned(occasion) for occasion in held)
    return [len(history.recent(RECENT_DAYS)), planned, len(held) - planned]


def _held_since(history: History, days: float) -> list[Occasion]:
    edge = history.since(days)
    return [occasion for occasion in history.held if occasion.start > edge]


def _is_planned(occasion: Occasion) -> bool:
    return occasion.start - occasion.created >= _AHEAD
