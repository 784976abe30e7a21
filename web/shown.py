"""What a partner's page shows: rows and sentences, made from store and history. No HTML here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.due_concerns import TOLD
from alerts.episodes import TROUBLE
from alerts.plan import EAR
from alerts.words import day, moment, number, percent
from metrics.awaiting import owed
from metrics.base import Measured, measured
from metrics.history import History
from metrics.registry import BY_NAME, METRICS
from metrics.tone.section import ToneSection
from metrics.working_time import moment_of
from models.letters import Answer
from models.records import Concern, Flip, Partner, Side, Standing, State
from models.settings import Settings
from models.store.sources import Source
from web.answer_times import AnswerTimes, answer_times
from web.drawings import GapChart, Timeline, gap_chart, timeline
from web.first_page import NAMES
from web.mirror import mirror, value_of
from web.people_table import PeopleTable, people_table
from web.pressure_band import PressureBand, pressure_band
from web.unseen import unseen

_MOST_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPage:
    """Everything on a partner's page, ready to be set.

    concerns  what asks for attention: (since, sentence, whether it is about us), ours first
    more_threads  how many open conversations are not among the rows, as a sentence; "" = none
    calls     a mail may have told of it: there is something to answer
    fairness  sentences on evenings, nights and holidays
    """

    partner: Partner
    state: State
    name: str
    standing: Standing
    banner: str
    facts: tuple[tuple[str, str], ...]
    mirror: tuple[tuple[str, str, str], ...]
    concerns: tuple[tuple[str, str, bool], ...]
    timeline: Timeline
    gaps: GapChart | None
    answers: AnswerTimes | None
    pressure: PressureBand | None
    fairness: tuple[str, ...]
    open_threads: tuple[tuple[str, str, str, str], ...]
    more_threads: str
    meetings: tuple[tuple[str, str], ...]
    people: PeopleTable | None
    tone: ToneSection | None
    log: tuple[tuple[str, str], ...]
    signals: tuple[tuple[str, str, str, str], ...]
    unseen: tuple[str, ...]
    can_undo: bool
    calls: bool


def partner_page(
    partner: Partner,
    standing: Standing,
    history: History,
    names: Mapping[str, str],
    *,
    flips: Sequence[Flip],
    answers: Sequence[Answer],
    concerns: Sequence[Concern],
    sources: Sequence[Source],
    carriers: Sequence[str],
    backup: Partner | None,
    tone: ToneSection | None,
    settings: Settings,
    now: datetime,
) -> PartnerPage:
    """The page of one partner at its horizon.

    concerns            the standing ones
    sources, carriers   all sources, and the names of those that carried this partner
    """
    values = measured(history, METRICS)
    evidence: Mapping[str, Any] = standing.evidence
    gaps: Mapping[str, Any] = evidence.get("gaps") or {}
    silence = evidence.get("silence")
    live = [flip for flip in flips if not flip.historical]
    return PartnerPage(
        partner=partner,
        state=standing.state,
        name=NAMES[standing.state],
        standing=standing,
        banner=_banner(partner, history),
        facts=tuple(_facts(partner, standing, history, backup, settings, now)),
        mirror=tuple(mirror(values, BY_NAME)),
        concerns=tuple(_concerns(concerns, names, settings, now)),
        timeline=timeline(history, live),
        gaps=gap_chart(
            gaps.get("recent") or (),
            None if silence is None else float(silence),
            gaps.get("median"),
            gaps.get("p90"),
            _limits(standing, history),
        ),
        answers=answer_times(history),
        pressure=pressure_band(history),
        fairness=tuple(_fairness(values)),
        open_threads=tuple(_open_threads(history, names, settings)),
        more_threads=_more_threads(history),
        meetings=tuple(_meetings(history)),
        people=people_table(history, names, our_people=settings.our_people),
        tone=tone,
        log=tuple(_log(live, answers, settings, now)),
        signals=tuple(
            (metric.meaning, value_of(values[metric.name], metric), f"n = {values[metric.name].n}", metric.signal)
            for metric in METRICS
            if metric.name in values
        ),
        unseen=unseen(
            sources,
            carriers,
            text_read=any(source.texts for source in sources),
            subjects_kept=settings.subjects == "keep",
        ),
        calls=standing.state in TROUBLE or any(concern.name in TOLD for concern in concerns),
        can_undo=any(answer.undone_at is None and answer.kind.value != "undo" for answer in answers),
    )


def _facts(
    partner: Partner,
    standing: Standing,
    history: History,
    backup: Partner | None,
    settings: Settings,
    now: datetime,
) -> list[tuple[str, str]]:
    zone = settings.zone
    theirs = now.astimezone(ZoneInfo(partner.hours.zone))
    second = int(now.timestamp())
    is_open = history.them.is_open(second)
    opens = (
        "open now"
        if is_open
        else f"closed, opens {moment(moment_of(history.them.next_opening(second)), zone, now=now)} yours"
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
    if standing.state is not State.BLIND:  # what would follow from a silence is unknown where a silence is not seen
        for word, at in (("Late", standing.late_after), ("Quiet", standing.quiet_after)):
            if at is not None and at > now:
                rows.append((f"{word}, if nothing comes, from", day(at, zone, now=now)))
    gaps = standing.evidence.get("gaps")
    if standing.chance is not None and standing.state is not State.BLIND:
        n = gaps.get("count") if isinstance(gaps, Mapping) else None
        said = f"chance of this silence {percent(standing.chance)}" + (f", from {n} gaps" if n else "")
        rows.append(("How sure", said))
    if partner.paused_until is not None:
        rows.append(("Paused until", f"{partner.paused_until:%-d %B %Y} {partner.pause_reason or ''}".strip()))
    if partner.backup is not None:
        rows.append(("Backup", backup.title if backup is not None else partner.backup))
    rows.append(("Data read up to", moment(standing.judged_at, zone, now=now)))
    return rows


def _open_threads(history: History, names: Mapping[str, str], settings: Settings) -> list[tuple[str, str, str, str]]:
    rows = []
    for side, who in ((Side.US, "We owe"), (Side.PARTNER, "They owe")):
        for owing in owed(history, side)[:_MOST_THREADS]:
            wait = owing.wait
            person = wait.asker if side is Side.US else (wait.asked[0] if wait.asked else wait.asker)
            age = f"{number(owing.hours)} h, due in {number(owing.due_hours)} h"
            state = "overdue" if owing.is_overdue else "in time"
            since = day(moment_of(wait.opened), settings.zone, now=history.moment)
            rows.append((who, f"{names.get(person, person.partition('@')[0])}, since {since}", age, state))
    return rows


def _more_threads(history: History) -> str:
    counts = [len(owed(history, side)) for side in (Side.US, Side.PARTNER)]
    if max(counts) <= _MOST_THREADS:
        return ""
    return f"The oldest are shown. In all, we owe {counts[0] or 'none'} and they owe {counts[1] or 'none'}."


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


def _limits(standing: Standing, history: History) -> list[tuple[str, float]]:
    """Where the open silence is called late and quiet, in working days since their last word."""
    heard = standing.last_inbound
    if heard is None:
        return []
    first = history.number_at(int(heard.timestamp()))
    return [
        (name, float(history.number_at(int(at.timestamp())) - first))
        for name, at in (("late", standing.late_after), ("quiet", standing.quiet_after))
        if at is not None
    ]


def _banner(partner: Partner, history: History) -> str:
    """Who is away now, as far as known: the whole partner first."""
    away = [a for a in history.away if a.since <= history.now < a.until]
    if not away:
        return ""
    whole = [a for a in away if a.person is None]
    ends = max(a.until for a in whole or away)
    until = f"until {history.date_of(ends - 1):%-d %B %Y}"
    if whole:
        return f"{partner.title} is away {until}: their silence does not count."
    people = "One of their people is" if len(away) == 1 else f"{len(away)} of their people are"
    return f"{people} away, the last {until}."


def _concerns(
    concerns: Sequence[Concern], names: Mapping[str, str], settings: Settings, now: datetime
) -> list[tuple[str, str, bool]]:
    rows = []
    for concern in sorted(concerns, key=lambda c: (c.side is not Side.US, c.since)):
        sentence = concern.sentence
        for address in sorted(names, key=len, reverse=True):
            sentence = sentence.replace(address, names[address])
        rows.append((day(concern.since, settings.zone, now=now), sentence, concern.side is Side.US))
    return rows


def _fairness(values: Mapping[str, Measured]) -> list[str]:
    """Who works when the other does not, in words."""
    said = []
    for side, whose in (("our", "Our mails"), ("their", "Their mails")):
        pressed = values.get(f"{side}_after_hours_pressure")
        if pressed is not None:
            share = percent(pressed.value) if pressed.value else "none"
            said.append(f"{whose} answered or followed up while the other side was closed: {share} of {pressed.n}.")
    fair = values.get("meeting_fairness")
    if fair is not None:
        share = f"{percent(fair.value)} were" if fair.value else "none was"
        said.append(f"Of {fair.n} evenings that meetings cost, {share} theirs.")
    holidays = values.get("our_holiday_intrusions")
    if holidays is not None and holidays.value:
        said.append(f"We took up {holidays.value:.0f} of their holidays in 90 days.")
    return said


def _log(flips: Sequence[Flip], answers: Sequence[Answer], settings: Settings, now: datetime) -> list[tuple[str, str]]:
    lines = [(flip.turned_at, f"{NAMES[flip.old]} → {NAMES[flip.new]}") for flip in flips]
    for answer in answers:
        until = f" until {answer.until:%-d %b %Y}" if answer.until is not None else ""
        note = f", because {answer.note}" if answer.note else ""
        back = " (taken back)" if answer.undone_at is not None else ""
        lines.append(
            (answer.at, f"{answer.who.removeprefix(EAR)}: {answer.kind.value.replace('-', ' ')}{until}{note}{back}")
        )
    return [(moment(at, settings.zone, now=now), says) for at, says in sorted(lines, reverse=True)[:20]]
