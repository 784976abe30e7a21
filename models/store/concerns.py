"""Concerns: findings that ask for attention, with the dates on which they began and ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from models.records import Concern, Side
from models.schema.judgement import concern
from models.schema.people import partner
from models.store.database import Database

_FEW = 500  # ids in one statement; above this everything is read
_QUERY = (
    select(concern, partner.c.key)
    .join(partner, partner.c.id == concern.c.partner_id)
    .order_by(concern.c.since, concern.c.id)
)


class Concerns:
    """What asks for attention now, and what did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, partner_ids: Collection[int] | None = None) -> dict[str, list[Concern]]:
        """The concerns that stand, by partner key, the oldest first; of the partners with these ids or of all."""
        query = _QUERY.where(concern.c.until.is_(None))
        if partner_ids is not None and len(partner_ids) <= _FEW:
            query = query.where(concern.c.partner_id.in_(list(partner_ids)))
        found: dict[str, list[Concern]] = {}
        for row in self._read(query):
            found.setdefault(row.partner, []).append(row)
        return found

    def of(self, key: str, *, since: datetime | None = None) -> list[Concern]:
        """Concerns of one partner, the oldest first; with `since` those that still stood then."""
        query = _QUERY.where(partner.c.key == key)
        if since is not None:
            query = query.where(concern.c.until.is_(None) | (concern.c.until >= since))
        return self._read(query)

    def all(self) -> list[Concern]:
        """Every concern of every partner, the oldest first."""
        return self._read(_QUERY)

    def by_id(self, ids: Collection[int]) -> dict[int, Concern]:
        """These concerns, by id."""
        wanted = sorted(set(ids))
        found: dict[int, Concern] = {}
        for start in range(0, len(wanted), _FEW):
            part = self._read(_QUERY.where(concern.c.id.in_(wanted[start : start + _FEW])))
            found.update({one.id: one for one in part})
        return found

    def _read(self, query: Select[Any]) -> list[Concern]:
        with self._database.read() as conn:
            return [_concern(row) for row in conn.execute(query)]


def put_concern(conn: Connection, partner_id: int, given: Concern, now: datetime) -> None:
    """Store one concern within the caller's transaction; the same partner, name, subject and beginning is the same."""
    same = (
        (concern.c.partner_id == partner_id)
        & (concern.c.name == given.name)
        & (concern.c.subject == given.subject)
        & (concern.c.since == given.since)
    )
    changing = {
        "side": given.side.value,
        "until": given.until,
        "seen_at": given.seen_at,
        "sentence": given.sentence,
        "value": given.value,
        "n": given.n,
    }
    if conn.execute(update(concern).where(same).values(**changing)).rowcount == 0:
        conn.execute(
            insert(concern).values(
                partner_id=partner_id,
                name=given.name,
                subject=given.subject,
                since=given.since,
                written_at=now,
                historical=given.historical,
                **changing,
            )
        )


def _concern(row: Row[tuple[object, ...]]) -> Concern:
    return Concern(
        id=row.id,
        partner=row.key,
        name=row.name,
        subject=row.subject,
        side=Side(row.side),
        since=row.since,
        until=row.until,
        seen_at=row.seen_at,
        sentence=row.sentence,
        value=row.value,
        n=row.n,
        historical=row.historical,
    )
