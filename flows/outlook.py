"""What other settings of a partner would mean: where it would stand, and which alerts it would have brought.

Nothing is stored: the page shows it before somebody saves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.facts import away_spans, facts_of, lost_days, next_accepted, pauses_of
from flows.relive import alerts_of
from flows.strictness import in_force
from metrics.contacts import Contacts
from metrics.joint_days import joint_days_of
from metrics.occasions import fold_meetings
from metrics.quiet import Case, judge
from metrics.working_time import clock_of
from models.directory import Directory
from models.records import Partner, Standing, State
from models.settings import Settings
from models.store.store import Store

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A partner under certain settings, at its horizon; times UTC, None = cannot be told.

    alerts, ended  how many alerts the last twelve months would have brought, and after how many word came back
    """

    state: State
    reason: str
    silence: float | None
    late_after: datetime | None
    quiet_after: datetime | None
    alerts: int
    ended: int


def outlook(store: Store, settings: Settings, directory: Directory, partner: Partner) -> Outlook | None:
    """The partner as given, judged where the stored one was judged last; None where it was not judged yet."""
    stored = store.standings.all().get(partner.key)
    watched = next(iter(store.partners.watched({partner.key})), None)
    if stored is None or watched is None:
        return None
    watched = replace(watched, partner=partner)
    at = stored.judged_at
    strictness = in_force(store, settings, partners=store.partners.count()).value
    standing = _judged(store, settings, directory, partner, watched.id, at, strictness)
    past = alerts_of(store, settings, directory, watched, since=at - _YEAR, until=at, strictness=strictness)
    silence = standing.evidence.get("silence")
    return Outlook(
        state=standing.state,
        reason=standing.reason,
        silence=float(silence) if isinstance(silence, int | float) else None,
        late_after=standing.late_after,
        quiet_after=standing.quiet_after,
        alerts=len(past),
        ended=sum(alert.ended is not None for alert in past),
    )


def _judged(
    store: Store,
    settings: Settings,
    directory: Directory,
    partner: Partner,
    number: int,
    at: datetime,
    strictness: float,
) -> Standing:
    """The standing from the whole past, as a first judgement would find it."""
    edge = int(at.timestamp())
    ours = clock_of(settings.our_hours)
    joint = joint_days_of(ours, clock_of(partner.hours))
    occasions = fold_meetings(store.interactions.meetings({number: 0}).get(number, ()), directory, partner.key)
    contacts = Contacts()
    mails = store.interactions.contacts({number: -1})[number]
    absences = store.partners.absences(partner.key)
    for fact in facts_of(joint, mails, occasions, through=-1, edge=edge):
        away = away_spans(joint, pauses_of(absences, contacts, ours.zone))
        contacts.add(fact, lost_days(contacts.last_number, fact.number, away))
    case = Case(
        partner=partner,
        contacts=contacts,
        joint=joint,
        horizon=at,
        strictness=strictness,
        pauses=tuple(pauses_of(absences, contacts, ours.zone)),
        next_meeting=next_accepted(occasions, edge),
    )
    return judge(case, None)
