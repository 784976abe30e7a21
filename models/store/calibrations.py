"""Strictnesses worked out from the own history: proposed, in use, taken back; none is ever overwritten."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select, update

from models.schema.calibration import calibration
from models.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One strictness and what it rests on.

    strictness    factor on the level of the detector, 0..1 (metrics.strictness)
    budget_per_month, partners   false alarms a month that were accepted, and partners watched then
    partner_years, false_alarms  the history asked, from `since` to `until` (UTC), and what it would have brought there
    labels        silences in it that people had judged: "not a problem because ..." or handled
    model         version of the detector that was asked
    who           "monthly", or who asked for it
    in_use        False = proposed only
    undone_at     taken back then; None = it stands
    """

    strictness: float
    budget_per_month: float
    partners: int
    partner_years: float
    false_alarms: int
    labels: int
    model: str
    since: datetime
    until: datetime
    at: datetime
    who: str
    in_use: bool
    id: int = 0
    undone_at: datetime | None = None


# Asked at every push, and mostly there is none.
_STANDING = "SELECT max(id) FROM calibration WHERE in_use AND undone_at IS NULL AND model = ?"


class Calibrations:
    """Every strictness that was ever worked out, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Calibration]:
        """All of them, taken back or not."""
        with self._database.read() as conn:
            return [_of(row) for row in conn.execute(select(calibration).order_by(calibration.c.id))]

    def standing(self, model: str) -> Calibration | None:
        """The one in use for this version of the detector; None if there is none, or if it was taken back."""
        with self._database.read() as conn:
            ((standing,),) = self._database.rows(conn, _STANDING, (model,))
            if standing is None:
                return None
            return _of(conn.execute(select(calibration).where(calibration.c.id == standing)).one())

    def newest(self) -> Calibration | None:
        """The one worked out last, whatever became of it; None before the first."""
        with self._database.read() as conn:
            row = conn.execute(select(calibration).order_by(calibration.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else _of(row)

    def save(self, made: Calibration) -> Calibration:
        """Keep a new one; gives it with its id."""
        values = asdict(made)
        del values["id"]
        with self._database.write() as conn:
            row = conn.execute(insert(calibration).values(**values).returning(calibration)).one()
            return _of(row)

    def undo(self, model: str, *, now: datetime) -> Calibration | None:
        """Take back the one in use, so that the one before holds again; None if none is in use."""
        with self._database.write() as conn:
            row = conn.execute(
                select(calibration)
                .where(calibration.c.in_use, calibration.c.undone_at.is_(None), calibration.c.model == model)
                .order_by(calibration.c.id.desc())
                .limit(1)
                .with_for_update()
            ).one_or_none()
            if row is None:
                return None
            conn.execute(update(calibration).where(calibration.c.id == row.id).values(undone_at=now))
            return _of(row)


def _of(row: Row[tuple[object, ...]]) -> Calibration:
    return Calibration(**row._asdict())
