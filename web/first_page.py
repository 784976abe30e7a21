"""What the first page shows: every partner in a row, worst first, and how fresh each source is. No HTML here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.words import day, moment
from models.records import Concern, Partner, Standing, State
from models.settings import Settings
from models.store.sources import Source

ORDER = (State.GONE, State.QUIET, State.LATE, State.FADING, State.BLIND, State.NEW, State.PAUSED, State.ON_RHYTHM)
NAMES = {state: state.value.replace("_", " ") for state in State}


_CALM = frozenset({State.ON_RHYTHM, State.NEW, State.PAUSED})
_ATTENTION = {
    "answers_we_owe": "we owe answers",
    "over_contact": "too much from us",
    "silent_person": "one person silent",
    "unreachable_person": "one person unreachable",
}
_OPEN_ROWS = 24  # so many calm or blind partners stand open; more are folded away, one press from here


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One partner on the status page; `calls` where somebody should look: its state, or what else stands."""

    partner: Partner
    state: State
    name: str
    reason: str
    since: str
    heard: str
    attention: tuple[str, ...]
    calls: bool


def status_rows(
    partners: Sequence[Partner],
    standings: Mapping[str, Standing],
    concerns: Mapping[str, Sequence[Concern]],
    zone: str,
    *,
    now: datetime,
) -> list[StatusRow]:
    """Every partner, worst first; `concerns` are the standing ones by partner."""
    rows = []
    for partner in partners:
        standing = standings.get(partner.key)
        state = State.NEW if standing is None else standing.state
        attention = _attention(concerns.get(partner.key, ()))
        rows.append(
            StatusRow(
                partner=partner,
                state=state,
                name=NAMES[state],
                reason="Not judged yet." if standing is None else standing.reason,
                since="" if standing is None else day(standing.since, zone, now=now),
                heard=day(standing.last_inbound, zone, now=now) if standing and standing.last_inbound else "never",
                attention=attention,
                calls=state not in _CALM or bool(attention),
            )
        )
    return sorted(rows, key=lambda row: (ORDER.index(row.state), not row.attention, row.partner.title.lower()))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusGroup:
    """A table of the first page: whose partners, how they stand, who calls for a look, and who is folded away as what.

    Where many are blind it is one trouble of ours, said above, and not many of theirs.
    """

    title: str
    says: str
    rows: tuple[StatusRow, ...]
    folded: tuple[tuple[str, tuple[StatusRow, ...]], ...]


def groups_of(rows: Sequence[StatusRow], reader: str) -> tuple[StatusGroup, ...]:
    """The reader's own partners before those of others; one table where all or none are theirs. Worst first in each."""
    mine = [row for row in rows if reader in {row.partner.owner, row.partner.deputy}]
    if not mine or len(mine) == len(rows):
        return (_group("", rows),) if rows else ()
    others = [row for row in rows if row not in mine]
    return _group("Yours", mine), _group("Those of others", others)


def _group(title: str, rows: Sequence[StatusRow]) -> StatusGroup:
    piles = (
        ("blind", [row for row in rows if row.state is State.BLIND and not row.attention]),
        ("calm", [row for row in rows if not row.calls]),
    )
    folded = tuple((f"{len(pile)} {name}", tuple(pile)) for name, pile in piles if len(pile) > _OPEN_ROWS)
    away = {row.partner.key for _, pile in folded for row in pile}
    shown = tuple(row for row in rows if row.partner.key not in away)
    return StatusGroup(title=title, says=tally(rows), rows=shown, folded=folded)


def tally(rows: Sequence[StatusRow]) -> str:
    """ "1 quiet, 1 blind, 10 on rhythm. Also: we owe answers (2).": the worst first."""
    counts = Counter(row.state for row in rows)
    also = Counter(words for row in rows for words in row.attention)
    said = ", ".join(f"{counts[state]} {NAMES[state]}" for state in ORDER if counts[state])
    more = ", ".join(f"{words} ({also[words]})" for words in _ATTENTION.values() if also[words])
    return f"{said}. Also: {more}." if more else f"{said}."


def _attention(concerns: Sequence[Concern]) -> tuple[str, ...]:
    """What stands that is told by mail, in a few words each, what is ours first."""
    names = {concern.name for concern in concerns}
    return tuple(words for name, words in _ATTENTION.items() if name in names)


def source_lines(sources: Sequence[Source], settings: Settings, *, now: datetime) -> list[tuple[str, str, bool]]:
    """Name, freshness and whether it is well, of each source, the unwell first; an archive is always well."""
    stale = timedelta(hours=settings.judge.stale_after_hours)
    lines = []
    for source in sources:
        until = "never read to its end"
        if source.read_until is not None:
            until = f"read up to {moment(source.read_until, settings.zone, now=now)}"
        is_late = source.live and (source.read_until is None or now - source.read_until > stale)
        says = f"{source.failure}; {until}" if source.failure else until
        lines.append((source.name, says, not is_late and source.failure is None))
    return sorted(lines, key=lambda line: line[2])
