"""What asks for attention, on their side and on ours, each in one sentence of words and numbers.

    found = findings(history, measured(history, METRICS), trends=trend_alarms(history, limit=limit))
    concerns = [finding for finding in found if finding.level is Level.CONCERN]

The alert mail, `explain` and the digest show the same sentences. Findings about us go to our owner only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metrics.awaiting import Owed, owed
from metrics.balance import starts
from metrics.bands import BANDS, Level
from metrics.base import Measured
from metrics.history import History
from metrics.ownership import owners
from metrics.people import is_shared_mailbox, person_days, silent_people, unreachable_people
from metrics.pressure import pressed_weeks
from metrics.quantiles import wilson
from metrics.registry import BY_NAME
from metrics.trend import Trend
from metrics.wording import count, hours, in_unit, percent
from models.records import Side

_LIKELY = 0.5  # only answers that usually come are called for
_COLD_DAYS, _WARM_DAYS = 180, 90
_MEETINGS_ARE_USUAL = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a partner.

    name      stable key: the metric's name, or the rule's
    side      whose behaviour it is about: US or PARTNER
    sentence  with its numbers, for people
    value, n  what it rests on, in the metric's unit
    people    addresses it names, if any
    """

    name: str
    side: Side
    level: Level
    sentence: str
    value: float
    n: int
    people: tuple[str, ...] = ()


def findings(
    history: History, readings: Mapping[str, Measured], *, trends: Sequence[Trend] = ()
) -> tuple[Finding, ...]:
    """Every signal that can be judged, concerns first, within a level ours before theirs, then by name.

    readings  from `metrics.base.measured`; those that are missing are not judged
    trends    from `metrics.trend.trend_alarms`
    """
    found = [
        *(Finding(t.name, t.side, Level.CONCERN, t.sentence, t.recent, t.n) for t in trends),
        *_answers_owed(history, Side.US),
        *_answers_owed(history, Side.PARTNER),
        *_owner(history, readings),
        *_backup(history, readings),
        *_people(history, readings),
        *_beginnings(history),
        *_pressure(history, readings),
        *_next_meeting(history, readings),
        *_copied_in(readings),
        *_from_bands(readings),
    ]
    order = {Level.CONCERN: 0, Level.BETWEEN: 1, Level.HEALTHY: 2}
    return tuple(sorted(found, key=lambda f: (order[f.level], f.side is not Side.US, f.name)))


