"""What audits found: how far each source is complete, and the gaps that could not be closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from models.schema.accounts import audit
from models.schema.sources import source
from models.store.database import Database
from models.store.plain import moment

_LATEST = """
SELECT s.name, a.at, a.listed, a.missing, a.repaired, a.complete_until, a.gap_since, a.gap_until
FROM audit a JOIN source s ON s.id = a.source_id WHERE a.id IN (SELECT max(id) FROM audit GROUP BY source_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One comparison of the service's ids with ours.

    listed, missing, repaired  ids at the service; of those unknown to us; of those read now
    complete_until             everything up to here is here, UTC; None = cannot be told
    gap_since, gap_until       a stretch that was not read in time, and when that ended
    """

    source: str
    at: datetime
    listed: int
    missing: int
    repaired: int
    complete_until: datetime | None
    gap_since: datetime | None = None
    gap_until: datetime | None = None


class Coverage:
    """Audits by source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, found: Audit) -> None:
        """Write down an audit. LookupError for a source that was never read."""
        with self._database.write() as conn:
            source_id = conn.execute(select(source.c.id).where(source.c.name == found.source)).scalar()
            if source_id is None:
                raise LookupError(found.source)
            conn.execute(
                insert(audit).values(
                    source_id=source_id,
                    at=found.at,
                    listed=found.listed,
                    missing=found.missing,
                    repaired=found.repaired,
                    complete_until=found.complete_until,
                    gap_since=found.gap_since,
                    gap_until=found.gap_until,
                )
            )

    def latest(self) -> dict[str, Audit]:
        """The newest audit of each source."""
        with self._database.read() as conn:
            rows = self._database.rows(conn, _LATEST)
        return {
            name: Audit(
                source=name,
                at=datetime.fromtimestamp(at, UTC),
                listed=listed,
                missing=missing,
                repaired=repaired,
                complete_until=moment(complete_until),
                gap_since=moment(gap_since),
                gap_until=moment(gap_until),
            )
            for name, at, listed, missing, repaired, complete_until, gap_since, gap_until in rows
        }
