"""What a mail says of one concern, from the store: our own pressure, the person it is about, who else is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from alerts.due_concerns import OWED, SILENT, TOO_MUCH, UNREACHABLE
from alerts.facts import ConcernFacts, ContactFacts, OwedAnswer, PersonFacts, Rhythm, SomebodyElse
from flows.alert_facts import World, evidence_of, history_of, mirror_of, name_of
from metrics.awaiting import owed
from metrics.history import DAY, History
from metrics.people import presences
from metrics.pressure import after_hours_pressure, impatience
from metrics.quantiles import median, quantile
from metrics.working_time import moment_of
from models.letters import NoticeKind
from models.records import Concern, Side

_WEEKS, _PRESSED_WEEKS = 12, 3
_MONTH, _SHARE_DAYS, _LIKELY = 28, 90, 0.5
_LEAST_DAYS = 10  # contact days below which nobody's share is told
_MOST_OTHERS = 3


def concern_facts_of(world: World, concern: Concern, kind: NoticeKind) -> ConcernFacts:
    """Everything a mail about this concern shows, as known now; times UTC."""
    partner = world.partners[concern.partner]
    standing = world.standings.get(concern.partner)
    history, names = history_of(world, partner, standing)
    is_person = concern.name in {SILENT, UNREACHABLE} and concern.subject
    return ConcernFacts(
        partner=partner,
        name=concern.name,
        number=concern.id,
        since=concern.since,
        sentence=named(concern.sentence, names),
        kind=kind,
        mirror=mirror_of(history, names),
        evidence=evidence_of(history, names),
        person=_person(history, concern, names, ours=world.settings.our_people) if is_person else None,
        contact=_contact(history) if concern.name == TOO_MUCH else None,
        owed=_owed(history, names) if concern.name == OWED else (),
        read_until=None if standing is None else standing.judged_at,
        sources=len(world.store.sources.carriers().get(concern.partner, [])),
    )


def named(sentence: str, names: Mapping[str, str]) -> str:
    """The sentence with people's names in the place of their addresses."""
    for address in sorted(names, key=len, reverse=True):
        if address in sentence:
            sentence = sentence.replace(address, names[address])
    return sentence


def _contact(history: History) -> ContactFacts:
    weeks = [0] * _WEEKS
    for act in history.recent(7 * _WEEKS, Side.US):
        weeks[_WEEKS - 1 - min(_WEEKS - 1, (history.now - act.at) // (7 * DAY))] += 1
    before = weeks[: _WEEKS - _PRESSED_WEEKS]
    early, evenings = impatience(history, side=Side.US), after_hours_pressure(history, side=Side.US)
    return ContactFacts(
        weeks=tuple(weeks),
        usual=median(before),
        most=quantile(before, 0.9),
        theirs=len(history.recent(_MONTH, Side.PARTNER)),
        ours=len(history.recent(_MONTH, Side.US)),
        early=None if early is None else early.value,
        evenings=None if evenings is None else evenings.value,
    )


def _owed(history: History, names: Mapping[str, str]) -> tuple[OwedAnswer, ...]:
    return tuple(
        OwedAnswer(
            name=name_of(owing.wait.asker, names),
            since=moment_of(owing.wait.opened),
            days=owing.hours * 3600 / history.us.day_seconds,
        )
        for owing in owed(history, Side.US)
        if owing.likelihood >= _LIKELY
    )


def _person(history: History, concern: Concern, names: Mapping[str, str], *, ours: bool) -> PersonFacts:
    person = concern.subject
    seen = [(at, day) for who, at, day in presences(history, Side.PARTNER) if who == person]
    wrote = [act.at for act in history.acts if act.person == person]
    written = [act.at for act in history.acts if act.side is Side.US and person in (*act.theirs, *act.asked)]
    met = [occasion.start for occasion in history.held if person in occasion.attended]
    last = max((at for at, _ in seen), default=None)
    numbers = sorted({history.joint.number(day) for _, day in seen})
    gaps = [later - earlier for earlier, later in pairwise(numbers)]
    today = history.number_at(history.now)
    return PersonFacts(
        name=name_of(person, names),
        last_inbound=_moment(wrote),
        last_outbound=_moment(written),
        last_meeting=_moment(met),
        share=_share(history, person, last),
        rhythm=Rhythm(
            median=median(gaps) if gaps else None,
            p90=quantile(gaps, 0.9) if gaps else None,
            longest=max(gaps, default=None),
            n=len(gaps),
            recent=tuple(float(gap) for gap in gaps[-18:]),
        ),
        silence=float(today - numbers[-1]) if numbers else concern.value if concern.name == SILENT else None,
        wrote_since=sum(at > last for at in written) if last is not None else len(written),
        others=_others(history, person, names),
        known_best=_known_best(history, person, names) if ours else None,
    )


def _share(history: History, person: str, last: int | None) -> float | None:
    """Their part of the partner's contact days in the 90 days up to their last word; None where those are few."""
    if last is None:
        return None
    edge = last - _SHARE_DAYS * DAY
    days: Counter[str] = Counter()
    for who, day in {(w, d) for w, at, d in presences(history, Side.PARTNER) if edge < at <= last}:
        days[who] += day is not None
    total = sum(days.values())
    return days[person] / total if total >= _LEAST_DAYS else None


def _others(history: History, person: str, names: Mapping[str, str]) -> tuple[SomebodyElse, ...]:
    """Who else of theirs is in contact, the best known first, with the day they were last seen."""
    edge = history.since(_SHARE_DAYS)
    last: dict[str, int] = {}
    days: Counter[str] = Counter()
    counted = set()
    for who, at, day in presences(history, Side.PARTNER):
        if who != person and at > edge:
            last[who] = max(last.get(who, at), at)
            if (who, day) not in counted:
                counted.add((who, day))
                days[who] += 1
    best = sorted(days, key=lambda who: (-days[who], who))[:_MOST_OTHERS]
    return tuple(SomebodyElse(name=name_of(who, names), last=history.date_of(last[who])) for who in best)


def _known_best(history: History, person: str, names: Mapping[str, str]) -> str | None:
    together: Counter[str] = Counter()
    for act in history.acts:
        if act.person == person:
            together.update(set(act.ours))
        elif act.side is Side.US and person in act.theirs:
            together[act.person] += 1
    if not together:
        return None
    return name_of(max(sorted(together), key=together.__getitem__), names)


def _moment(instants: list[int]) -> datetime | None:
    return moment_of(max(instants)) if instants else None
