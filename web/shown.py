"""What the two pages show: rows and sentences, made from store and history. No HTML here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.words import day, moment, number
from metrics.awaiting import owed
from metrics.base import Measured, Metric, measured
from metrics.history import History
from metrics.people import person_days, silent_people
from metrics.registry import METRICS
from metrics.working_time import moment_of
from models.letters import Answer
from models.records import Flip, Partner, Side, Standing, State
from models.settings import Settings
from models.store.sources import Source
from web.drawings import GapChart, Timeline, gap_chart, timeline

ORDER = (State.GONE, State.QUIET, State.LATE, State.FADING, State.BLIND, State.NEW, State.PAUSED, State.ON_RHYTHM)
NAMES = {state: state.value.replace("_", " ") for state in State}

# Both sides by one definition: (metric without its side, what a person calls it).
_MIRROR = (
    ("answer_time", "Usual answer time"),
    ("slow_answer_time", "9 in 10 answers within"),
    ("reply_rate", "Answered within target"),
    ("nudges", "Reminders needed per answer"),
    ("active_people", "People in contact, 4 weeks"),
    ("after_hours_pressure", "Mail pressing into the other's evenings"),
    ("impatience", "Reminders before the usual answer time"),
    ("short_notice_churn", "Meetings changed at short notice"),
)
_PAIRS = (
    ("awaiting_them", "awaiting_us", "Answers owed now"),
    ("moved_by_them", "moved_by_us", "Meetings moved"),
    ("cancelled_by_them", "cancelled_by_us", "Meetings cancelled"),
)
_UNITS = {
    "business hours": " h",
    "joint business days": " days",
    "days": " days",
    "people": "",
    "conversations": "",
    "mails per answer": "",
}
CANNOT_SEE = (
    "Telephone, chat and tools that are not connected; whether the work is good and whether an answer answers; why "
    "somebody is silent; who missed a meeting, unless attendance is recorded."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One partner on the status page."""

    partner: Partner
    state: State
    name: str
    reason: str
    since: str
    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPage:
    """Everything on a partner's page, ready to be set."""

    partner: Partner
    state: State
    name: str
    standing: Standing
    facts: tuple[tuple[str, str], ...]
    mirror: tuple[tuple[str, str, str], ...]
    timeline: Timeline
    gaps: GapChart | None
    open_threads: tuple[tuple[str, str, str, str], ...]
    meetings: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str, str, bool], ...]
    log: tuple[tuple[str, str], ...]
    signals: tuple[tuple[str, str, str, str], ...]
    can_undo: bool


def status_rows(
    partners: Sequence[Partner], standings: Mapping[str, Standing], zone: str, *, now: datetime
) -> list[StatusRow]:
    """Every partner, worst first."""
    rows = []
    for partner in partners:
        standing = standings.get(partner.key)
        state = State.NEW if standing is None else standing.state
        rows.append(
            StatusRow(
                partner=partner,
                state=state,
                name=NAMES[state],
                reason="Not judged yet." if standing is None else standing.reason,
                since="" if standing is None else day(standing.since, zone, now=now),
                heard=day(standing.last_inbound, zone, now=now) if standing and standing.last_inbound else "never",
            )
        )
    return sorted(rows, key=lambda row: (ORDER.index(row.state), row.partner.title.lower()))


def source_lines(sources: Sequence[Source], settings: Settings, *, now: datetime) -> list[tuple[str, str, bool]]:
    """Name, freshness and whether it is well, of each source; archives are snapshots and always well."""
    stale = timedelta(hours=settings.judge.stale_after_hours)
    lines = []
    for source in sources:
        until = "never read to its end"
        if source.read_until is not None:
            until = f"read up to {moment(source.read_until, settings.zone, now=now)}"
        is_late = source.live and (source.read_until is None or now - source.read_until > stale)
        says = f"{source.failure}; {until}" if source.failure else until
        lines.append((source.name, says, not is_late and source.failure is None))
    return lines


def partner_page(
    partner: Partner,
    standing: Standing,
    history: History,
    names: Mapping[str, str],
    *,
    flips: Sequence[Flip],
    answers: Sequence[Answer],
    titles: Mapping[str, str],
    settings: Settings,
    now: datetime,
) -> PartnerPage:
    """The page of one partner at its horizon."""
    values = measured(history, METRICS)
    by_name = {metric.name: metric for metric in METRICS}
    evidence: Mapping[str, Any] = standing.evidence
    gaps: Mapping[str, Any] = evidence.get("gaps") or {}
    silence = evidence.get("silence")
    live = [flip for flip in flips if not flip.historical]
    return PartnerPage(
        partner=partner,
        state=standing.state,
        name=NAMES[standing.state],
        standing=standing,
        facts=tuple(_facts(partner, standing, history, titles, settings, now)),
        mirror=tuple(_mirror(values, by_name)),
        timeline=timeline(history, live),
        gaps=gap_chart(
            gaps.get("recent") or (), None if silence is None else float(silence), gaps.get("median"), gaps.get("p90")
        ),
        open_threads=tuple(_open_threads(history, names, settings)),
        meetings=tuple(_meetings(history)),
        people=tuple(_people(history, names)),
        log=tuple(_log(live, answers, settings, now)),
        signals=tuple(
            (metric.meaning, _value(values[metric.name], metric), f"n = {values[metric.name].n}", metric.signal)
            for metric in METRICS
            if metric.name in values
        ),
        can_undo=any(answer.undone_at is None and answer.kind.value != "undo" for answer in answers),
    )


