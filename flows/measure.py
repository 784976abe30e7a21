"""Judge every partner whom news touched or whose deadline passed: standings and flips, one transaction a batch."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from flows.facts import FROM_THEM, away_spans, facts_of, lost_days, next_accepted, pauses_of
from flows.horizon import Horizon, horizons
from flows.outages import outages
from flows.past import targets_of
from flows.signals import Signals, earlier_readings, signals_of
from flows.strictness import in_force
from metrics.contacts import VERSION, Contacts
from metrics.fingerprint import fingerprint
from metrics.joint_days import JointDays, joint_days_of
from metrics.occasions import Occasion, fold_meetings
from metrics.quiet import MODEL_VERSION, Case, flip_for, judge
from metrics.working_time import clock_of
from models.cycles import no_search_for_cycles
from models.directory import Directory
from models.records import Absence, Concern, Flip, Partner, Reading
from models.settings import Settings
from models.store.partners import Watched
from models.store.standings import Judgement, Memory
from models.store.store import Store

log = logging.getLogger(__name__)

_BATCH = 200  # partners judged in one transaction

_MEETINGS_BACK = timedelta(days=90)  # a meeting moved from so long ago is still folded whole


@dataclass(slots=True, kw_only=True)
class Measured:
    """What judging brought."""

    judged: int = 0
    flips: list[Flip] = field(default_factory=list)
    horizon: datetime | None = None


def measure(
    store: Store,
    settings: Settings,
    directory: Directory,
    *,
    now: datetime,
    keys: Iterable[str] | None = None,
    signals: bool = False,
) -> Measured:
    """Judge every partner at its horizon, or those of these keys alone: after a push, the ones it touched.

    With `signals`, every metric of the partners that have news is read, stored and searched for trends: some tens of
    milliseconds a partner. Judging costs a fraction of one, and the trend found last stays in force.
    """
    with store.reading():
        news = set(store.standings.due(now)) if signals else set()
        sources = store.sources.all()
        stale_after = timedelta(hours=settings.judge.stale_after_hours)
        todo = store.partners.watched(None if keys is None else set(keys))
        ids = {watched.id for watched in todo}
        carriers = store.sources.carriers(ids)
        # After a push only a few partners are looked at: whether a whole mailbox fell silent is for the full round.
        clock = clock_of(settings.our_hours)
        broken = outages(store, sources, carriers, clock=clock, now=now) if keys is None else None
        reach = horizons(
            {w.partner.key: w.since for w in todo},
            sources,
            carriers,
            now=now,
            stale_after=stale_after,
            complete_until=_held_back(store),
            broken=broken,
        )
        todo = [watched for watched in todo if reach[watched.partner.key].at is not None]
        if not todo:
            return Measured()
        strictness = in_force(store, settings).value
        bench = _Bench(store, settings, directory, reach, strictness, news=news if signals else None, now=now)
    result = Measured(horizon=max(at for horizon in reach.values() if (at := horizon.at) is not None))
    for start in range(0, len(todo), _BATCH):
        with no_search_for_cycles():
            with store.reading():
                judgements = bench.judged(todo[start : start + _BATCH])
            result.flips += store.standings.save(judgements, now=now)
            result.judged += len(judgements)
            del judgements  # else the first search goes through all of them
    log.info("measure: %d judged, %d flips", result.judged, len(result.flips))
    return result


def _held_back(store: Store) -> dict[str, datetime]:
    """Sources whose last audit found mail missing that could not be read: complete only up to then."""
    return {
        name: audit.complete_until
        for name, audit in store.coverage.latest().items()
        if audit.complete_until is not None and audit.missing > audit.repaired
    }


class _Bench:
    """Everything that judging many partners shares."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        directory: Directory,
        reach: Mapping[str, Horizon],
        strictness: float,
        *,
        news: Collection[str] | None,
        now: datetime,
    ) -> None:
        self._store = store
        self._directory = directory
        self._reach = reach
        self._strictness = strictness
        self._settings = settings
        self._partners = store.partners.count()
        self._news = news
        self._now = now
        self._concerns: dict[str, list[Concern]] = {}
        self._ours = clock_of(settings.our_hours)
        self._absences: dict[str, list[Absence]] = {}
        self._versions: dict[str, str] = {}

    def judged(self, todo: Sequence[Watched]) -> list[Judgement]:
        """The outcomes, in the order given."""
        store = self._store
        ids = {watched.id for watched in todo}
        for absence in store.partners.absences(ids=ids):
            self._absences.setdefault(absence.partner, []).append(absence)
        if self._news is not None:
            self._concerns |= store.concerns.standing(ids)
        memories = store.standings.memories(ids)
        known = {w.id: self._remembered(w.partner, memories.get(w.id)) for w in todo}
        after = {id_: contacts.through or -1 for id_, contacts in known.items()}
        mails = store.interactions.contacts(after)
        back = int(_MEETINGS_BACK.total_seconds())
        meetings = store.interactions.meetings({id_: at - back for id_, at in after.items()})
        return [
            self._judge(
                watched,
                known[watched.id],
                mails[watched.id],
                fold_meetings(held, self._directory, watched.partner.key) if (held := meetings.get(watched.id)) else (),
                memories.get(watched.id),
            )
            for watched in todo
        ]

    def _remembered(self, partner: Partner, memory: Memory | None) -> Contacts:
        """What is remembered, if every fact since is newer and no calendar changed; else nothing: start anew."""
        if memory is None or memory.version != self._version(partner) or not memory.state:
            return Contacts()
        contacts = Contacts.unpacked(memory.state)
        if memory.late_since is not None and memory.late_since.timestamp() <= contacts.through:
            return Contacts()
        return contacts

    def _version(self, partner: Partner) -> str:
        known = self._versions.get(partner.key)
        if known is None:
            known = self._versions[partner.key] = self._version_of(partner)
        return known

    def _version_of(self, partner: Partner) -> str:
        away = repr(sorted((a.since, a.until or date.max) for a in self._whole_absences(partner.key)))
        return _digest(VERSION, MODEL_VERSION, self._ours.version, clock_of(partner.hours).version, away)

    def _whole_absences(self, key: str) -> list[Absence]:
        return [a for a in self._absences.get(key, ()) if a.person is None and a.until is not None]

    def _joint(self, partner: Partner) -> JointDays:
        return joint_days_of(self._ours, clock_of(partner.hours))

    def _judge(
        self,
        watched: Watched,
        contacts: Contacts,
        mails: Sequence[tuple[int, int, str | None]],
        occasions: Sequence[Occasion],
        memory: Memory | None,
    ) -> Judgement:
        partner = watched.partner
        before = None if memory is None else memory.before
        horizon = self._reach[partner.key]
        if horizon.at is None:
            raise ValueError("nothing was read yet")
        moment = _judged_at(horizon.at, horizon, contacts, mails)
        edge, complete = int(moment.timestamp()), int(horizon.at.timestamp())
        joint = self._joint(partner)
        facts = facts_of(joint, mails, occasions, through=contacts.through, edge=edge)
        away = away_spans(joint, pauses_of(self._whole_absences(partner.key), contacts, self._ours.zone))
        for fact in facts:
            contacts.add(fact, lost_days(contacts.last_number, fact.number, away))
        # Only now: a word among these facts may have ended somebody's absence.
        pauses = pauses_of(self._absences.get(partner.key, ()), contacts, self._ours.zone)
        read: Signals | None = None
        rules = ""
        if self._news is not None and horizon.blind is None:
            targets = targets_of(self._settings, partner)
            rules = fingerprint(partner, self._settings.our_hours, self._directory, targets)
            if partner.key in self._news or memory is None or memory.rules != rules:
                read = signals_of(
                    self._store, self._settings, self._directory, partner, horizon=horizon.at, partners=self._partners
                )
        case = Case(
            partner=partner,
            contacts=contacts,
            joint=joint,
            horizon=moment,
            strictness=self._strictness,
            pauses=tuple(pauses),
            next_meeting=next_accepted(occasions, edge),
            blind=horizon.blind,
            fading=read.fading if read is not None else None if before is None else before.fading,
        )
        standing = judge(case, before)
        flip = flip_for(before, standing, watched_since=watched.since)
        return Judgement(
            partner_id=watched.id,
            standing=standing,
            flips=() if flip is None else (flip,),
            news=0 if memory is None else memory.news,
            version=self._version(partner),
            state=contacts.packed(),
            readings=() if read is None else self._readings(read, memory, rules),
            # What lies beyond where every mailbox was read is looked at again once they were.
            again=any(at > complete for at, _, _ in mails) or contacts.through > complete,
            concerns=()
            if read is None
            else read.concerns(
                self._concerns.get(partner.key, ()),
                watched_since=watched.since,
                first_look=memory is None or memory.look_again is None,
            ),
            look_again=None if read is None else read.look_again(self._now),
            rules=rules,
        )

    def _readings(self, read: Signals, memory: Memory | None, rules: str) -> tuple[Reading, ...]:
        """This week's, and those of earlier weeks anew where a calendar, a target or a definition has changed."""
        if memory is None or memory.rules in {None, rules}:
            return read.readings()
        return earlier_readings(self._store, self._settings, self._directory, read.history) + read.readings()


@lru_cache(maxsize=1024)
def _digest(*parts: str) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()


def _judged_at(
    complete: datetime, horizon: Horizon, contacts: Contacts, mails: Sequence[tuple[int, int, str | None]]
) -> datetime:
    """The horizon, or their last word where one of several mailboxes has heard it later: no silence is left then.

    Mail that another mailbox still holds can only add to that word. Silence alone is judged at the horizon.
    """
    if horizon.heard is None:
        return complete
    heard = int(horizon.heard.timestamp())
    words = [at for at, side, _ in mails if side == FROM_THEM and at <= heard]
    last = max(words[-1] if words else 0, contacts.last_inbound or 0)
    return max(complete, datetime.fromtimestamp(last, UTC))
