"""What a mail says of one partner, gathered from the store: evidence, our own share, harmless explanations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts.episodes import TROUBLE
from alerts.facts import AlertFacts, Checks, Evidence, Mirror, Options, Past, Rhythm
from flows.past import past_of
from metrics.awaiting import owed
from metrics.history import History
from metrics.occasions import Occasion, distinct_moves
from metrics.quiet_words import percent
from metrics.responsiveness import wait_quantile
from metrics.working_time import moment_of
from models.directory import Directory
from models.letters import NoticeKind, StoredFlip
from models.records import Partner, Response, Side, Standing, State
from models.settings import Settings
from models.store.store import Store

if TYPE_CHECKING:
    from flows.tone_facts import ToneReader

_MEETINGS_DAYS = 28
_USUAL_DAYS = 180
_LIVE_DAYS = 90
_LEAST_ANSWERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What gathering needs beside the flip; `standings` are those of all partners at this moment."""

    store: Store
    settings: Settings
    directory: Directory
    partners: Mapping[str, Partner]
    standings: Mapping[str, Standing]
    now: datetime
    tones: ToneReader | None = None


def facts_of(world: World, stored: StoredFlip, kind: NoticeKind) -> AlertFacts:
    """Everything a mail about this flip shows, as known now; times UTC."""
    flip = stored.flip
    partner = world.partners[flip.partner]
    standing = world.standings.get(flip.partner)
    is_still_so = standing is not None and standing.state in TROUBLE and flip.new in TROUBLE
    told: Mapping[str, Any] = standing.evidence if is_still_so and standing is not None else flip.evidence
    history, names = history_of(world, partner, standing)
    gaps: Mapping[str, Any] = told.get("gaps") or {}
    recent = tuple(float(gap) for gap in gaps.get("recent") or ())
    silence = told.get("silence")
    broken_by = None
    if kind is NoticeKind.RECOVERY:
        silence, recent = (recent[-1] if recent else None), recent[:-1]
        broken_by = _broken_by(history, flip.turned_at)
    since = moment_of(last) if (last := _last(history, Side.PARTNER, before=_edge(kind, flip.turned_at))) else None
    return AlertFacts(
        partner=partner,
        state=standing.state if is_still_so and standing is not None else flip.new,
        old=flip.old,
        turned_at=flip.turned_at,
        reason=flip.reason,
        since=since or (standing.last_inbound if standing is not None else None),
        silence=None if silence is None else float(silence),
        chance=told.get("chance"),
        model=_model(told),
        kind=kind,
        rhythm=Rhythm(
            median=gaps.get("median"),
            p90=gaps.get("p90"),
            longest=gaps.get("longest"),
            n=len(gaps.get("recent") or ()),
            recent=recent[-24:],
        ),
        mirror=mirror_of(history, names),
        evidence=evidence_of(history, names),
        checks=_checks(world, history, partner, standing, told),
        options=_options(world, history, partner, names),
        past=_past(world.store, stored),
        broken_by=broken_by,
        tone="" if kind is NoticeKind.RECOVERY else _tone(world, partner, standing),
    )


def _tone(world: World, partner: Partner, standing: Standing | None) -> str:
    """What their tone lends to the belief in this warning."""
    from flows.tone_facts import ToneReader  # noqa: PLC0415  loads numpy: only where a letter is written

    tones = world.tones or ToneReader(world.store, world.settings)
    return tones.belief_sentence(partner.key, now=world.now if standing is None else standing.judged_at)


def history_of(world: World, partner: Partner, standing: Standing | None) -> tuple[History, dict[str, str]]:
    """A partner's folded past at its horizon, and the names that headers gave to addresses."""
    at = standing.judged_at if standing is not None else world.now
    return past_of(world.store, world.settings, world.directory, partner, horizon=at)