def _facts(
    partner: Partner,
    standing: Standing,
    history: History,
    titles: Mapping[str, str],
    settings: Settings,
    now: datetime,
) -> list[tuple[str, str]]:
    zone = settings.zone
    theirs = now.astimezone(ZoneInfo(partner.hours.zone))
    at = int(now.timestamp())
    is_open = history.them.is_open(at)
    opens = (
        "open now"
        if is_open
        else f"closed, opens {moment(moment_of(history.them.next_opening(at)), zone, now=now)} yours"
    )
    ahead = [o for o in history.occasions if o.start > history.now and o.cancelled is None]
    rows = [
        ("Owner", partner.owner or "nobody"),
        ("Deputy", partner.deputy or "nobody"),
        (
            "Their time",
            f"{theirs:%a %H:%M} {theirs:%Z}, {opens}{' (hours learned)' if history.hours_are_learned else ''}",
        ),
        ("Last word from them", moment(standing.last_inbound, zone, now=now) if standing.last_inbound else "never"),
        ("Last word from us", moment(standing.last_outbound, zone, now=now) if standing.last_outbound else "never"),
        ("Next meeting", moment(moment_of(min(o.start for o in ahead)), zone, now=now) if ahead else "none booked"),
    ]
    if standing.late_after is not None and standing.late_after > standing.judged_at:
        rows.append(("Late, if nothing comes, on", day(standing.late_after, zone, now=now)))
    if standing.quiet_after is not None and standing.quiet_after > standing.judged_at:
        rows.append(("Quiet, if nothing comes, on", day(standing.quiet_after, zone, now=now)))
    if partner.paused_until is not None:
        rows.append(("Paused until", f"{partner.paused_until:%-d %B %Y} {partner.pause_reason or ''}".strip()))
    if partner.backup is not None:
        rows.append(("Backup", titles.get(partner.backup, partner.backup)))
    rows.append(("Data read up to", moment(standing.judged_at, zone, now=now)))
    return rows


def _mirror(values: Mapping[str, Measured], metrics: Mapping[str, Metric]) -> list[tuple[str, str, str]]:
    rows = []
    pairs = [(f"their_{name}", f"our_{name}", label) for name, label in _MIRROR]
    for theirs, ours, label in (*pairs[:2], *_PAIRS[:1], *pairs[2:], *_PAIRS[1:]):
        if theirs in values or ours in values:
            rows.append(
                (
                    label,
                    _value(values[theirs], metrics[theirs]) if theirs in values else "too little to say",
                    _value(values[ours], metrics[ours]) if ours in values else "too little to say",
                )
            )
    return rows


def _value(found: Measured, metric: Metric) -> str:
    prefix = "> " if found.at_least else ""
    if metric.unit == "share":
        return f"{prefix}{found.value * 100:.0f} %"
    return f"{prefix}{round(found.value, metric.decimals):g}{_UNITS.get(metric.unit, ' ' + metric.unit)}"


def _open_threads(history: History, names: Mapping[str, str], settings: Settings) -> list[tuple[str, str, str, str]]:
    rows = []
    for side, who in ((Side.US, "We owe"), (Side.PARTNER, "They owe")):
        for owing in owed(history, side)[:8]:
            wait = owing.wait
            person = wait.asker if side is Side.US else (wait.asked[0] if wait.asked else wait.asker)
            age = f"{number(owing.hours)} h of {number(owing.due_hours)} h"
            state = "overdue" if owing.is_overdue else "in time"
            since = day(moment_of(wait.opened), settings.zone, now=history.moment)
            rows.append((who, f"{names.get(person, person.partition('@')[0])}, since {since}", age, state))
    return rows


def _meetings(history: History) -> list[tuple[str, str]]:
    edge = history.since(84)
    rows: list[tuple[str, str]] = []
    for occasion in sorted(history.occasions, key=lambda o: -o.start):
        if occasion.start < edge or len(rows) >= 14:
            continue
        rung = occasion.rung(history.now)
        if occasion.cancelled is not None:
            by = {Side.US: " by us", Side.PARTNER: " by them"}.get(occasion.organised_by or Side.OTHER, "")
            what = f"cancelled{by}"
        elif occasion.start > history.now:
            what = "planned"
        else:
            what = rung.value if rung is not None else "nothing says that it took place"
        moved = f", moved {len(occasion.moves)}×" if occasion.moves else ""
        at = history.date_of(occasion.start)
        rows.append((f"{at:%a} {at.day} {at:%b}", what + moved))
    return rows


def _people(history: History, names: Mapping[str, str]) -> list[tuple[str, str, str, bool]]:
    """Their people by contact days of 90 days; ours are not shown by person."""
    silent = {person.person for person in silent_people(history)}
    days = person_days(history, Side.PARTNER, 90)
    last: dict[str, int] = {}
    for act in history.acts:
        if act.side is Side.PARTNER:
            last[act.person] = act.at
    rows = []
    for person in sorted({*days, *silent}, key=lambda p: (-days[p], p))[:12]:
        seen = last.get(person)
        when = "" if seen is None else f"last wrote {history.date_of(seen):%-d %b %Y}"
        rows.append((names.get(person, person), f"{days[person]} days of contact", when, person in silent))
    return rows


def _log(flips: Sequence[Flip], answers: Sequence[Answer], settings: Settings, now: datetime) -> list[tuple[str, str]]:
    lines = [(flip.turned_at, f"{NAMES[flip.old]} → {NAMES[flip.new]}") for flip in flips]
    for answer in answers:
        until = f" until {answer.until:%-d %b %Y}" if answer.until is not None else ""
        note = f", because {answer.note}" if answer.note else ""
        back = " (taken back)" if answer.undone_at is not None else ""
        lines.append((answer.at, f"{answer.who}: {answer.kind.value.replace('-', ' ')}{until}{note}{back}"))
    return [(moment(at, settings.zone, now=now), says) for at, says in sorted(lines, reverse=True)[:20]]
