"""Partners, our own names, absences: who is who."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from models.directory import Directory
from models.records import Absence, Agreed, Partner, WorkingHours
from models.schema.mail import message, recipient
from models.schema.people import absence, ours, partner
from models.store.database import Database

_FEW = 500  # names in one statement; above this everything is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A partner, its row, and since when it is watched (UTC)."""

    id: int
    partner: Partner
    since: datetime


class Partners:
    """Who is who."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def us(self) -> tuple[str, ...]:
        """Our domains and addresses, sorted."""
        with self._database.read() as conn:
            return tuple(conn.scalars(select(ours.c.name).order_by(ours.c.name)))

    def set_us(self, names: Iterable[str]) -> None:
        """Replace our domains and addresses."""
        with self._database.write() as conn:
            conn.execute(delete(ours))
            rows = [{"name": name} for name in sorted({n.strip().lower().lstrip("@") for n in names} - {""})]
            if rows:
                conn.execute(insert(ours), rows)

    def all(self) -> list[Partner]:
        """Every partner by key."""
        with self._database.read() as conn:
            return [_partner(row) for row in conn.execute(select(partner).order_by(partner.c.key))]

    def find(self, key: str) -> Partner | None:
        """The partner of this key; None if there is none."""
        with self._database.read() as conn:
            row = conn.execute(select(partner).where(partner.c.key == key)).one_or_none()
            return None if row is None else _partner(row)

    def watched(self, keys: Collection[str] | None = None) -> list[Watched]:
        """Partners with the moment since when they are watched, by key; all of them when `keys` is None."""
        query = select(partner).order_by(partner.c.key)
        few = keys is not None and len(keys) <= _FEW
        if keys is not None and few:
            query = query.where(partner.c.key.in_(list(keys)))
        with self._database.read() as conn:
            return [
                Watched(id=row.id, partner=_partner(row), since=row.added_at)
                for row in conn.execute(query)
                if keys is None or few or row.key in keys
            ]

    def count(self) -> int:
        """How many partners are watched."""
        with self._database.read() as conn:
            return conn.execute(select(func.count()).select_from(partner)).scalar_one()

    def add(self, added: Partner, *, now: datetime) -> bool:
        """Store a new partner; False if its key is taken."""
        with self._database.write() as conn:
            if conn.execute(select(partner.c.id).where(partner.c.key == added.key)).first():
                return False
            conn.execute(insert(partner).values(**_row(added), added_at=now))
            return True

    def change(self, changed: Partner) -> bool:
        """Store the new values of a partner; False if there is none of this key."""
        with self._database.write() as conn:
            result = conn.execute(update(partner).where(partner.c.key == changed.key).values(**_row(changed)))
            return bool(result.rowcount)

    def remove(self, key: str) -> bool:
        """Forget a partner and everything known of it; False if there is none of this key."""
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == key)).scalar()
            if partner_id is None:
                return False
            mails = select(message.c.id).where(message.c.partner_id == partner_id)
            conn.execute(delete(recipient).where(recipient.c.message_id.in_(mails)))
            conn.execute(delete(partner).where(partner.c.id == partner_id))
            return True

    def directory(self, more_us: Sequence[str] = ()) -> Directory:
        """Who is who, from the stored names and those of the settings."""
        return Directory((*self.us(), *more_us), self.all())

    def absences(self, key: str | None = None, *, ids: Collection[int] | None = None) -> list[Absence]:
        """Absences of one partner, of the partners with these ids, or of all; oldest first."""
        query = select(absence, partner.c.key).join(partner, partner.c.id == absence.c.partner_id)
        if ids is not None and len(ids) <= _FEW:
            query = query.where(absence.c.partner_id.in_(list(ids)))
        if key is not None:
            query = query.where(partner.c.key == key)
        with self._database.read() as conn:
            return [
                Absence(partner=row.key, since=row.since, until=row.until, person=row.person or None, origin=row.origin)
                for row in conn.execute(query.order_by(absence.c.since, absence.c.id))
            ]

    def add_absence(self, added: Absence) -> None:
        """Store an absence; storing it twice changes nothing but its end."""
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == added.partner)).scalar_one()
            save_absence(conn, partner_id, added)

    def end_absences(self, key: str, *, origin: str = "declared") -> int:
        """Remove a partner's absences of this origin; gives how many there were."""
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == key)).scalar_one()
            return conn.execute(
                delete(absence).where(absence.c.partner_id == partner_id, absence.c.origin == origin)
            ).rowcount


def save_absence(conn: Connection, partner_id: int, added: Absence) -> None:
    """Insert or prolong within the caller's transaction."""
    person = added.person or ""
    same = (
        (absence.c.partner_id == partner_id)
        & (absence.c.since == added.since)
        & (absence.c.person == person)
        & (absence.c.origin == added.origin)
    )
    if conn.execute(update(absence).where(same).values(until=added.until)).rowcount == 0:
        conn.execute(
            insert(absence).values(
                partner_id=partner_id, since=added.since, until=added.until, person=person, origin=added.origin
            )
        )


def _partner(row: Row[tuple[object, ...]]) -> Partner:
    return Partner(
        key=row.key,
        title=row.title,
        domains=tuple(row.domains),
        addresses=tuple(row.addresses),
        owner=row.owner,
        deputy=row.deputy,
        hours=WorkingHours(
            zone=row.zone,
            hours=row.hours,
            country=row.country,
            region=row.region,
            closed=frozenset(_dates(row.closed)),
        ),
        learned_hours=row.learned_hours,
        cadence=row.cadence,
        category=row.category,
        backup=row.backup,
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        agreed=_agreed(row.agreed),
    )


def _agreed(stored: Mapping[str, Any] | None) -> Agreed:
    if not stored:
        return Agreed()
    return Agreed(
        our_answer_hours=stored.get("our_answer_hours"),
        their_answer_hours=stored.get("their_answer_hours"),
        sponsors=tuple(stored.get("sponsors", ())),
        series=tuple((series, kind) for series, kind in stored.get("series", ())),
        settled=tuple(stored.get("settled", ())),
    )


def _dates(texts: Iterable[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def _row(given: Partner) -> dict[str, object]:
    return {
        "key": given.key,
        "title": given.title,
        "domains": list(given.domains),
        "addresses": list(given.addresses),
        "owner": given.owner,
        "deputy": given.deputy,
        "zone": given.hours.zone,
        "hours": given.hours.hours,
        "country": given.hours.country,
        "region": given.hours.region,
        "closed": sorted(day.isoformat() for day in given.hours.closed),
        "learned_hours": given.learned_hours,
        "cadence": given.cadence,
        "category": given.category,
        "backup": given.backup,
        "paused_until": given.paused_until,
        "pause_reason": given.pause_reason,
        "agreed": None if given.agreed == Agreed() else asdict(given.agreed),
    }
