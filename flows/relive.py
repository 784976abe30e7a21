"""One partner's past, lived through once more: which alerts it would have brought, and what ended each silence.

Its facts pass by in order of time, and every deadline is judged as it would have been: from the mails and meeting
versions seen until then. Absences count from their first day, whenever they were declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flows.facts import away_spans, facts_of, lost_days, next_accepted, pauses_of
from metrics.contacts import Contact, Contacts
from metrics.joint_days import JointDays, joint_days_of
from metrics.occasions import fold_meetings
from metrics.quiet import Case, Pause, judge
from metrics.quiet_budget import Word
from metrics.rhythm import BREAK_DAYS
from metrics.working_time import clock_of
from models.directory import Directory
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
    life = Relived(store, directory, watched, joint, absences, until, strictness)
    return [alert for alert in life.alerts if alert.at >= since]


class Relived:
    """The past of one partner up to `edge`: its alerts, ascending, and the partner's words by day number."""

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
        self.alerts: list[Alert] = list(self._lived())

    @property
    def _partner(self) -> Partner:
        return self._watched.partner

    def _lived(self) -> Iterator[Alert]:
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
