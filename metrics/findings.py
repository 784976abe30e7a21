"""What asks for attention, on their side and on ours, each in one sentence of words and numbers.

    found = findings(history, measured(history, METRICS), trends=trend_alarms(history, limit=limit))
    concerns = [finding for finding in found if finding.level is Level.CONCERN]

The alert mail, `explain` and the digest show the same sentences. Findings about us go to our owner only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metrics.awaiting import CONCERN_TIMES, Owed, owed
from metrics.bands import BANDS, Band, Level
from metrics.base import Measured
from metrics.contact_findings import contact_findings
from metrics.finding import Finding
from metrics.history import History
from metrics.meeting_findings import meeting_findings
from metrics.own_bands import DEFAULT_CHANCE, own_band_findings
from metrics.ownership import owners
from metrics.people_findings import people_findings
from metrics.registry import BY_NAME
from metrics.trend import Trend
from metrics.wording import changed_by, count, decimal, hours, in_unit, listed, sentence, share_of, times
from models.records import Side

__all__ = ["Finding", "findings"]

_AS_GOOD_AS_NONE = 0.05
_LIKELY = 0.5  # only answers that usually come are called for
# What is told already where one of these stands, of the same side.
_SAID_BY = {
    "their_answer_trend": ("their_answers",),
    "our_answer_trend": ("our_answers",),
    "their_reply_rate": ("their_replies",),
    "our_reply_rate": ("our_replies",),
    "series_coverage": ("meetings_held",),
    "moved_share": ("their_moves",),
}
_COLD_DAYS, _WARM_DAYS = 180, 90


def findings(
    history: History,
    readings: Mapping[str, Measured],
    *,
    trends: Sequence[Trend] = (),
    chance: float = DEFAULT_CHANCE,
) -> tuple[Finding, ...]:
    """Every signal that can be judged, concerns first, within a level ours before theirs, then by name.

    readings  from `metrics.base.measured`; those that are missing are not judged
    trends    from `metrics.trend.trend_alarms`
    chance    from `metrics.own_bands.chance_for`
    """
    found = [
        *(Finding(t.name, t.side, Level.CONCERN, t.sentence, t.recent, t.n, since=t.raised) for t in trends),
        *_answers_owed(history, Side.US),
        *_answers_owed(history, Side.PARTNER),
        *_owner(history, readings),
        *_backup(history, readings),
        *people_findings(history, readings),
        *contact_findings(history, readings),
        *meeting_findings(history, readings),
        *own_band_findings(history, readings, chance=chance),
        *_from_bands(readings),
    ]
    order = {Level.CONCERN: 0, Level.BETWEEN: 1, Level.HEALTHY: 2}
    return tuple(sorted(_each_told_once(found), key=lambda f: (order[f.level], f.side is not Side.US, f.name)))


def _each_told_once(found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, those that a graver one says already no concerns of their own."""
    concerns = {(finding.name, finding.side) for finding in found if finding.level is Level.CONCERN}
    for finding in found:
        said = any((name, finding.side) in concerns for name in _SAID_BY.get(finding.name, ()))
        yield replace(finding, level=Level.BETWEEN) if said and finding.level is Level.CONCERN else finding


def _from_bands(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    for band in BANDS:
        read = readings.get(band.metric)
        if read is None or read.n < band.least_n:
            continue
        shown = _shown(band, read)
        is_none = band.none and read.value < _AS_GOOD_AS_NONE and not read.at_least
        words = (band.none if is_none else band.words).format(
            value=shown,
            n=read.n,
            were="was" if shown == "1" else "were",
            times=times(read.value) if not read.at_least else f"at least {decimal(read.value)} times",
            changed=changed_by(read.value),
        )
        yield Finding(band.metric, band.side, band.level(read), sentence(words), read.value, read.n)


def _shown(band: Band, read: Measured) -> str:
    """A value as its sentence wants it."""
    metric = BY_NAME[band.metric]
    floor = "at least " if read.at_least else ""
    if metric.unit == "share" and "{n}" in band.words:
        return floor + share_of(read.value, read.n)
    if metric.decimals == 0 and metric.unit != "days":
        return floor + (f"{read.value:.0f}" if round(read.value) else "none")
    return floor + in_unit(read.value, metric.unit)


def _answers_owed(history: History, side: Side) -> Iterator[Finding]:
    name = "answers_we_owe" if side is Side.US else "answers_they_owe"
    expected = [owing for owing in owed(history, side) if owing.likelihood >= _LIKELY]
    if not expected:
        if history.waits_for(side, 90):
            who = "You owe them" if side is Side.US else "They owe you"
            yield Finding(name, side, Level.HEALTHY, f"{who} no answer.", 0, len(history.waits_for(side, 90)))
        return
    oldest = expected[0]
    level = Level.CONCERN if oldest.hours > CONCERN_TIMES * oldest.due_hours else Level.BETWEEN
    if not oldest.is_overdue:
        level = Level.HEALTHY
    words = _owed_in_words(history, expected, side)
    since = _overdue_since(history, oldest) if level is Level.CONCERN else None
    yield Finding(name, side, level, words, oldest.hours, len(expected), _named(expected), since)


def _overdue_since(history: History, oldest: Owed) -> int:
    """When the oldest answer became a concern; its writer's absences are not counted back, so rather too late."""
    clock = history.clock(oldest.wait.answering)
    return min(clock.after(oldest.wait.opened, round(CONCERN_TIMES * oldest.due_hours * 3600)), history.now)


def _owed_in_words(history: History, expected: Sequence[Owed], side: Side) -> str:
    oldest = expected[0]
    opened = history.date_of(oldest.wait.opened)
    year = f" {opened.year}" if opened.year != history.date_of(history.now).year else ""
    clock = history.clock(side)
    day, waited = f"{opened:%-d %B}{year}", hours(oldest.hours, clock.day_seconds / 3600)
    if clock.between(oldest.wait.opened, history.now) - oldest.wait.waited >= clock.day_seconds:
        waited += ", absences left out"
    late = sum(owing.is_overdue for owing in expected)
    answers, asked = count(len(expected), "answer"), listed(oldest.wait.asked)
    if len(expected) == 1:
        overdue = ", overdue" if late else ""
        if side is Side.US:
            return f"You owe {answers}: {oldest.wait.asker} has waited since {day} ({waited}){overdue}."
        return f"They owe you {answers}: {asked} {_were(oldest.wait.asked)} asked on {day} ({waited}){overdue}."
    overdue = f"; {share_of(late / len(expected), len(expected))} of them overdue" if late else ""
    if side is Side.US:
        return f"You owe {answers}; {oldest.wait.asker} has waited longest, since {day} ({waited}){overdue}."
    return f"They owe you {answers}; the oldest, asked of {asked}, has been open since {day} ({waited}){overdue}."


def _were(people: Sequence[str]) -> str:
    return "was" if len(people) == 1 else "were"


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
    yield Finding("owner_silence", Side.US, level, sentence(words), silence.value, silence.n, who)


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
    yield Finding("backup_age", Side.US, level, sentence(words), age.value, age.n)
