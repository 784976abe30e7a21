"""Which alerts the last months would have brought over all partners, how each silence ended, and what people said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.horizon import horizons
from flows.relive import Alert, Relived
from flows.strictness import in_force
from flows.tone_past import ToneTurn, tone_turns
from metrics.joint_days import joint_days_of
from metrics.quiet_budget import Label, Life, Past, strictness_from
from metrics.rhythm import YEAR_DAYS
from metrics.working_time import clock_of
from models.directory import Directory
from models.letters import Answer, AnswerKind
from models.records import Absence
from models.settings import Settings
from models.store.store import Store

_JUDGING = frozenset({AnswerKind.NOT_A_PROBLEM, AnswerKind.HANDLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """The alerts of a stretch, oldest first, and what they cost.

    false_alarms   how many ended by themselves within a quarter (65 working days), or were answered "not a problem";
                   what was answered "handled" is none
    allowed        how many false alarms the budget grants over the stretch
    own            the strictness that this very history would have needed, where there is enough of it
    own_missing    what is missing, where there is not
    origin         who decided the strictness in use: "settings", "history" or "budget"
    tone           where tones turned, for accounts whose texts are read: no alerts, they lend or take belief
    """

    since: datetime
    until: datetime
    partners: int
    strictness: float
    budget_per_month: float
    alerts: list[Alert] = field(default_factory=list)
    false_alarms: int = 0
    allowed: float = 0.0
    own: Past | None = None
    own_missing: str = ""
    origin: str = "budget"
    tone: list[ToneTurn] = field(default_factory=list)


def hindsight(store: Store, settings: Settings, directory: Directory, *, months: float, now: datetime) -> Hindsight:
    """Replay every partner over the last months, each up to where its sources were read."""
    since = now - timedelta(days=months * 365.25 / 12)
    watched = store.partners.watched()
    budget = settings.alerts.budget_per_month
    used = in_force(store, settings, partners=len(watched))
    strictness = used.value
    reach = horizons(
        {w.partner.key: w.since for w in watched},
        store.sources.all(),
        store.sources.carriers({w.id for w in watched}),
        now=now,
        stale_after=timedelta(hours=settings.judge.stale_after_hours),
    )
    absences: dict[str, list[Absence]] = {}
    for absence in store.partners.absences():
        absences.setdefault(absence.partner, []).append(absence)
    clock = clock_of(settings.our_hours)
    found: list[Alert] = []
    answers = store.answers.all()
    said = _labels(answers)
    histories: list[Life] = []
    numbers: list[int] = []
    for each in watched:
        edge = reach[each.partner.key].at
        if edge is None:
            continue
        edge = min(edge, now)
        joint = joint_days_of(clock, clock_of(each.partner.hours))
        life = Relived(store, directory, each, joint, absences.get(each.partner.key, ()), edge, strictness)
        found += [alert for alert in life.alerts if alert.at >= since]
        number = joint.number
        labels = [Label(number(clock.local_date(at)), was_real) for at, was_real in said.get(each.partner.key, ())]
        histories.append(Life(life.words, labels))
        numbers.append(number(clock.local_date(edge)))
    until = max((r.at for r in reach.values() if r.at is not None), default=now)
    found = labelled(found, answers)
    found.sort(key=lambda alert: (alert.at, alert.partner))
    last = max(numbers, default=0)
    asked = strictness_from(histories, len(watched), budget, since=last - round(YEAR_DAYS * months / 12), until=last)
    return Hindsight(
        since=since,
        until=min(until, now),
        partners=len(watched),
        strictness=strictness,
        budget_per_month=budget,
        alerts=found,
        false_alarms=sum(alert.was_false for alert in found),
        allowed=budget * months,
        own=asked.past,
        own_missing=asked.missing,
        origin=used.origin,
        tone=tone_turns(
            store,
            settings,
            (each.partner for each in watched),
            ((alert.partner, alert.at) for alert in found),
            since=since,
            until=min(until, now),
        ),
    )


def _labels(answers: Sequence[Answer]) -> dict[str, list[tuple[datetime, bool]]]:
    """When somebody judged a silence of each partner, and whether it was a real one; oldest first."""
    found: dict[str, list[tuple[datetime, bool]]] = {}
    for answer in answers:
        if answer.undone_at is None and answer.kind in _JUDGING and answer.concern is None:
            found.setdefault(answer.partner, []).append((answer.at, answer.kind is AnswerKind.HANDLED))
    return found


def labelled(alerts: Sequence[Alert], answers: Sequence[Answer]) -> list[Alert]:
    """The alerts with what people answered while the silence lasted; answers taken back do not count."""
    said: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.undone_at is None and answer.kind is not AnswerKind.UNDO and answer.concern is None:
            said.setdefault(answer.partner, []).append(answer)
    found = []
    for alert in alerts:
        mine = [
            a for a in said.get(alert.partner, ()) if a.at >= alert.at and (alert.ended is None or a.at < alert.ended)
        ]
        if mine:
            last = mine[-1]
            words = last.kind.value.replace("-", " ") + (f" because {last.note}" if last.note else "")
            kinds = [a.kind for a in mine if a.kind in _JUDGING]
            verdict = kinds[-1] if kinds else None
            alert = replace(  # noqa: PLW2901
                alert,
                label=words,
                was_no_problem=verdict is AnswerKind.NOT_A_PROBLEM,
                was_handled=verdict is AnswerKind.HANDLED,
            )
        found.append(alert)
    return found
