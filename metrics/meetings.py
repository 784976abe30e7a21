"""Meetings: is one planned, does the standing one take place, who answers invitations, and what follows.

Held means attended where a record exists, else presumed held. A no-show is only ever told from attendance records.
"""

from __future__ import annotations

from metrics.base import Measured
from metrics.history import DAY, History
from metrics.occasions import Answer, Occasion
from metrics.quantiles import median
from models.records import Response, Side

BASE_DAYS = 90
AHEAD_DAYS = 28


def next_meeting(history: History) -> Measured | None:
    """Days until the next meeting with this partner that is not cancelled; None where none is planned.

    Unit: days
    Range: 0 and up
    Better: within the agreed meeting rhythm
    Least n: 1 planned meeting, n counts those ahead
    Example: the next call is tomorrow at the same hour: 1
    Source: signals M1
    """
    ahead = [o for o in history.occasions if o.start > history.now and o.cancelled is None]
    return Measured((ahead[0].start - history.now) / DAY, len(ahead)) if ahead else None


def meetings_ahead(history: History) -> Measured | None:
    """How many meetings are planned in the next 28 days; None where no meeting was ever seen.

    Unit: meetings
    Range: 0 and up
    Better: 1 or more where meetings are usual
    Least n: 1 meeting, n counts all known
    Example: a weekly call until further notice: 4
    Source: signals M1
    """
    edge = history.now + AHEAD_DAYS * DAY
    ahead = sum(history.now < o.start <= edge and o.cancelled is None for o in history.occasions)
    return Measured(ahead, len(history.occasions)) if history.occasions else None


def series_coverage(history: History) -> Measured | None:
    """Of the weeks of the last 90 days in which a standing meeting was planned, the share in which it was held.

    Held includes presumed held: it ended, was not cancelled, and each side had accepted.

    Unit: share
    Range: 0 to 1
    Better: higher; 0.8 is good, below 0.6 a concern
    Least n: 3 planned weeks, n counts them
    Example: planned in 10 weeks, held in 8: 0.8
    Source: signals M2
    """
    held = set(map(id, history.held))
    planned: dict[int, bool] = {}
    for occasion in history.planned(BASE_DAYS):
        if occasion.series is not None:
            week = (history.us.day_of(occasion.planned) - 1) // 7
            planned[week] = planned.get(week, False) or id(occasion) in held
    return Measured(sum(planned.values()) / len(planned), len(planned)) if len(planned) >= 3 else None


def live_series(history: History) -> Measured | None:
    """How many standing meetings go on: series with an instance ahead that is not cancelled.

    Unit: series
    Range: 0 and up
    Better: 1 or more where meetings are usual
    Least n: 1 instance of a series, n counts all known
    Example: a weekly call whose last instance was last week: 0
    Source: signals M2
    """
    instances = [o for o in history.occasions if o.series is not None]
    live = {o.series for o in instances if o.start > history.now and o.cancelled is None}
    return Measured(len(live), len(instances)) if instances else None


def no_show_share(history: History, *, side: Side) -> Measured | None:
    """Of the meetings of the last 90 days that have an attendance record, the share nobody of this side joined.

    None without attendance records: an unanswered invitation never proves a no-show.

    Unit: share
    Range: 0 to 1
    Better: 0; 2 of the last 5 is a concern
    Least n: 1 meeting with a record, n counts them
    Example: five calls with a record, in two of them nobody of theirs: 0.4
    Source: signals M3
    """
    recorded = [o for o in _past(history) if o.present is not None and o.cancelled is None]
    missed = [o for o in recorded if set(o.theirs if side is Side.PARTNER else o.ours).isdisjoint(o.present or ())]
    return Measured(len(missed) / len(recorded), len(recorded)) if recorded else None


def answer_share(history: History, *, side: Side, response: Response) -> Measured | None:
    """The share of this side's invitees who gave this answer, for meetings of the last 90 days that were not cancelled.

    The organiser, who comes by default, is not counted; nor is anybody else's word on the answer.

    Unit: share
    Range: 0 to 1
    Better: accepted high; no answer below 0.2, above 0.5 a concern
    Least n: 5 invitations, n counts invitees of this side
    Example: invited 10 times, accepted 7: 0.7
    Source: signals M7
    """
    given = [a.response for o in _past(history) if o.cancelled is None for a in _invited(o, side)]
    return Measured(sum(r is response for r in given) / len(given), len(given)) if len(given) >= 5 else None


