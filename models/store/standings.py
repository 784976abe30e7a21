"""Standings, what the detector remembers, readings and flips: the results of judgement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from models.records import Flip, Reading, Standing, State
from models.store.database import Database
from models.tables import flip, memory, partner, reading, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the detector remembers of a partner; `late_since` is the earliest fact not in `state` yet."""

    partner: str
    version: str
    state: bytes
    touched: bool
    late_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The outcome for one partner, saved in one transaction: standing, flips on the way, memory, readings."""

    standing: Standing
    flips: Sequence[Flip] = ()
    version: str = ""
    state: bytes = b""
    readings: Sequence[Reading] = ()
    again: bool = False


class Standings:
    """The results of judgement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Standing]:
        """The present standing of every judged partner, by key."""
        query = select(standing, partner.c.key).join(partner, partner.c.id == standing.c.partner_id)
        with self._database.read() as conn:
            return {row.key: _standing(row) for row in conn.execute(query.order_by(partner.c.key))}

    def due(self, horizon: datetime) -> list[str]:
        """Keys of partners that need judging at the horizon: new facts came, or a deadline passed."""
        query = (
            select(partner.c.key)
            .outerjoin(memory, memory.c.partner_id == partner.c.id)
            .outerjoin(standing, standing.c.partner_id == partner.c.id)
            .where(
                or_(
                    memory.c.touched,
                    standing.c.partner_id.is_(None),
                    standing.c.late_after <= horizon,
                    standing.c.quiet_after <= horizon,
                )
            )
        )
        with self._database.read() as conn:
            return list(conn.scalars(query.order_by(partner.c.key)))

    def memories(self, keys: Iterable[str] | None = None) -> dict[str, Memory]:
        """What the detector remembers, by partner key; all partners when `keys` is None."""
        query = select(memory, partner.c.key).join(partner, partner.c.id == memory.c.partner_id)
        wanted = None if keys is None else set(keys)
        if wanted is not None and len(wanted) <= 500:
            query = query.where(partner.c.key.in_(wanted))
        with self._database.read() as conn:
            return {
                row.key: Memory(
                    partner=row.key,
                    version=row.version,
                    state=bytes(row.state),
                    touched=row.touched,
                    late_since=row.late_since,
                )
                for row in conn.execute(query)
                if wanted is None or row.key in wanted
            }

    def save(self, judgements: Iterable[Judgement], *, now: datetime) -> list[Flip]:
        """Store outcomes; gives the flips that were not stored before."""
        fresh: list[Flip] = []
        with self._database.write() as conn:
            ids = _ids(conn)
            for judgement in judgements:
                partner_id = ids.get(judgement.standing.partner)
                if partner_id is None:  # removed meanwhile
                    continue
                _put_standing(conn, partner_id, judgement.standing)
                _put_memory(conn, partner_id, judgement)
                fresh += [f for f in judgement.flips if _put_flip(conn, partner_id, f, now)]
                if judgement.readings:
                    _put_readings(conn, partner_id, judgement.readings)
        return fresh

    def flips(self, key: str | None = None, *, limit: int = 1000) -> list[Flip]:
        """Changes of state, newest first; of one partner or of all."""
        query = select(flip, partner.c.key).join(partner, partner.c.id == flip.c.partner_id)
        if key is not None:
            query = query.where(partner.c.key == key)
        query = query.order_by(flip.c.turned_at.desc(), flip.c.id.desc()).limit(limit)
        with self._database.read() as conn:
            return [flip_of(row) for row in conn.execute(query)]

    def readings(self, key: str, *, since: datetime | None = None) -> list[Reading]:
        """Stored readings of a partner, oldest first."""
        query = select(reading, partner.c.key).join(partner, partner.c.id == reading.c.partner_id)
        query = query.where(partner.c.key == key).order_by(reading.c.metric, reading.c.at)
        if since is not None:
            query = query.where(reading.c.at >= since)
        with self._database.read() as conn:
            return [
                Reading(partner=row.key, metric=row.metric, at=row.at, value=row.value, n=row.n)
                for row in conn.execute(query)
            ]

    def touch_all(self) -> None:
        """Judge everyone anew next time: a calendar, the budget or the directory changed."""
        with self._database.write() as conn:
            conn.execute(update(memory).values(touched=True, version=""))


def _ids(conn: Connection) -> dict[str, int]:
    return {row.key: row.id for row in conn.execute(select(partner.c.key, partner.c.id))}


def _standing_row(given: Standing) -> dict[str, object]:
    return {
        "state": given.state.value,
        "since": given.since,
        "judged_at": given.judged_at,
        "last_inbound": given.last_inbound,
        "last_outbound": given.last_outbound,
        "late_after": given.late_after,
        "quiet_after": given.quiet_after,
        "chance": given.chance,
        "reason": given.reason,
        "evidence": dict(given.evidence),
    }


def _put_standing(conn: Connection, partner_id: int, given: Standing) -> None:
    row = _standing_row(given)
    if conn.execute(update(standing).where(standing.c.partner_id == partner_id).values(**row)).rowcount == 0:
        conn.execute(insert(standing).values(partner_id=partner_id, **row))


def _put_memory(conn: Connection, partner_id: int, judgement: Judgement) -> None:
    row: Mapping[str, object] = {
        "version": judgement.version,
        "state": judgement.state,
        "touched": judgement.again,
        "late_since": None,
    }
    if conn.execute(update(memory).where(memory.c.partner_id == partner_id).values(**row)).rowcount == 0:
        conn.execute(insert(memory).values(partner_id=partner_id, **row))


def _put_flip(conn: Connection, partner_id: int, given: Flip, now: datetime) -> bool:
    same = select(flip.c.id).where(
        flip.c.partner_id == partner_id, flip.c.turned_at == given.turned_at, flip.c.new == given.new.value
    )
    if conn.execute(same).first() is not None:
        return False
    conn.execute(
        insert(flip).values(
            partner_id=partner_id,
            old=given.old.value,
            new=given.new.value,
            turned_at=given.turned_at,
            written_at=now,
            reason=given.reason,
            evidence=dict(given.evidence),
            historical=given.historical,
        )
    )
    return True


def _put_readings(conn: Connection, partner_id: int, readings: Sequence[Reading]) -> None:
    moments = {r.at for r in readings}
    conn.execute(delete(reading).where(reading.c.partner_id == partner_id, reading.c.at.in_(moments)))
    conn.execute(
        insert(reading),
        [{"partner_id": partner_id, "metric": r.metric, "at": r.at, "value": r.value, "n": r.n} for r in readings],
    )


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    return Standing(
        partner=row.key,
        state=State(row.state),
        since=row.since,
        judged_at=row.judged_at,
        last_inbound=row.last_inbound,
        last_outbound=row.last_outbound,
        late_after=row.late_after,
        quiet_after=row.quiet_after,
        chance=row.chance,
        reason=row.reason,
        evidence=row.evidence,
    )


def flip_of(row: Row[tuple[object, ...]]) -> Flip:
    """The flip of a row of `flip` joined with its partner's key."""
    return Flip(
        partner=row.key,
        old=State(row.old),
        new=State(row.new),
        turned_at=row.turned_at,
        reason=row.reason,
        evidence=row.evidence,
        historical=row.historical,
    )
