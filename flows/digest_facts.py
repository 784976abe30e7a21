"""The facts of the weekly digest: every partner of a reader in one row, and what changed, comes, and is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from alerts.due_concerns import OWED, TOLD
from alerts.episodes import TROUBLE
from alerts.facts import Change, DigestFacts, DigestRow
from alerts.words import count, listed, moment, percent
from flows.alert_facts import World, history_of, mirror_of
from flows.concern_facts import named
from metrics.awaiting import owed
from metrics.cadence import contact_weeks
from metrics.history import History
from metrics.pressure import after_hours_pressure, contact_pressure, impatience
from metrics.responsiveness import wait_quantile
from metrics.working_time import moment_of
from models.letters import AnswerKind, NoticeKind
from models.records import Concern, Flip, Partner, Response, Side, State

_WEEK = timedelta(days=7)
_AHEAD = timedelta(days=10)
_SPARK_WEEKS = 8
_LEAST_WAITS = 5
_MOST = 6
_LOOKED_AT = 80
_COLD = timedelta(days=180)
# Start values of the catalogue of signals (B3, B4, B6): above them a habit is worth a line.
_PRESSED, _HASTY, _MUCH, _OFTEN = 0.15, 0.5, 3.0, 2


def digest_facts(world: World, reader: str, *, week: date) -> DigestFacts:
    """The digest of one reader; the operator gets every partner, an owner or deputy their own."""
    mine = [
        partner
        for partner in world.partners.values()
        if reader in {partner.owner, partner.deputy, world.settings.alerts.operator}
    ]
    rows: list[DigestRow] = []
    coming: list[str] = []
    manners: list[str] = []
    no_meeting: list[str] = []
    ahead = _Ahead()
    concerns = world.store.concerns.standing()
    for number, partner in enumerate(_worst_first(world, mine)):
        standing = world.standings.get(partner.key)
        if number >= _LOOKED_AT:  # of thousands only the worst are looked at closely: the rest is counted
            state = standing.state if standing is not None else State.NEW
            rows.append(DigestRow(partner=partner, state=state, reason=standing.reason if standing is not None else ""))
            continue
        history, names = history_of(world, partner, standing)
        row = replace(_row(world, partner, history), concern=_concern(concerns.get(partner.key, ()), names))
        rows.append(row)
        coming += _unaccepted(partner, history)
        ahead.look(partner, history, world.now)
        manners += _manners(partner, history)
        if row.next_meeting is None and history.held:
            no_meeting.append(partner.title)
    if no_meeting:
        coming.append(f"No next meeting: {listed(no_meeting, _MOST)}.")
    return DigestFacts(
        week=week,
        rows=tuple(rows),
        changes=_changes(world, {partner.key for partner in mine}),
        coming=(*coming[:_MOST], *ahead.lines),
        manners=tuple(manners[:_MOST]),
        ownership=(*_ownership(world, mine), *_single(mine, concerns)),
        bookkeeping=_bookkeeping(world, {partner.key for partner in mine}),
        blind=_blind(world),
    )


def _worst_first(world: World, partners: list[Partner]) -> list[Partner]:
    calm = {State.ON_RHYTHM, State.NEW, State.PAUSED}

    def rank(partner: Partner) -> tuple[bool, str]:
        standing = world.standings.get(partner.key)
        return (standing is None or standing.state in calm, partner.title)

    return sorted(partners, key=rank)


def _row(world: World, partner: Partner, history: History) -> DigestRow:
    standing = world.standings.get(partner.key)
    coming = [o.start for o in history.occasions if o.start > history.now and o.cancelled is None]
    overdue = [owing for owing in owed(history, Side.US) if owing.is_overdue]
    return DigestRow(
        partner=partner,
        state=standing.state if standing is not None else State.NEW,
        reason=standing.reason if standing is not None else "Not judged yet.",
        days_in=_days_since(history, [act.at for act in history.acts if act.side is Side.PARTNER]),
        days_out=_days_since(history, [act.at for act in history.acts if act.side is Side.US]),
        days_met=_days_since(history, [occasion.start for occasion in history.held]),
        their_p50=_answers(history, Side.PARTNER, 0.5),
        their_p90=_answers(history, Side.PARTNER, 0.9),
        our_p50=_answers(history, Side.US, 0.5),
        our_p90=_answers(history, Side.US, 0.9),
        next_meeting=moment_of(min(coming)) if coming else None,
        owed=len(overdue),
        owed_days=overdue[0].hours * 3600 / history.us.day_seconds if overdue else None,
        spark=contact_weeks(history, _SPARK_WEEKS),
    )


def _days_since(history: History, instants: list[int]) -> float | None:
    if not instants:
        return None
    return float(max(0, history.joint.between(history.date_of(max(instants)), history.date_of(history.now))))


def _answers(history: History, side: Side, p: float) -> float | None:
    waits = history.waits_for(side, 90)
    found = wait_quantile(waits, p) if len(waits) >= _LEAST_WAITS else None
    return None if found is None or found.at_least else found.value


def _unaccepted(partner: Partner, history: History) -> list[str]:
    edge = history.now + int(_AHEAD.total_seconds())
    found = []
    for occasion in history.occasions:
        if not history.now < occasion.start <= edge or occasion.cancelled is not None:
            continue
        invited = [answer for answer in occasion.answers if answer.side is Side.PARTNER and not answer.is_organiser]
        if invited and all(answer.response is not Response.ACCEPTED for answer in invited):
            day = history.date_of(occasion.start)
            found.append(f"{partner.title}: meeting on {day:%a} {day.day} {day:%b}, not accepted yet.")
    return found[:2]


def _manners(partner: Partner, history: History) -> list[str]:
    """What we do to them, said only where it is out of the usual; no person is named."""
    found = []
    pressed = after_hours_pressure(history, side=Side.US)
    if pressed is not None and pressed.value > _PRESSED:
        found.append(f"{partner.title}: {percent(pressed.value)} of our mails pressed outside their hours.")
    hasty = impatience(history, side=Side.US)
    if hasty is not None and hasty.value > _HASTY:
        found.append(f"{partner.title}: {percent(hasty.value)} of our reminders came before their usual answer time.")
    much = contact_pressure(history, side=Side.US)
    if much is not None and much.value > _MUCH:
        found.append(f"{partner.title}: far more mails than usual this week; could they be bundled?")
    changed = mirror_of(history, {}).moved_by_us
    if changed >= _OFTEN:
        found.append(f"{partner.title}: we moved or cancelled {count(changed, 'meeting')} in four weeks.")
    return found


def _changes(world: World, keys: set[str]) -> tuple[Change, ...]:
    edge = world.now - _WEEK
    found = [
        Change(
            title=world.partners[f.partner].title,
            old=f.old,
            new=f.new,
            at=f.turned_at,
            reason=f.reason,
            silence=_silence(f),
        )
        for f in world.store.standings.flips(limit=2000)
        if f.partner in keys and f.partner in world.partners and f.turned_at > edge and not f.historical
    ]
    return tuple(reversed(found[: _MOST * 2]))


def _silence(flip: Flip) -> float | None:
    """How long they were silent: until now, or until the word that ended it."""
    told: Mapping[str, Any] = flip.evidence
    if flip.new in TROUBLE:
        silence = told.get("silence")
    else:
        recent = (told.get("gaps") or {}).get("recent") or ()
        silence = recent[-1] if recent and flip.old in TROUBLE else None
    return None if silence is None else float(silence)


@dataclass(slots=True)
class _Ahead:
    """Holidays of partners and ends of absences in the next days, one line for all partners each."""

    closed: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)

    def look(self, partner: Partner, history: History, now: datetime) -> None:
        """Add what lies ahead of this partner; a blind one was read less far than now."""
        today = history.us.local_date(now)
        days = [today + timedelta(days=n) for n in range(1, _AHEAD.days + 1)]
        closed = [f"{day:%a} {day.day} {day:%b}" for day in days if history.them.is_holiday(day)]
        if closed:
            self.closed.append(f"{partner.title} ({listed(closed, 3)})")
        until = [history.date_of(away.until) for away in history.away if away.since <= now.timestamp() < away.until]
        soon = min((day for day in until if day <= days[-1]), default=None)
        if soon is not None:
            self.back.append(f"{partner.title} ({soon:%a} {soon.day} {soon:%b})")

    @property
    def lines(self) -> list[str]:
        """What was found, in two sentences at most."""
        pairs = (("Their holidays ahead", self.closed), ("Back from leave", self.back))
        return [f"{what}: {listed(found, _MOST)}." for what, found in pairs if found]


def _concern(concerns: Iterable[Concern], names: Mapping[str, str]) -> str:
    """What else asks for attention, in the order in which mails tell it; answers owed have a line of their own."""
    told = [concern for concern in concerns if concern.name in TOLD and concern.name != OWED]
    told.sort(key=lambda concern: TOLD.index(concern.name))
    return named(told[0].sentence, names) if told else ""


def _ownership(world: World, partners: list[Partner]) -> tuple[str, ...]:
    no_owner = [partner.title for partner in partners if partner.owner is None]
    no_deputy = [partner.title for partner in partners if partner.owner is not None and partner.deputy is None]
    lines = []
    if no_owner:
        lines.append(f"Without an owner: {listed(no_owner, _MOST)}.")
    if no_deputy:
        lines.append(f"Without a deputy: {listed(no_deputy, _MOST)}.")
    for partner in partners:
        backup = world.partners.get(partner.backup) if partner.backup else None
        standing = world.standings.get(backup.key) if backup is not None else None
        if backup is None:
            continue
        seen = standing.last_inbound if standing is not None else None
        if seen is None or world.now - seen > _COLD:
            since = f"since {seen.day} {seen:%b %Y}" if seen is not None else "yet"
            lines.append(f"{backup.title}, the backup of {partner.title}, is cold: no word {since}.")
    return tuple(lines)


def _single(partners: Iterable[Partner], concerns: Mapping[str, Iterable[Concern]]) -> list[str]:
    """Partners whose contact rests on one person, on their side or on ours."""
    lines = []
    for name, where in (("their_key_person", "on their side"), ("our_key_person", "on ours")):
        held = [p.title for p in partners if any(concern.name == name for concern in concerns.get(p.key, ()))]
        if held:
            lines.append(f"Rests on one person {where}: {listed(held, _MOST)}.")
    return lines


def _bookkeeping(world: World, keys: set[str]) -> tuple[str, ...]:
    edge = world.now - _WEEK
    notices = [n for n in world.store.notices.of_partners(keys) if n.made_at > edge and n.kind is NoticeKind.ALERT]
    told = {n.about for n in notices if n.told_at is not None}
    answers = [a for a in world.store.answers.of_partners(keys) if a.at > edge and a.undone_at is None]
    false = sum(answer.kind is AnswerKind.NOT_A_PROBLEM for answer in answers)
    given = sum(answer.kind is not AnswerKind.UNDO for answer in answers)
    lines = ["No alert was sent this week."]
    if told:
        sent = count(len(told), "alert")
        lines = [f"{sent} sent this week, {given or 'none'} answered, {false or 'none'} marked as no problem."]
    elif given:
        lines = [f"No alert was sent this week; {count(given, 'answer')} came to earlier ones."]
    live = [source for source in world.store.sources.all() if source.live]
    if live:
        reached = [source.read_until for source in live if source.read_until is not None]
        oldest = f", the oldest read up to {_when(world, min(reached))}" if reached else ""
        lines.append(f"{count(len(live), 'account').capitalize()}{oldest}.")
    busy = [d.name for d in world.store.outside.domains() if d.inbound >= 3 and d.outbound >= 3][:3]
    if busy:
        lines.append(f"Busy and not watched: {listed(busy)}. Do you want to watch them? gonequiet partners suggest")
    return tuple(lines)


def _blind(world: World) -> tuple[str, ...]:
    stale = timedelta(hours=world.settings.judge.stale_after_hours)
    found = [
        source
        for source in world.store.sources.all()
        if source.live and (source.read_until is None or world.now - source.read_until > stale or source.needs_person)
    ]
    if not found:
        return ()
    since = min((s.read_until for s in found if s.read_until is not None), default=None)
    when = f" since {_when(world, since)}" if since is not None else ""
    return (f"{count(len(found), 'account')} blind{when}.",)


def _when(world: World, at: datetime) -> str:
    return moment(at, world.settings.zone, now=world.now)
