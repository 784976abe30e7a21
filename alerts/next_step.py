"""One next step, chosen by rules from what is known: answer, wait, raise it when you meet, call, or look elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.facts import AlertFacts
from alerts.sheet import Desk
from alerts.words import day, moment, number, working_days
from models.records import State

_SOON = timedelta(days=7)


def next_step(facts: AlertFacts, desk: Desk) -> tuple[str, ...]:
    """The step, and at most two lines that make it easier; never more than one thing to do."""
    options, mirror = facts.options, facts.mirror
    evidence = facts.evidence
    if mirror.owed and mirror.owed_to is not None:
        return (f"Answer {mirror.owed_to} first: the silence may be waiting for us.",)
    if mirror.owed:
        whose = "you" if facts.partner.owner in {None, desk.reader} else facts.partner.owner
        which = "their mail has" if mirror.owed == 1 else f"{mirror.owed} of their mails have"
        age = ""
        if mirror.owed_days is not None:
            age = f"{', the oldest' if mirror.owed > 1 else ''} for {working_days(mirror.owed_days)}"
        return (f"Answer first: {which} waited for {whose}{age}. The silence may be waiting for us.",)
    wait_until = _patience_ends(facts)
    if wait_until is not None and wait_until > desk.at:
        usual = working_days(options.usual_answer_days or 0)
        written = day(options.last_nudge, desk.zone, now=desk.at) if options.last_nudge else "lately"
        until = day(wait_until, desk.zone, now=desk.at)
        return (f"Wait until {until}: you wrote on {written}, and they usually take {usual} to answer.",)
    if evidence.next_meeting is not None and evidence.next_meeting - desk.at <= _SOON:
        when = moment(evidence.next_meeting, desk.zone, now=desk.at)
        sure = "" if evidence.next_meeting_accepted else " They have not accepted it yet: ask whether it stands."
        return (f"Raise it when you meet on {when}.{sure}",)
    if mirror.wrote_since >= 2:
        first = "Call instead of sending another mail."
    elif mirror.wrote_since == 1:
        first = "Call them, or ask somebody else on their side: a second mail rarely helps more than a call."
    else:
        first = "Write or call: nobody has, on either side."
    return (first, *_easier(facts, desk))


def _patience_ends(facts: AlertFacts) -> datetime | None:
    """When their usual answer time to our last mail is over; None where we have not written or nothing is usual."""
    nudge, usual = facts.options.last_nudge, facts.options.usual_answer_days
    if nudge is None or usual is None or facts.state is State.GONE:
        return None
    return nudge + timedelta(days=usual * 7 / 5)


def _easier(facts: AlertFacts, desk: Desk) -> list[str]:
    options = facts.options
    lines = []
    if options.open_until is not None:
        theirs = options.open_until.astimezone(ZoneInfo(facts.partner.hours.zone))
        ours = options.open_until.astimezone(ZoneInfo(desk.zone))
        same = theirs.utcoffset() == ours.utcoffset()
        lines.append(
            f"Their office is open now, until {theirs:%H:%M}{'' if same else f' {theirs:%Z} = {ours:%H:%M} yours'}."
        )
    elif options.opens_at is not None:
        theirs = options.opens_at.astimezone(ZoneInfo(facts.partner.hours.zone))
        ours = options.opens_at.astimezone(ZoneInfo(desk.zone))
        if theirs.utcoffset() == ours.utcoffset():
            lines.append(f"Their office opens {day(options.opens_at, desk.zone, now=desk.at)} at {theirs:%H:%M}.")
        else:
            lines.append(
                f"Their morning: {day(options.opens_at, desk.zone, now=desk.at)}, "
                f"{theirs:%H:%M} {theirs:%Z} = {ours:%H:%M} yours."
            )
    if options.other_person is not None:
        lines.append(f"Somebody else over there: {options.other_person}.")
    elif options.backup is not None:
        seen = (
            f"last in touch {day(options.backup_seen, desk.zone, now=desk.at)}"
            if options.backup_seen is not None
            else "no contact on record"
        )
        lines.append(f"Backup: {options.backup}, {seen}.")
    return lines[:2]


def usual_range(median: float | None, p90: float | None) -> str:
    """ "usual: 3", "usual: 3, nine in ten within 5", "" where nothing is known."""
    if median is None:
        return ""
    if p90 is None or number(p90) == number(median):
        return f"usual: {number(median)}"
    return f"usual: {number(median)}, nine in ten within {number(p90)}"
