"""The alert about one partner: what changed, your side first, evidence, what was checked, how sure, one next step."""

from __future__ import annotations

from datetime import datetime

from alerts.actions import buttons_for
from alerts.facts import AlertFacts
from alerts.gap_strip import GapStrip, gap_strip
from alerts.next_step import next_step, usual_range
from alerts.sheet import Desk, Mood, Section, Sheet
from alerts.words import count, day, listed, moment, number, percent, short, times, working_days
from models.letters import NoticeKind
from models.records import State

_MOODS = {State.LATE: Mood.LATE, State.QUIET: Mood.QUIET, State.GONE: Mood.GONE, State.FADING: Mood.FADING}


def alert_sheet(facts: AlertFacts, desk: Desk) -> Sheet:
    """One screen about one partner; a reminder and an escalation differ from a first alert in their first lines."""
    mood = mood_of(facts)
    return Sheet(
        subject=_subject(facts, mood),
        mood=mood,
        badge=_badge(facts, mood),
        title=facts.partner.title,
        lead=lead(facts, desk),
        strip=strip_of(facts),
        sections=tuple(
            section
            for section in (
                Section(title="Your side first", lines=our_share(facts, desk)),
                Section(title="Evidence", lines=evidence_lines(facts, desk), is_table=True),
                Section(title="Harmless explanations checked", lines=_checks(facts, desk), is_small=True),
                Section(title="How sure", lines=_sureness(facts), is_small=True),
            )
            if section.lines
        ),
        step=next_step(facts, desk),
        buttons=buttons_for(facts.partner.key, desk),
        footer=footer(desk),
        unsubscribe=desk.unsubscribe,
    )


def mood_of(facts: AlertFacts) -> Mood:
    """The first word: what they are, or that we owe them where it is our turn and we have not written."""
    if facts.mirror.owed and not facts.mirror.wrote_since and facts.state is not State.GONE:
        return Mood.OWE
    return _MOODS.get(facts.state, Mood.QUIET)


def _subject(facts: AlertFacts, mood: Mood) -> str:
    title, usual = short(facts.partner.title), _usual(facts)
    silence = working_days(facts.silence) if facts.silence is not None else None
    if mood is Mood.OWE:
        age = f" for {working_days(facts.mirror.owed_days)}" if facts.mirror.owed_days is not None else ""
        rest = f"; no word from them for {number(facts.silence)}{usual}" if facts.silence is not None else ""
        return f"{mood}: {title} – {count(facts.mirror.owed, 'answer')}{age}{rest}"
    if silence is None:
        return f"{mood}: {title} – no word from them"
    what = "no contact either way" if is_mutual(facts) else "no word from them"
    if facts.kind is NoticeKind.REMINDER:
        return f"{mood}: {title} – still {what}, {silence} now{usual}"
    if facts.kind is NoticeKind.ESCALATION:
        return f"{mood}: {title} – {what} for {silence}{usual}, and nobody has answered"
    return f"{mood}: {title} – {what} for {silence}{usual}"


def _usual(facts: AlertFacts) -> str:
    if facts.rhythm.median is not None:
        return f" (usual: {number(facts.rhythm.median)})"
    return f" (agreed: {number(facts.partner.cadence)})" if facts.partner.cadence is not None else ""


def is_mutual(facts: AlertFacts) -> bool:
    """Neither side has written: nobody wrote since their last word, and nothing of theirs waits for us."""
    return not facts.mirror.wrote_since and not facts.mirror.owed


def _badge(facts: AlertFacts, mood: Mood) -> str:
    extra = {NoticeKind.REMINDER: " · reminder", NoticeKind.ESCALATION: " · escalated to you"}.get(facts.kind, "")
    return f"{mood}{extra}"


def lead(facts: AlertFacts, desk: Desk) -> str:
    """What changed, with numbers: since when, how long, against what is usual for them."""
    if facts.silence is None or facts.since is None:
        return facts.reason or "No word from them."
    owed = f"{_owed(facts, desk)} " if mood_of(facts) is Mood.OWE else ""
    start = "No contact in either direction" if is_mutual(facts) else "No word from them"
    sentence = f"{owed}{start} since {day(facts.since, desk.zone, now=desk.at)}, for {working_days(facts.silence)}."
    rhythm = facts.rhythm
    if rhythm.median is not None:
        span = usual_range(rhythm.median, rhythm.p90)
        longest = f"; longest of the last {rhythm.n}: {number(rhythm.longest)}" if rhythm.longest is not None else ""
        return f"{sentence} {span[0].upper()}{span[1:]}{longest}."
    if facts.partner.cadence is not None:
        return f"{sentence} Agreed: at least every {working_days(facts.partner.cadence)}."
    return sentence


def strip_of(facts: AlertFacts) -> GapStrip | None:
    """The picture of their gaps, with the silence that is or was."""
    rhythm = facts.rhythm
    said = "this time" if facts.kind is NoticeKind.RECOVERY else "now"
    return gap_strip(rhythm.recent, facts.silence, rhythm.median, rhythm.p90, said=said)