def mirror_of(history: History, names: Mapping[str, str]) -> Mirror:
    """Our own share at the history's moment; `names` by address."""
    mine = owed(history, Side.US)
    last_word = _last(history, Side.PARTNER)
    edge = history.since(_MEETINGS_DAYS)
    return Mirror(
        owed=len(mine),
        owed_days=mine[0].hours * 3600 / history.us.day_seconds if mine else None,
        owed_to=name_of(mine[0].wait.asker, names) if mine else None,
        owed_at=moment_of(mine[0].wait.opened) if mine else None,
        wrote_since=sum(act.side is Side.US and act.at > (last_word or 0) for act in history.acts),
        moved_by_us=_changed(history.occasions, Side.US, edge),
    )


def _edge(kind: NoticeKind, turned_at: datetime) -> int | None:
    return int(turned_at.timestamp()) if kind is NoticeKind.RECOVERY else None


def _last(history: History, side: Side, before: int | None = None) -> int | None:
    """The last human mail of a side, or a held meeting for theirs; before an instant if one is given."""
    instants = [act.at for act in history.acts if act.side is side]
    if side is Side.PARTNER:
        instants += [occasion.end for occasion in history.held]
    return max((at for at in instants if before is None or at < before), default=None)


def _broken_by(history: History, turned_at: datetime) -> str:
    at = int(turned_at.timestamp())
    if any(occasion.end == at for occasion in history.held) and not any(act.at == at for act in history.acts):
        return "a meeting"
    before = _last(history, Side.PARTNER, before=at) or 0
    wrote = any(act.side is Side.US and before < act.at < at for act in history.acts)
    return "we" if wrote else "they"


def _changed(occasions: Iterable[Occasion], by: Side, edge: int) -> int:
    occasions = list(occasions)
    moved = sum(move.by is by and move.seen > edge for _, move in distinct_moves(occasions))
    return moved + sum(o.cancelled is not None and o.cancelled > edge and o.organised_by is by for o in occasions)


def evidence_of(history: History, names: Mapping[str, str]) -> Evidence:
    """The rows behind a mail, at the history's moment."""
    last_in = max((act.at for act in history.acts if act.side is Side.PARTNER), default=None)
    last_out = max((act.at for act in history.acts if act.side is Side.US), default=None)
    coming = [o for o in history.occasions if o.start > history.now and o.cancelled is None]
    following = min(coming, key=lambda o: o.start, default=None)
    waiting = owed(history, Side.PARTNER)
    oldest = waiting[0].wait if waiting else None
    return Evidence(
        last_inbound=None if last_in is None else moment_of(last_in),
        last_outbound=None if last_out is None else moment_of(last_out),
        last_meeting=moment_of(history.held[-1].start) if history.held else None,
        next_meeting=None if following is None else moment_of(following.start),
        next_meeting_accepted=None if following is None else _is_accepted(following),
        thread_with=None if oldest is None else name_of(oldest.asked[0] if oldest.asked else oldest.asker, names),
        thread_at=None if oldest is None else moment_of(oldest.opened),
        moved_by_them=_changed(history.occasions, Side.PARTNER, history.since(_MEETINGS_DAYS)),
    )


def _is_accepted(occasion: Occasion) -> bool:
    return occasion.organised_by is Side.PARTNER or any(
        answer.side is Side.PARTNER and answer.response is Response.ACCEPTED for answer in occasion.answers
    )


def _checks(
    world: World, history: History, partner: Partner, standing: Standing | None, told: Mapping[str, Any]
) -> Checks:
    since = _last(history, Side.PARTNER)
    first = history.date_of(since) if since is not None else history.date_of(history.now)
    last = history.date_of(history.now)
    ours = (world.settings.country, world.settings.region)
    theirs = (partner.hours.country, partner.hours.region)
    named = [f"{name} ({day.day} {day:%b})" for day, name in _holidays([ours, theirs], first, last)]
    absences = [_absence(pause) for pause in told.get("pauses") or ()]
    carriers = world.store.sources.carriers().get(partner.key, [])
    return Checks(
        holidays=tuple(named),
        absences=tuple(absence for absence in absences if absence),
        read_until=None if standing is None else standing.judged_at,
        sources=len(carriers),
    )


