"""Sources: cursors, horizons, leases, failures. A source that cannot be read is not a silent partner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select, update

from models.schema.columns import Instant
from models.schema.sources import item, source
from models.store.database import Database
from models.store.plain import among, moment

_FEW = 500  # partners in one statement; above this everything is read
_CARRIERS = """
SELECT p.key, s.name, c.last_at
FROM partner p JOIN carries c ON c.partner_id = p.id JOIN source s ON s.id = c.source_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is known of one account or archive; times UTC, None = never."""

    id: int
    name: str
    live: bool
    location: str | None
    cursor: str | None
    directory: str | None
    generation: int
    read_until: datetime | None
    pulled_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    needs_person: bool
    dirty_since: datetime | None
    rest_until: datetime | None
    lease: str | None
    lease_until: datetime | None
    texts: bool


_FIELDS = tuple(Source.__dataclass_fields__)
_MOMENTS = ("read_until", "pulled_at", "failed_at", "dirty_since", "rest_until", "lease_until")
_FLAGS = ("live", "needs_person", "texts")
_SOURCES = f"SELECT {', '.join(_FIELDS)} FROM source"


class Sources:
    """Cursors, horizons, leases, failures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Source]:
        """Every source by name."""
        with self._database.read() as conn:
            return [_source(row) for row in self._database.rows(conn, f"{_SOURCES} ORDER BY name")]

    def find(self, name: str) -> Source | None:
        """The source of this name; None if it was never read."""
        with self._database.read() as conn:
            where, values = among("name", [name])
            return next((_source(row) for row in self._database.rows(conn, f"{_SOURCES}{where}", values)), None)

    def ensure(self, name: str, *, live: bool, location: str | None = None) -> Source:
        """The source of this name, made if it is new."""
        known = self.find(name)
        if known is not None and known.location == (location or known.location):
            return known
        with self._database.write() as conn:
            row = conn.execute(select(source.c.id).where(source.c.name == name)).first()
            if row is None:
                conn.execute(insert(source).values(name=name, live=live, location=location))
            elif location is not None:
                conn.execute(update(source).where(source.c.name == name).values(location=location))
        found = self.find(name)
        if found is None:
            raise LookupError(name)
        return found

    def lease(self, name: str, worker: str, *, now: datetime, length: timedelta) -> bool:
        """Take the source for this worker alone; False while another holds it. A lease ends by itself."""
        free = or_(source.c.lease.is_(None), source.c.lease_until < now, source.c.lease == worker)
        with self._database.write() as conn:
            result = conn.execute(
                update(source).where(source.c.name == name, free).values(lease=worker, lease_until=now + length)
            )
            return bool(result.rowcount)

    def release(self, name: str, worker: str) -> None:
        """Give the source back."""
        with self._database.write() as conn:
            conn.execute(
                update(source)
                .where(source.c.name == name, source.c.lease == worker)
                .values(lease=None, lease_until=None)
            )

    def start_over(self, name: str) -> int:
        """Forget the cursor and raise the generation: what this reading does not see is swept at its end."""
        with self._database.write() as conn:
            conn.execute(
                update(source).where(source.c.name == name).values(cursor=None, generation=source.c.generation + 1)
            )
            return int(conn.execute(select(source.c.generation).where(source.c.name == name)).scalar_one())

    def with_texts(self, name: str) -> None:
        """From now on this archive is read with its texts; what was read without them is read again."""
        known = self.find(name)
        if known is None or known.texts:
            return
        with self._database.write() as conn:
            conn.execute(update(source).where(source.c.name == name).values(texts=True))
        if known.cursor is not None:
            self.start_over(name)

    def finished(self, name: str, *, now: datetime, directory: str) -> None:
        """A pull reached its end: no failure stands any more. `directory` is the fingerprint it was read with.

        An account was read up to now at the most, whatever a clock that ran ahead has said before.
        """
        with self._database.write() as conn:
            conn.execute(
                update(source)
                .where(source.c.name == name)
                .values(
                    pulled_at=now,
                    failed_at=None,
                    failure=None,
                    needs_person=False,
                    rest_until=None,
                    directory=directory,
                )
            )
            ahead = (source.c.name == name) & source.c.live & (source.c.read_until > now)
            conn.execute(update(source).where(ahead).values(read_until=now))

    def failed(
        self, name: str, failure: str, *, now: datetime, needs_person: bool = False, rest_until: datetime | None = None
    ) -> None:
        """Note a failure; `failed_at` stays that of the first in a row."""
        with self._database.write() as conn:
            conn.execute(
                update(source)
                .where(source.c.name == name)
                .values(
                    failed_at=func.coalesce(source.c.failed_at, literal(now, Instant)),
                    failure=failure,
                    needs_person=needs_person,
                    rest_until=rest_until,
                )
            )

    def forgive(self, names: Collection[str]) -> None:
        """Access was given anew: failures of before say nothing any more."""
        with self._database.write() as conn:
            conn.execute(
                update(source)
                .where(source.c.name.in_(list(names)))
                .values(failed_at=None, failure=None, needs_person=False, rest_until=None)
            )

    def mark_dirty(self, name: str, *, now: datetime) -> None:
        """A push said that something changed; the next pull that begins after it clears it."""
        with self._database.write() as conn:
            conn.execute(update(source).where(source.c.name == name, unannounced(now)).values(dirty_since=now))

    def clear_dirty(self, name: str, *, before: datetime) -> None:
        """A pull that began at `before` has seen what was announced earlier; the same second may be too late."""
        with self._database.write() as conn:
            conn.execute(
                update(source).where(source.c.name == name, source.c.dirty_since < before).values(dirty_since=None)
            )

    def dirty(self) -> list[str]:
        """Names of sources that a push announced and no pull has read yet, longest waiting first."""
        with self._database.read() as conn:
            query = select(source.c.name).where(source.c.dirty_since.is_not(None)).order_by(source.c.dirty_since)
            return list(conn.scalars(query))

    def forget(self, name: str) -> None:
        """Remove a source, its ledger and its meetings."""
        with self._database.write() as conn:
            conn.execute(source.delete().where(source.c.name == name))

    def ledger(self, name: str) -> dict[str, int]:
        """How many of a source's listed ids ended how: "stored", "vanished" (still counts), "gone", or why not."""
        ending = case(
            (item.c.state == 0, "stored"),
            (item.c.state == 2, "gone"),
            (item.c.state == 3, "vanished"),
            else_=func.coalesce(item.c.reason, "failed"),
        )
        query = (
            select(ending, func.count())
            .join(source, source.c.id == item.c.source_id)
            .where(source.c.name == name)
            .group_by(ending)
        )
        with self._database.read() as conn:
            return {row[0]: row[1] for row in conn.execute(query)}

    def carriers(self, partner_ids: Collection[int] | None = None) -> dict[str, list[tuple[str, datetime]]]:
        """For each partner key: the sources that carried it, with the last time each did. None = all partners."""
        few = partner_ids is not None and len(partner_ids) <= _FEW
        where, values = among("c.partner_id", partner_ids if few else None)
        found: dict[str, list[tuple[str, datetime]]] = {}
        with self._database.read() as conn:
            for key, name, last_at in self._database.rows(conn, f"{_CARRIERS}{where}", values):
                found.setdefault(key, []).append((name, datetime.fromtimestamp(last_at, UTC)))
        return found


def unannounced(now: datetime) -> ColumnElement[bool]:
    """The condition under which a push is news: no mark stands, one from a clock that ran ahead, or a pull is under
    way that may have looked too early."""
    return or_(source.c.dirty_since.is_(None), source.c.dirty_since > now, source.c.lease_until > now)


def _source(row: Sequence[Any]) -> Source:
    values = dict(zip(_FIELDS, row, strict=True))
    for name in _MOMENTS:
        values[name] = moment(values[name])
    for name in _FLAGS:
        values[name] = bool(values[name])
    return Source(**values)