def our_share(facts: AlertFacts, desk: Desk) -> tuple[str, ...]:
    """What we owe, and whether we have written: before anything about them."""
    mirror = facts.mirror
    you = "You" if facts.partner.owner in {None, desk.reader} else "We"
    if mirror.wrote_since:
        last = facts.options.last_nudge or facts.evidence.last_outbound
        on = f", last on {day(last, desk.zone, now=desk.at)}" if last is not None else ""
        wrote = f"{you} wrote {times(mirror.wrote_since)} since{on}; no reply."
    else:
        wrote = f"{you} have not written either." if not mirror.owed else f"{you} have not written since."
    # Where it is our turn, the first sentence of the mail has said so already.
    lines = [wrote if mood_of(facts) is Mood.OWE else f"{_owed(facts, desk)} {wrote}"]
    if mirror.moved_by_us:
        lines.append(f"We moved or cancelled {count(mirror.moved_by_us, 'meeting')} in the last 4 weeks.")
    return tuple(lines)


def _owed(facts: AlertFacts, desk: Desk) -> str:
    """What we owe them, in one sentence."""
    mirror = facts.mirror
    whose = "You owe" if facts.partner.owner in {None, desk.reader} else "We owe"
    if not mirror.owed:
        return f"{whose} them no answer."
    which = ", the oldest" if mirror.owed > 1 else ""
    if mirror.owed_to is not None and mirror.owed_at is not None:
        on = day(mirror.owed_at, desk.zone, now=desk.at)
        which = f"{which or ','} to {mirror.owed_to}, who wrote on {on} and has waited"
    age = f"{which} for {working_days(mirror.owed_days)}" if mirror.owed_days is not None else ""
    return f"{whose} them {count(mirror.owed, 'answer')}{age}."


def evidence_lines(facts: AlertFacts, desk: Desk) -> tuple[str, ...]:
    """Last inbound and outbound, meetings, the oldest open thread; only what is known."""
    evidence = facts.evidence

    def on(label: str, at: datetime) -> str:
        return f"{label}: {moment(at, desk.zone, now=desk.at)}"

    lines = [on("They last wrote", evidence.last_inbound)] if evidence.last_inbound else ["They last wrote: never"]
    if evidence.last_outbound is not None:
        lines.append(on("We last wrote", evidence.last_outbound))
    if evidence.last_meeting is not None:
        lines.append(on("Last met", evidence.last_meeting))
    if evidence.next_meeting is not None:
        stands = {True: ", accepted", False: ", not accepted yet", None: ""}[evidence.next_meeting_accepted]
        lines.append(on("Next meeting", evidence.next_meeting) + stands)
    else:
        lines.append("Next meeting: none booked")
    if evidence.thread_with is not None and evidence.thread_at is not None:
        when = day(evidence.thread_at, desk.zone, now=desk.at)
        lines.append(f"Open thread: {evidence.thread_with} has not answered since {when}")
    if evidence.moved_by_them:
        lines.append(f"Changed by them: {count(evidence.moved_by_them, 'meeting')} moved or cancelled in 4 weeks")
    return tuple(lines)


def _checks(facts: AlertFacts, desk: Desk) -> tuple[str, ...]:
    checks = facts.checks
    holidays = f"Public holidays taken out: {listed(checks.holidays, 4)}." if checks.holidays else None
    no_holidays = (
        "No public holiday in between." if facts.partner.hours.country else "Their country is not set: no holidays."
    )
    absent = " ".join(checks.absences) if checks.absences else "No out-of-office reply and no declared pause."
    fresh = None
    if checks.read_until is not None:
        sources = {0: "Sources", 1: "The one source", 2: "Both sources"}.get(
            checks.sources, f"All {checks.sources} sources"
        )
        fresh = f"{sources} read up to {moment(checks.read_until, desk.zone, now=desk.at)}."
    unknown = "Not connected, so not seen: phone, chat."
    return (" ".join(part for part in (holidays or no_holidays, absent, fresh, unknown) if part),)


def _sureness(facts: AlertFacts) -> tuple[str, ...]:
    parts = []
    if facts.chance is not None:
        parts.append(f"If nothing had changed, a silence this long has a chance of {percent(facts.chance)}.")
    if facts.past.fired:
        by_itself = f"{facts.past.resolved} ended by itself" if facts.past.resolved == 1 else ""
        if facts.past.resolved != 1:
            by_itself = f"{facts.past.resolved} ended by themselves" if facts.past.resolved else "none ended by itself"
        parts.append(f"In 12 months this rule fired {times(facts.past.fired)} for them; {by_itself}.")
    elif facts.chance is not None:
        parts.append("It has not fired for them in the last 12 months.")
    if facts.tone:
        parts.append(facts.tone)
    if facts.model:
        parts.append(f"Rule: {facts.model}.")
    return (" ".join(parts),) if parts else ()


def footer(desk: Desk) -> tuple[str, ...]:
    """Who else got it, when it escalates, why you get it."""
    lines = [f"Also sent to {listed(desk.others)}." if desk.others else "Sent to nobody else."]
    if desk.escalates:
        lines.append(desk.escalates)
    if desk.why:
        lines.append(desk.why)
    return tuple(lines)
