"""Standings, what the detector remembers, readings and flips: the results of judgement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from models.records import Concern, Flip, Reading, Standing, State
from models.schema.judgement import TO_DO, attention, flip, reading, standing
from models.schema.people import partner
from models.store.bulk import Bulk
from models.store.concerns import put_concern
from models.store.database import Database, as_json
from models.store.plain import among, from_json, moment
from models.store.rows import seconds

_FEW = 500  # ids in one statement; above this everything is read


def _upsert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    news = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({columns[0]}) DO UPDATE SET {news}"
    )


_PUT_STANDING = _upsert("standing", [column.name for column in standing.columns])
# News that came since the judgement read its facts is not wiped. A partner may have been removed meanwhile.
_PUT_ATTENTION = """
INSERT INTO attention (partner_id, news, touched) SELECT id, ?, ? FROM partner WHERE id = ?
ON CONFLICT (partner_id) DO UPDATE SET
touched = CASE WHEN attention.news = excluded.news THEN excluded.touched ELSE attention.touched END,
late_since = CASE WHEN attention.news = excluded.news THEN NULL ELSE attention.late_since END"""
_PUT_LOOK = """
UPDATE attention SET unmeasured = (news <> ?), look_again = ?, rules = ? WHERE partner_id = ?"""

_STANDINGS = """
SELECT p.key, s.state, s.since, s.judged_at, s.last_inbound, s.last_outbound, s.late_after, s.quiet_after, s.chance,
s.reason, s.evidence FROM standing s JOIN partner p ON p.id = s.partner_id"""
_MEMORIES = """
SELECT a.partner_id, a.news, a.touched, a.late_since, a.look_again, a.rules,
s.version, s.memory, s.state, s.since, s.last_inbound, s.evidence
FROM attention a LEFT JOIN standing s ON s.partner_id = a.partner_id"""
_NO_TREND = '"fading":null'


class Before(NamedTuple):
    """What the last standing leaves to the next one; `fading` is the sentence of the trend in force, None = none."""

    state: State
    since: datetime
    last_inbound: datetime | None
    fading: str | None


class Memory(NamedTuple):
    """What is known of a partner when it is judged again.

    news        a number that grows with every news of it
    touched     new facts wait
    late_since  the earliest of them
    look_again  when the signals are due although nothing comes; None = they were never looked at
    rules       under which they were looked at last; None = never
    version     of what the detector remembers; "" = it is to be learned anew
    state       what the detector remembers; empty before the first judgement
    before      the last standing; None before the first judgement
    """

    news: int
    touched: bool
    late_since: datetime | None
    look_again: datetime | None
    rules: str | None
    version: str
    state: bytes
    before: Before | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The outcome for one partner, saved in one transaction: standing, flips on the way, memory, readings, concerns.

    news        `Memory.news` of when the facts were read; where more came since, it is to be judged again
    concerns    those that began, changed or ended
    look_again  when time alone may change the signals; None = they were not looked at
    rules       under which they were looked at, see metrics/fingerprint.py
    """

    partner_id: int
    standing: Standing
    flips: Sequence[Flip] = ()
    news: int = 0
    version: str = ""
    state: bytes = b""
    readings: Sequence[Reading] = ()
    again: bool = False
    concerns: Sequence[Concern] = ()
    look_again: datetime | None = None
    rules: str = ""