def _from_bands(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    for band in BANDS:
        read = readings.get(band.metric)
        if read is None or read.n < band.least_n:
            continue
        metric = BY_NAME[band.metric]
        shown = (
            f"{read.value:.0f}" if metric.decimals == 0 and metric.unit != "days" else in_unit(read.value, metric.unit)
        )
        words = band.words.format(value=("at least " if read.at_least else "") + shown, n=read.n)
        yield Finding(band.metric, band.side, band.level(read), words[0].upper() + words[1:], read.value, read.n)


def _answers_owed(history: History, side: Side) -> Iterator[Finding]:
    name = "answers_we_owe" if side is Side.US else "answers_they_owe"
    expected = [owing for owing in owed(history, side) if owing.likelihood >= _LIKELY]
    if not expected:
        if history.waits_for(side, 90):
            who = "You owe them" if side is Side.US else "They owe you"
            yield Finding(name, side, Level.HEALTHY, f"{who} no answer.", 0, len(history.waits_for(side, 90)))
        return
    oldest = expected[0]
    level = Level.CONCERN if oldest.hours > 2 * oldest.due_hours else Level.BETWEEN
    if not oldest.is_overdue:
        level = Level.HEALTHY
    yield Finding(
        name, side, level, _owed_in_words(history, expected, side), oldest.hours, len(expected), _named(expected)
    )


def _owed_in_words(history: History, expected: Sequence[Owed], side: Side) -> str:
    oldest = expected[0]
    since = f"{history.date_of(oldest.wait.opened):%-d %B}"
    overdue = sum(owing.is_overdue for owing in expected)
    if side is Side.US:
        start = f"You owe {count(len(expected), 'answer')}; the oldest, to {oldest.wait.asker}"
    else:
        start = f"They owe you {count(len(expected), 'answer')}; the oldest, asked of {', '.join(oldest.wait.asked)}"
    return f"{start}, has waited since {since} ({hours(oldest.hours)}), {overdue} of them overdue."


def _named(expected: Sequence[Owed]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(owing.wait.asker for owing in expected))


def _owner(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    who = owners(history)
    if len(set(who)) < 2:
        missing = "Nobody is named as owner or deputy." if not who else "Only one of owner and deputy is named."
        yield Finding("owner_or_deputy_missing", Side.US, Level.BETWEEN if who else Level.CONCERN, missing, len(who), 1)
    silence, usual = readings.get("owner_silence"), readings.get("usual_gap")
    rhythm = history.partner.cadence or (usual.value if usual is not None else None)
    if silence is None or rhythm is None:
        return
    level = Level.CONCERN if silence.value > 2 * max(rhythm, 5) else Level.HEALTHY
    words = f"Neither owner nor deputy has been in contact for {count(silence.value, 'working day')}."
    if level is Level.HEALTHY:
        words = f"Owner or deputy was in contact {count(silence.value, 'working day')} ago."
    yield Finding("owner_silence", Side.US, level, words, silence.value, silence.n, who)


def _backup(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    backup = history.partner.backup
    if backup is None:
        return
    age = readings.get("backup_age")
    if age is None:
        words = f"The backup {backup} was never in contact both ways."
        yield Finding("backup_age", Side.US, Level.CONCERN, words, 0, 0)
        return
    level = Level.CONCERN if age.value > _COLD_DAYS else Level.HEALTHY if age.value <= _WARM_DAYS else Level.BETWEEN
    words = f"Last contact both ways with the backup {backup} was {count(age.value, 'day')} ago."
    yield Finding("backup_age", Side.US, level, words, age.value, age.n)


def _people(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    for who in silent_people(history):
        words = (
            f"{who.person} has been silent for {count(who.gap, 'working day')}, usually {who.usual:.0f}, "
            "while others of theirs go on."
        )
        yield Finding("silent_person", Side.PARTNER, Level.CONCERN, words, who.gap, 1, (who.person,))
    for person in unreachable_people(history):
        words = f"Mail to {person} came back as undeliverable and they have not written since: perhaps they have left."
        yield Finding("unreachable_person", Side.PARTNER, Level.CONCERN, words, 1, 1, (person,))
    for side, whose, name in (
        (Side.PARTNER, "their", "their_top_person_share"),
        (Side.US, "your", "our_top_person_share"),
    ):
        share = readings.get(name)
        if share is not None:
            days = person_days(history, side, 90)
            person = max(sorted(days), key=days.__getitem__)
            flag = ", a shared mailbox," if is_shared_mailbox(person) else ""
            level = Level.CONCERN if share.value > 0.7 else Level.HEALTHY if share.value <= 0.5 else Level.BETWEEN
            words = f"{person}{flag} carries {percent(share.value)} of {whose} side of the contact."
            yield Finding(name, side, level, words, share.value, share.n, (person,))
    for side, whose, name in (
        (Side.PARTNER, "their", "their_active_people"),
        (Side.US, "your", "our_active_people"),
    ):
        active = readings.get(name)
        if active is not None and active.n >= 5:
            level = Level.HEALTHY if active.value >= 2 else Level.CONCERN
            verb = "is" if active.value == 1 else "are"
            words = f"{count(active.value, 'person', 'people')} on {whose} side {verb} active."
            yield Finding(name, side, level, words, active.value, active.n)


def _beginnings(history: History) -> Iterator[Finding]:
    theirs, total = starts(history)
    if total < 8:
        return
    low, high = wilson(theirs, total)
    share = theirs / total
    outside = high < 0.15 or low > 0.85
    level = Level.CONCERN if outside else Level.HEALTHY if 0.3 <= share <= 0.7 else Level.BETWEEN
    side = Side.US if share > 0.5 else Side.PARTNER
    words = f"They began {theirs} of the last {total} conversations and meetings ({percent(low)} to {percent(high)})."
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
    crowded = load is not None and load.value > 2
    if crowded or (weeks >= 2 and (hurried or lopsided)):
        facts = [f"in {weeks} of the last 3 weeks you wrote far more than usual"] if weeks >= 2 else []
        facts += [f"{percent(impatience.value)} of reminders were early"] if impatience is not None and hurried else []
        facts += [f"meetings take {load.value:.1f} times as much of their week"] if load is not None and crowded else []
        words = "; ".join(facts) + ": consider bundling."
        yield Finding("over_contact", Side.US, Level.CONCERN, words[0].upper() + words[1:], weeks, 3)
    else:
        yield Finding("over_contact", Side.US, Level.HEALTHY, "The amount of contact from you is as usual.", weeks, 3)


def _next_meeting(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    ahead = readings.get("meetings_ahead")
    held = sum(o.start > history.since(90) for o in history.held)
    if ahead is None or held < _MEETINGS_ARE_USUAL:
        return
    if ahead.value:
        words = f"{count(ahead.value, 'meeting')} {'is' if ahead.value == 1 else 'are'} planned in the next 28 days."
        yield Finding("next_meeting", Side.US, Level.HEALTHY, words, ahead.value, ahead.n)
    else:
        words = f"No meeting is planned in the next 28 days; {count(held, 'was', 'were')} held in the last 90."
        yield Finding("next_meeting", Side.US, Level.CONCERN, words, 0, held)


def _copied_in(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    now, before = readings.get("added_in_copy"), readings.get("added_in_copy_before")
    if now is None or before is None:
        return
    level = Level.CONCERN if now.value > 3 * max(before.value, 0.5) else Level.HEALTHY
    words = f"{now.value:.1f} people a week are newly copied into running conversations, before {before.value:.1f}."
    yield Finding("added_in_copy", Side.PARTNER, level, words, now.value, now.n)
