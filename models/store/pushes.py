"""How well push does: how late its word comes after a change, and how many changes nobody told us of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from sqlalchemy import Connection, Row, delete, insert, select, update

from models.schema.accounts import channel
from models.schema.pushes import push_day, push_mark
from models.schema.sources import source
from models.store.database import Database

EDGES = (2, 5, 10, 20, 40, 60, 120, 300, 600)  # seconds; a change told of later than the last is lost
_MARKS_LAST = timedelta(days=2)
_DAYS_LAST = 60


class Mark(IntEnum):
    """What happened at a moment."""

    TOLD = 0  # a push came
    WAITING = 1  # a change that was read before any push told of it
    LISTENING = 2  # since then a channel stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What waits to be compared, ascending, UTC. `since` = from when on changes are promised to be told."""

    since: datetime
    told: tuple[datetime, ...] = ()
    waiting: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one change: told so late after it, or (None) never told in time."""

    at: datetime
    late: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushQuality:
    """Sums over some days.

    told, lost          changes
    half, nearly_all    seconds within which one in two, nineteen in twenty of the told ones were known; upper edges
    worst               the longest of them, seconds; these three are None where nothing was told
    """

    told: int = 0
    lost: int = 0
    half: int | None = None
    nearly_all: int | None = None
    worst: int | None = None

    @property
    def lost_share(self) -> float | None:
        """0..1; None where nothing was seen."""
        seen = self.told + self.lost
        return self.lost / seen if seen else None


class Pushes:
    """Marks and sums of every source with a channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def marks(self, name: str, *, now: datetime) -> Marks | None:
        """What waits for this source; None where no channel stands: then nothing is promised, and nothing waits."""
        with self._database.read() as conn:
            source_id = _standing(conn, name, now)
            rows = [] if source_id is None else _marks(conn, source_id)
        if source_id is None:
            return None
        found: dict[int, list[datetime]] = {kind: [] for kind in Mark}
        for row in rows:
            found[row.kind].append(row.at)
        if found[Mark.LISTENING]:
            return Marks(
                since=found[Mark.LISTENING][0], told=tuple(found[Mark.TOLD]), waiting=tuple(found[Mark.WAITING])
            )
        with self._database.write() as conn:  # the first look at a new channel
            conn.execute(delete(push_mark).where(push_mark.c.source_id == source_id, push_mark.c.kind != Mark.TOLD))
            conn.execute(insert(push_mark).values(source_id=source_id, kind=Mark.LISTENING, at=now))
        return Marks(since=now, told=tuple(found[Mark.TOLD]))

    def stop(self, name: str) -> None:
        """No channel stands any more: what was promised no longer holds."""
        with self._database.write() as conn:
            source_id = conn.execute(select(source.c.id).where(source.c.name == name)).scalar()
            conn.execute(delete(push_mark).where(push_mark.c.source_id == source_id))

    def settle(
        self,
        name: str,
        outcomes: Iterable[Outcome],
        *,
        waiting: Collection[datetime],
        forget_before: datetime,
        now: datetime,
    ) -> None:
        """Add up what was decided, keep what waits on, and forget pushes of before."""
        with self._database.write() as conn:
            source_id = conn.execute(select(source.c.id).where(source.c.name == name)).scalar_one()
            own = push_mark.c.source_id == source_id
            conn.execute(delete(push_mark).where(own, push_mark.c.kind == Mark.WAITING))
            conn.execute(delete(push_mark).where(own, push_mark.c.kind == Mark.TOLD, push_mark.c.at < forget_before))
            if waiting:
                rows = [{"source_id": source_id, "kind": Mark.WAITING, "at": at} for at in sorted(waiting)]
                conn.execute(insert(push_mark), rows)
            by_day: dict[int, list[Outcome]] = {}
            for outcome in outcomes:
                by_day.setdefault(_day(outcome.at), []).append(outcome)
            for day, decided in by_day.items():
                _add(conn, source_id, day, decided)
            conn.execute(
                delete(push_day).where(push_day.c.source_id == source_id, push_day.c.day < _day(now) - _DAYS_LAST)
            )

    def quality(self, *, since: datetime) -> dict[str, PushQuality]:
        """By source, over the days from `since` on."""
        query = (
            select(source.c.name, push_day)
            .join(source, source.c.id == push_day.c.source_id)
            .where(push_day.c.day >= _day(since))
        )
        rows: dict[str, list[Row[tuple[object, ...]]]] = {}
        with self._database.read() as conn:
            for row in conn.execute(query):
                rows.setdefault(row.name, []).append(row)
        return {name: _quality(days) for name, days in rows.items()}


def note_push(conn: Connection, database: Database, source_id: int, *, now: datetime) -> None:
    """A push came: within the transaction of whoever received it."""
    at = int(now.timestamp())
    conn.exec_driver_sql(
        database.sql("INSERT INTO push_mark (source_id, kind, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"),
        (source_id, int(Mark.TOLD), at),
    )
    # A source that nobody reads for days must not gather a row a second.
    conn.execute(
        delete(push_mark).where(
            push_mark.c.source_id == source_id, push_mark.c.kind == Mark.TOLD, push_mark.c.at < now - _MARKS_LAST
        )
    )


def _standing(conn: Connection, name: str, now: datetime) -> int | None:
    query = select(source.c.id).join(channel, channel.c.source_id == source.c.id)
    found = conn.execute(query.where(source.c.name == name, channel.c.expires_at > now).limit(1)).scalar()
    return None if found is None else int(found)


def _marks(conn: Connection, source_id: int) -> Sequence[Row[tuple[object, ...]]]:
    query = select(push_mark.c.kind, push_mark.c.at).where(push_mark.c.source_id == source_id)
    return list(conn.execute(query.order_by(push_mark.c.kind, push_mark.c.at)))


def _add(conn: Connection, source_id: int, day: int, decided: Sequence[Outcome]) -> None:
    where = (push_day.c.source_id == source_id, push_day.c.day == day)
    row = conn.execute(select(push_day).where(*where)).one_or_none()
    late = list(row.late) if row is not None else [0] * len(EDGES)
    lost, worst = (row.lost, row.worst) if row is not None else (0, 0)
    for outcome in decided:
        if outcome.late is None:
            lost += 1
            continue
        seconds = int(outcome.late.total_seconds())
        late[next((n for n, edge in enumerate(EDGES) if seconds <= edge), len(EDGES) - 1)] += 1
        worst = max(worst, seconds)
    values = {"lost": lost, "late": late, "worst": worst}
    if row is None:
        conn.execute(insert(push_day).values(source_id=source_id, day=day, **values))
    else:
        conn.execute(update(push_day).where(*where).values(**values))


def _quality(days: Sequence[Row[tuple[object, ...]]]) -> PushQuality:
    late = [sum(counts) for counts in zip(*(row.late for row in days), strict=True)]
    told = sum(late)
    if not told:
        return PushQuality(lost=sum(row.lost for row in days))
    return PushQuality(
        told=told,
        lost=sum(row.lost for row in days),
        half=_within(late, 0.5),
        nearly_all=_within(late, 0.95),
        worst=max(row.worst for row in days),
    )


def _within(late: Sequence[int], share: float) -> int:
    reached = 0
    for edge, count in zip(EDGES, late, strict=True):
        reached += count
        if reached >= share * sum(late):
            return edge
    return EDGES[-1]


def _day(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) // 86_400