def _holidays(places: Iterable[tuple[str | None, str | None]], first: date, last: date) -> list[tuple[date, str]]:
    """Public holidays on weekdays in (first, last], with their names, each day once."""
    import holidays  # noqa: PLC0415  the library is large

    found: dict[date, str] = {}
    for country, region in places:
        if country is None:
            continue
        part = region.removeprefix(f"{country}-") if region else None
        try:
            table = holidays.country_holidays(country, subdiv=part, years=range(first.year, last.year + 1))
        except NotImplementedError:
            continue
        for day, name in sorted(table.items()):
            if first < day <= last and day.weekday() < 5:
                found.setdefault(day, f"{name.split(';')[0]}, {country}")
    return sorted(found.items())


def _absence(pause: Mapping[str, Any]) -> str:
    reason = str(pause.get("reason") or "a pause")
    since, until = pause.get("since"), pause.get("until")
    span = " ".join(
        part
        for part in (
            f"from {date.fromisoformat(since):%-d %b}" if since else "",
            f"until {date.fromisoformat(until):%-d %b}" if until else "",
        )
        if part
    )
    return f"Taken out: {reason}{' ' + span if span else ''}."


def _options(world: World, history: History, partner: Partner, names: Mapping[str, str]) -> Options:
    last_word = _last(history, Side.PARTNER) or 0
    nudges = [act.at for act in history.acts if act.side is Side.US and act.at > last_word]
    waits = history.waits_for(Side.PARTNER, _USUAL_DAYS)
    usual = wait_quantile(waits, 0.5) if len(waits) >= _LEAST_ANSWERS else None
    now = int(world.now.timestamp())
    is_open = history.them.is_open(now)
    backup = world.partners.get(partner.backup) if partner.backup else None
    seen = world.standings.get(backup.key) if backup is not None else None
    return Options(
        last_nudge=moment_of(max(nudges)) if nudges else None,
        usual_answer_days=None if usual is None or usual.at_least else usual.value * 3600 / history.them.day_seconds,
        opens_at=None if is_open else moment_of(history.them.next_opening(now)),
        open_until=_closing(history, now) if is_open else None,
        other_person=_other_person(history, names),
        backup=None if backup is None else backup.title,
        backup_seen=None if seen is None else seen.last_inbound,
    )


def _closing(history: History, now: int) -> datetime:
    spans = history.them.intervals(now, now + 86_400)
    return moment_of(spans[0][1])


def _other_person(history: History, names: Mapping[str, str]) -> str | None:
    """Somebody else of theirs who wrote lately, with the day; None where only one person speaks for them."""
    recent = history.recent(_LIVE_DAYS, Side.PARTNER)
    usual: dict[str, int] = {}
    for act in recent:
        usual[act.person] = usual.get(act.person, 0) + 1
    if len(usual) < 2:
        return None
    main = max(usual, key=lambda person: (usual[person], person))
    other = max((act for act in recent if act.person != main), key=lambda act: act.at)
    day = history.date_of(other.at)
    return f"{name_of(other.person, names)}, last wrote on {day.day} {day:%b}"


def _past(store: Store, stored: StoredFlip) -> Past:
    """How often they turned quiet or worse in the 12 months before this flip, and how often they came back."""
    flip = stored.flip
    edge = flip.turned_at - timedelta(days=365)
    earlier = [f for f in store.standings.flips(flip.partner) if edge <= f.turned_at < flip.turned_at]
    fired = resolved = 0
    silent = False
    for each in sorted(earlier, key=lambda f: f.turned_at):
        if each.new in {State.QUIET, State.GONE}:
            fired += not silent
            silent = True
        elif silent and each.new not in TROUBLE | {State.BLIND, State.PAUSED}:
            resolved += 1
            silent = False
    return Past(fired=fired, resolved=resolved)


def _model(told: Mapping[str, Any]) -> str:
    if "model" not in told:
        return ""
    threshold = told.get("threshold")
    limit = f", quiet below {percent(float(threshold))}" if threshold is not None else ""
    return f"{told['model']}, version {told.get('model_version', '?')}{limit}"


def name_of(address: str, names: Mapping[str, str]) -> str:
    """What a person is called: by the name that headers gave, else by the part before the @."""
    return names.get(address) or address.partition("@")[0]