def answer_latency(history: History, *, side: Side) -> Measured | None:
    """The median working time from invitation to first answer of this side's invitees; last 90 days.

    Only answers whose time is known count; where the service does not say it, its precision is the time between syncs.

    Unit: business hours on the calendar of the side that answers
    Range: 0 and up
    Better: lower
    Least n: 3 answers, n counts them
    Example: invited Monday 9:00, three answers after 1, 2 and 30 h: 2
    Source: signals M7
    """
    clock = history.clock(side)
    edge = history.since(BASE_DAYS)
    taken = [
        max(0, clock.between(o.created, a.at)) / 3600
        for o in history.occasions
        if o.created > edge
        for a in _invited(o, side)
        if a.at is not None and a.at <= history.now
    ]
    return Measured(median(taken), len(taken)) if len(taken) >= 3 else None


def follow_through(history: History) -> Measured | None:
    """The share of held meetings followed within one working day by a mail between two of their people; last 90 days.

    A proxy: nobody can tell from headers that the mail is about the meeting.

    Unit: share
    Range: 0 to 1
    Better: higher; 0.6 is good, below 0.25 a concern
    Least n: 3 held meetings, n counts those at least a working day old
    Example: 5 calls, after 3 of them a mail the same day: 0.6
    Source: signals M8
    """
    edge, followed, counted = history.since(BASE_DAYS), 0, 0
    for occasion in history.held:
        until = history.us.after(occasion.end, history.us.day_seconds)
        if occasion.start <= edge or until > history.now:
            continue
        counted += 1
        people = set(occasion.people)
        followed += any(
            occasion.end <= act.at <= until and len(people.intersection(act.ours + act.theirs)) >= 2
            for act in history.recent(BASE_DAYS)
        )
    return Measured(followed / counted, counted) if counted >= 3 else None


def kind_age(history: History, *, kind: str) -> Measured | None:
    """How long ago the last held meeting of this kind was: review, or goals and planning.

    The kind is the tag the user gave the series, else what the subject says.

    Unit: days
    Range: 0 and up
    Better: lower; a review within 90 days (120 a concern), goals within 365 (400 a concern)
    Least n: 1 held meeting of the kind, n counts them
    Example: last quarterly review 60 days ago: 60
    Source: signals M9, M10
    """
    held = [o for o in history.held if history.series_kind(o) == kind]
    return Measured(history.days_ago(max(o.end for o in held)), len(held)) if held else None


def meeting_load(history: History) -> Measured | None:
    """Hours a week in held meetings with us for each of the partner's people who were there; last 28 days.

    Only meetings that we see count.

    Unit: hours a person and week
    Range: 0 and up
    Better: inside the own band; twice the usual is a concern
    Least n: 1 held meeting, n counts them
    Example: two people, each in four one-hour calls in four weeks: 1.0
    Source: signals B5
    """
    return _load(history, history.since(AHEAD_DAYS), history.now)


def meeting_load_change(history: History) -> Measured | None:
    """The meeting load of the last 28 days over that of the 90 days before.

    Unit: ratio
    Range: above 0; 1 = unchanged
    Better: near 1; above 2 is a concern
    Least n: 3 held meetings before, n counts those
    Example: 2 h a person and week now, 1 h before: 2.0
    Source: signals B5, section 3.13
    """
    now = _load(history, history.since(AHEAD_DAYS), history.now)
    then = _load(history, history.since(AHEAD_DAYS + BASE_DAYS), history.since(AHEAD_DAYS))
    if now is None or then is None or then.n < 3 or then.value == 0:
        return None
    return Measured(now.value / then.value, then.n)


def status_series(history: History) -> Measured | None:
    """How many standing status meetings the partner attends: live series of that kind.

    Unit: series
    Range: 0 and up
    Better: few; each more asks for a reason
    Least n: 1 instance of a series, n counts all known
    Example: a daily stand-up and a weekly status call: 2
    Source: signals B5
    """
    instances = [o for o in history.occasions if o.series is not None]
    live = {
        o.series
        for o in instances
        if o.start > history.now and o.cancelled is None and history.series_kind(o) == "status"
    }
    return Measured(len(live), len(instances)) if instances else None


def _load(history: History, since: int, until: int) -> Measured | None:
    held = [o for o in history.held if since < o.start <= until]
    people = {person for o in held for person in o.attended if person in o.theirs}
    if not people:
        return None
    seconds = sum((o.end - o.start) * sum(person in people for person in o.attended) for o in held)
    return Measured(seconds / 3600 / len(people) / ((until - since) / (7 * DAY)), len(held))


def _past(history: History) -> list[Occasion]:
    edge = history.since(BASE_DAYS)
    return [o for o in history.occasions if edge < o.start and o.end <= history.now]


def _invited(occasion: Occasion, side: Side) -> list[Answer]:
    return [a for a in occasion.answers if a.side is side and not a.is_organiser]
