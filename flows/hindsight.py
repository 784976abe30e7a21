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
from flows.tone_past import ToneTurn, tone_turns
from metrics.contacts import Contact, Contacts
from metrics.joint_days import JointDays, joint_days_of
from metrics.occasions import fold_meetings
from metrics.quiet import Case, Pause, judge
from metrics.quiet_budget import Past, Word, strictness_for, strictness_from
from metrics.working_time import clock_of
from models.directory import Directory
from models.letters import Answer, AnswerKind
from models.records import Absence, Meeting, Partner, Standing, State
from models.settings import Settings
from models.store.partners import Watched
from models.store.store import Store

_ALARMING = frozenset({State.QUIET, State.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert that the past would have brought.

    at            when it would have turned quiet, UTC
    silent_days   working days of silence then
    ended         when word came back, UTC; None = still silent
    after_days    working days from the alert to that word, or to the end of what was read
    label         how people answered the real alert of this silence: "not a problem because ..."; None = nobody did
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """The alerts of a stretch, oldest first, and what they cost.

    false_alarms   how many ended by themselves within a quarter (65 working days), or were answered "not a problem"
    allowed        how many false alarms the budget grants over the stretch
    own            the strictness that this very history would have needed, where there is enough of it
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
    tone: list[ToneTurn] = field(default_factory=list)


def hindsight(store: Store, settings: Settings, directory: Directory, *, months: float, now: datetime) -> Hindsight:
    """Replay every partner over the last months, each up to where its sources were read."""
    since = now - timedelta(days=months * 365.25 / 12)
    watched = store.partners.watched()
    budget = settings.alerts.budget_per_month
    strictness = settings.judge.strictness or strictness_for(len(watched), budget)
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
    histories: list[list[Word]] = []
    numbers: list[int] = []
    for each in watched:
        edge = reach[each.partner.key].at
        if edge is None:
            continue
        edge = min(edge, now)
        joint = joint_days_of(clock, clock_of(each.partner.hours))
        life = _Life(store, directory, each, joint, absences.get(each.partner.key, ()), edge, strictness)
        found += [alert for alert in life.alerts() if alert.at >= since]
        histories.append(life.words)
        numbers.append(life.joint.number(clock.local_date(edge)))
    until = max((r.at for r in reach.values() if r.at is not None), default=now)
    found = labelled(found, store.answers.all())
    found.sort(key=lambda alert: (alert.at, alert.partner))
    last = max(numbers, default=0)
    return Hindsight(
        since=since,
        until=min(until, now),
        partners=len(watched),
        strictness=strictness,
        budget_per_month=budget,
        alerts=found,
        false_alarms=sum(
            1 for a in found if a.was_no_problem or (a.ended is not None and a.silent_days + a.after_days < 65)
        ),
        allowed=budget * months,
        own=strictness_from(histories, len(watched), budget, since=last - round(261 * months / 12), until=last),
        tone=tone_turns(
            store,
            settings,
            (each.partner for each in watched),
            ((alert.partner, alert.at) for alert in found),
            since=since,
            until=min(until, now),
        ),
    )


def labelled(alerts: Sequence[Alert], answers: Sequence[Answer]) -> list[Alert]:
    """The alerts with what people answered while the silence lasted; answers taken back do not count."""
    said: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.undone_at is None and answer.kind is not AnswerKind.UNDO:
            said.setdefault(answer.partner, []).append(answer)
    found = []
    for alert in alerts:
        mine = [
            a for a in said.get(alert.partner, ()) if a.at >= alert.at and (alert.ended is None or a.at < alert.ended)
        ]
        if mine:
            last = mine[-1]
            words = last.kind.value.replace("-", " ") + (f" because {last.note}" if last.note else "")
            alert = replace(alert, label=words, was_no_problem=last.kind is AnswerKind.NOT_A_PROBLEM)  # noqa: PLW2901
        found.append(alert)
    return found


class _Life:
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
