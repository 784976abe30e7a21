"""Which alerts the last months would have brought, from what the store holds, and how each silence ended.

Each partner's facts pass by in order of time, and every deadline is judged as it would have been: from the mails and
meeting versions seen until then. Absences count from their first day, whenever they were declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from flows.facts import away_spans, facts_of, lost_days, next_accepted, pauses_of
from flows.horizon import horizons
from flows.strictness import in_force
from flows.tone_past import ToneTurn, tone_turns
from metrics.contacts import Contact, Contacts
from metrics.joint_days import JointDays, joint_days_of
from metrics.occasions import fold_meetings
from metrics.quiet import Case, Pause, judge
from metrics.quiet_budget import Label, Life, Past, Word, strictness_from
from metrics.rhythm import BREAK_DAYS, YEAR_DAYS
from metrics.working_time import clock_of
from models.directory import Directory
from models.letters import Answer, AnswerKind
from models.records import Absence, Meeting, Partner, Standing, State
from models.settings import Settings
from models.store.partners import Watched
from models.store.store import Store

_ALARMING = frozenset({State.QUIET, State.GONE})
_JUDGING = frozenset({AnswerKind.NOT_A_PROBLEM, AnswerKind.HANDLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert that the past would have brought.

    at            when it would have turned quiet, UTC
    silent_days   working days of silence then
    ended         when word came back, UTC; None = still silent
    after_days    working days from the alert to that word, or to the end of what was read
    label         how people answered the real alert of this silence: "not a problem because ..."; None = nobody did
    was_no_problem, was_handled   what they judged by it; neither = nobody judged, and how it ended decides
    """

    partner: str
    title: str
    at: datetime
    reason: str
    silent_days: int
    chance: float | None
    ended: datetime | None
    after_days: int
    label: str | None = None
    was_no_problem: bool = False
    was_handled: bool = False

    @property
    def was_false(self) -> bool:
        """What people said decides; where nobody did, that word came back by itself within a quarter."""
        if self.was_no_problem or self.was_handled:
            return self.was_no_problem
        return self.ended is not None and self.silent_days + self.after_days < BREAK_DAYS


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
        (w.partner.key for w in watched),
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
        life = _Lived(store, directory, each, joint, absences.get(each.partner.key, ()), edge, strictness)
        found += [alert for alert in life.alerts() if alert.at >= since]
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


def alerts_of(
    store: Store,
    settings: Settings,
    directory: Directory,
    watched: Watched,
    *,
    since: datetime,
    until: datetime,
    strictness: float,
) -> list[Alert]:
    """The alerts that one partner would have brought in [since, until]; it may differ from the stored one."""
    joint = joint_days_of(clock_of(settings.our_hours), clock_of(watched.partner.hours))
    absences = store.partners.absences(watched.partner.key)
    life = _Lived(store, directory, watched, joint, absences, until, strictness)
    return [alert for alert in life.alerts() if alert.at >= since]


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


class _Lived:
    """One partner's past, lived through once."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        watched: Watched,
        joint: JointDays,
        absences: Sequence[Absence],
        edge: datetime,
        strictness: float,
    ) -> None:
        self._watched, self._absences, self._strictness = watched, absences, strictness
        self._directory, self._edge = directory, edge
        self._mails = store.interactions.contacts({watched.id: -1})[watched.id]
        self._meetings: list[Meeting] = store.interactions.meetings({watched.id: 0}).get(watched.id, [])
        self.joint = joint
        self.words: list[Word] = []
        self._due: datetime | None = None  # the deadline last found, before meetings

    @property
    def _partner(self) -> Partner:
        return self._watched.partner

    def alerts(self) -> Iterator[Alert]:
        """Every alert of this life, ascending."""
        joint, edge = self.joint, int(self._edge.timestamp())
        occasions = fold_meetings(self._meetings, self._directory, self._partner.key)
        facts = facts_of(joint, self._mails, occasions, through=-1, edge=edge)
        contacts = Contacts()
        open_alert: Standing | None = None
        for fact in facts:
            moment = datetime.fromtimestamp(fact.at, self._edge.tzinfo)
            if open_alert is None and (fact.inbound or self._due is None or moment >= self._due):
                open_alert = self._turned(contacts, moment)
            if fact.inbound:
                if open_alert is not None:
                    yield self._alert(open_alert, fact, moment)
                open_alert = self._due = None
                self.words.append((fact.number, str(fact.person or "")))
            away = away_spans(joint, self._pauses(contacts, moment.date()))
            contacts.add(fact, lost_days(contacts.last_number, fact.number, away))
        if open_alert is None:
            open_alert = self._turned(contacts, self._edge)
        if open_alert is not None:
            yield self._alert(open_alert, None, self._edge)

    def _pauses(self, contacts: Contacts, day: date) -> list[Pause]:
        return pauses_of((a for a in self._absences if a.since <= day), contacts, self.joint.ours.zone)

    def _turned(self, contacts: Contacts, until: datetime) -> Standing | None:
        """The standing at the moment it turned quiet, if it did before `until`; None if not."""
        if contacts.last_inbound is None:
            return None
        at = datetime.fromtimestamp(contacts.last_inbound, self._edge.tzinfo)
        due = self._due = self._judged(contacts, at, meetings=False).quiet_after
        if due is None or due > until:  # a meeting only puts it off further
            return None
        for _ in range(50):  # each look is later than the last: a meeting or an absence may put the deadline off
            standing = self._judged(contacts, at)
            if standing.state in _ALARMING:
                return standing
            due = standing.quiet_after
            if due is None or due > until or due <= at:
                return None
            at = due
        return None

    def _judged(self, contacts: Contacts, at: datetime, *, meetings: bool = True) -> Standing:
        known = [m for m in self._meetings if m.seen_at <= at] if meetings else []
        occasions = fold_meetings(known, self._directory, self._partner.key) if known else ()
        pauses = self._pauses(contacts, at.date())
        return judge(
            Case(
                partner=self._partner,
                contacts=contacts,
                joint=self.joint,
                horizon=at,
                strictness=self._strictness,
                pauses=tuple(pauses),
                next_meeting=next_accepted(occasions, int(at.timestamp())),
            )
        )

    def _alert(self, standing: Standing, fact: Contact | None, end: datetime) -> Alert:
        silence = standing.evidence.get("silence")
        number = self.joint.number
        turned = number(self.joint.ours.local_date(standing.since))
        until = fact.number if fact is not None else number(self.joint.ours.local_date(end))
        return Alert(
            partner=self._partner.key,
            title=self._partner.title,
            at=standing.since,
            reason=standing.reason,
            silent_days=silence if isinstance(silence, int) else 0,
            chance=standing.chance,
            ended=end if fact is not None else None,
            after_days=max(0, until - turned),
        )