class Standings:
    """The results of judgement."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, partner_ids: Collection[int] | None = None) -> dict[str, Standing]:
        """The present standing of every judged partner, or of those with these ids, by key."""
        few = partner_ids is not None and len(partner_ids) <= _FEW
        where, values = among("s.partner_id", partner_ids if few else None)
        with self._database.read() as conn:
            found = self._database.rows(conn, f"{_STANDINGS}{where} ORDER BY p.key", values)
        return {row[0]: _standing(row) for row in found}

    def due(self, horizon: datetime) -> list[str]:
        """Keys of partners that need judging at the horizon: new facts came, or a deadline passed."""
        query = (
            select(partner.c.key)
            .outerjoin(attention, attention.c.partner_id == partner.c.id)
            .outerjoin(standing, standing.c.partner_id == partner.c.id)
            .where(
                or_(
                    attention.c.touched,
                    attention.c.unmeasured,
                    attention.c.look_again <= horizon,
                    standing.c.partner_id.is_(None),
                    standing.c.late_after <= horizon,
                    standing.c.quiet_after <= horizon,
                )
            )
        )
        with self._database.read() as conn:
            return list(conn.scalars(query.order_by(partner.c.key)))

    def memories(self, partner_ids: Collection[int]) -> dict[int, Memory]:
        """What is known of those partners of which there was any news, by partner id."""
        few = len(partner_ids) <= _FEW
        where, values = among("a.partner_id", partner_ids if few else None)
        with self._database.read() as conn:
            found = self._database.rows(conn, f"{_MEMORIES}{where}", values)
        return {row[0]: _memory(row) for row in found if few or row[0] in partner_ids}

    def save(self, judgements: Sequence[Judgement], *, now: datetime) -> list[Flip]:
        """Store outcomes; gives the flips that were not stored before."""
        fresh: list[Flip] = []
        with self._database.write() as conn:
            bulk = Bulk(conn, self._database)
            ordered = sorted(judgements, key=lambda j: j.partner_id)  # all workers take the rows in one order
            bulk.run(_PUT_ATTENTION, [(j.news, j.again, j.partner_id) for j in ordered])
            news = _news_of(bulk, [j.partner_id for j in ordered])
            kept = [j for j in ordered if j.partner_id in news]
            bulk.run(_PUT_STANDING, [_standing_row(j, is_past=news[j.partner_id] != j.news) for j in kept])
            bulk.run(_PUT_LOOK, [(j.news, _seconds(j.look_again), j.rules, j.partner_id) for j in kept if j.readings])
            for judgement in kept:
                fresh += [f for f in judgement.flips if _put_flip(conn, judgement.partner_id, f, now)]
                if judgement.readings:
                    _put_readings(conn, judgement.partner_id, judgement.readings)
                for concern in judgement.concerns:
                    put_concern(conn, judgement.partner_id, concern, now)
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
            return [_reading(row) for row in conn.execute(query)]

    def latest_readings(self) -> dict[str, list[Reading]]:
        """The newest stored week of every measured partner, by key and metric."""
        newest = select(reading.c.partner_id, func.max(reading.c.at).label("at")).group_by(reading.c.partner_id)
        last = newest.subquery()
        query = (
            select(reading, partner.c.key)
            .join(last, (last.c.partner_id == reading.c.partner_id) & (last.c.at == reading.c.at))
            .join(partner, partner.c.id == reading.c.partner_id)
            .order_by(partner.c.key, reading.c.metric)
        )
        found: dict[str, list[Reading]] = {}
        with self._database.read() as conn:
            for row in conn.execute(query):
                found.setdefault(row.key, []).append(_reading(row))
        return found

    def forget_memories(self, keys: Iterable[str]) -> None:
        """Judge these partners from their whole history next time."""
        wanted = list(keys)
        with self._database.write() as conn:
            ids = select(partner.c.id).where(partner.c.key.in_(wanted))
            conn.execute(update(standing).where(standing.c.partner_id.in_(ids)).values(version=""))
            conn.execute(update(attention).where(attention.c.partner_id.in_(ids)).values(**TO_DO, unmeasured=True))

    def touch_all(self) -> None:
        """Judge everyone anew next time: a calendar, the budget or the directory changed."""
        with self._database.write() as conn:
            conn.execute(update(standing).values(version=""))
            conn.execute(update(attention).values(**TO_DO, unmeasured=True))


def _reading(row: Row[tuple[object, ...]]) -> Reading:
    return Reading(partner=row.key, metric=row.metric, at=row.at, value=row.value, n=row.n, at_least=bool(row.at_least))


def _news_of(bulk: Bulk, ids: Sequence[int]) -> dict[int, int]:
    return dict(bulk.select_in("SELECT partner_id, news FROM attention WHERE partner_id IN", ids))


def _standing_row(judgement: Judgement, *, is_past: bool) -> tuple[object, ...]:
    """The row; what was learned from facts that may be gone by now is not remembered."""
    given = judgement.standing
    return (
        judgement.partner_id,
        given.state.value,
        seconds(given.since),
        seconds(given.judged_at),
        _seconds(given.last_inbound),
        _seconds(given.last_outbound),
        _seconds(given.late_after),
        _seconds(given.quiet_after),
        given.chance,
        given.reason,
        as_json(given.evidence),
        "" if is_past else judgement.version,
        None if is_past else judgement.state,
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else seconds(moment)


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
        [
            {
                "partner_id": partner_id,
                "metric": r.metric,
                "at": r.at,
                "value": r.value,
                "n": r.n,
                "at_least": r.at_least,
            }
            for r in readings
        ],
    )


def _standing(row: tuple[Any, ...]) -> Standing:
    key, state, since, judged, last_in, last_out, late, quiet, chance, reason, evidence = row
    return Standing(
        partner=key,
        state=State(state),
        since=datetime.fromtimestamp(since, UTC),
        judged_at=datetime.fromtimestamp(judged, UTC),
        last_inbound=moment(last_in),
        last_outbound=moment(last_out),
        late_after=moment(late),
        quiet_after=moment(quiet),
        chance=chance,
        reason=reason,
        evidence=from_json(evidence),
    )


def _memory(row: tuple[Any, ...]) -> Memory:
    _, news, touched, late_since, look_again, rules, version, state, *last = row
    before = None
    if last[0] is not None:
        turned, since, last_inbound, evidence = last
        before = Before(State(turned), datetime.fromtimestamp(since, UTC), moment(last_inbound), _fading(evidence))
    return Memory(
        news=news,
        touched=bool(touched),
        late_since=moment(late_since),
        look_again=moment(look_again),
        rules=rules,
        version=version or "",
        state=bytes(state or b""),
        before=before,
    )


def _fading(evidence: Any) -> str | None:
    if isinstance(evidence, str) and _NO_TREND in evidence:
        return None  # what nearly all say, without taking it apart
    told = from_json(evidence).get("fading")
    return told if isinstance(told, str) else None


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
