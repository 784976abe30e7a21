"""Partners, our own names, absences: who is who."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from models.directory import Directory
from models.records import Absence, Agreed, Partner, WorkingHours
from models.schema.mail import message, recipient
from models.schema.people import absence, ours, partner
from models.store.database import Database
from models.store.plain import among, day, from_json

_NOTHING = Agreed()
_FEW = 500  # names in one statement; above this everything is read
_PARTNERS = """
SELECT id, added_at, key, title, CAST(domains AS TEXT), CAST(addresses AS TEXT), owner, deputy, zone, hours, country,
region, CAST(closed AS TEXT), learned_hours, cadence, category, backup, paused_until, pause_reason, CAST(agreed AS TEXT)
FROM partner"""
_ABSENCES = """
SELECT p.key, a.since, a.until, a.person, a.origin FROM absence a JOIN partner p ON p.id = a.partner_id"""


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
            return [_partner(row[2:]) for row in self._rows(conn)]

    def find(self, key: str) -> Partner | None:
        """The partner of this key; None if there is none."""
        with self._database.read() as conn:
            return next((_partner(row[2:]) for row in self._rows(conn, [key])), None)

    def watched(self, keys: Collection[str] | None = None) -> list[Watched]:
        """Partners with the moment since when they are watched, by key; all of them when `keys` is None."""
        few = keys is not None and len(keys) <= _FEW
        with self._database.read() as conn:
            rows = self._rows(conn, keys if few else None)
        watched = (
            Watched(id=row[0], partner=_partner(row[2:]), since=datetime.fromtimestamp(row[1], UTC)) for row in rows
        )
        return [one for one in watched if keys is None or few or one.partner.key in keys]

    def _rows(self, conn: Connection, keys: Collection[str] | None = None) -> list[tuple[Any, ...]]:
        where, values = among("key", keys)
        return self._database.rows(conn, f"{_PARTNERS}{where} ORDER BY key", values)

    def count(self) -> int:
        """How many partners are watched."""
        with self._database.read() as conn:
            return int(self._database.rows(conn, "SELECT count(*) FROM partner")[0][0])

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
            from models.store.resettling import forget_items_of  # noqa: PLC0415  only here

            forget_items_of(conn, self._database, int(partner_id))
            mails = select(message.c.id).where(message.c.partner_id == partner_id)
            conn.execute(delete(recipient).where(recipient.c.message_id.in_(mails)))
            conn.execute(delete(partner).where(partner.c.id == partner_id))
            return True

    def directory(self, more_us: Sequence[str] = ()) -> Directory:
        """Who is who, from the stored names and those of the settings."""
        return Directory((*self.us(), *more_us), self.all())

    def absences(self, key: str | None = None, *, ids: Collection[int] | None = None) -> list[Absence]:
        """Absences of one partner, of the partners with these ids, or of all; oldest first."""
        if key is not None:
            where, values = among("p.key", [key])
        else:
            where, values = among("a.partner_id", ids if ids is not None and len(ids) <= _FEW else None)
        with self._database.read() as conn:
            rows = self._database.rows(conn, f"{_ABSENCES}{where} ORDER BY a.since, a.id", values)
        return [
            Absence(partner=of, since=date.fromisoformat(since), until=day(until), person=person or None, origin=origin)
            for of, since, until, person, origin in rows
        ]

    def add_absence(self, added: Absence) -> None:
        """Store an absence; storing it twice changes nothing but its end."""
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == added.partner)).scalar_one()
            save_absence(conn, partner_id, added)


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


@lru_cache(maxsize=4096)  # at every push the same rows are read again
def _partner(row: tuple[Any, ...]) -> Partner:
    key, title, domains, addresses, owner, deputy, zone, hours, country, region, closed, learned_hours = row[:12]
    cadence, category, backup, paused_until, pause_reason, agreed = row[12:]
    return Partner(
        key=key,
        title=title,
        domains=tuple(from_json(domains)),
        addresses=tuple(from_json(addresses)),
        owner=owner,
        deputy=deputy,
        hours=_hours(zone, hours, country, region, tuple(from_json(closed))),
        learned_hours=bool(learned_hours),
        cadence=cadence,
        category=category,
        backup=backup,
        paused_until=day(paused_until),
        pause_reason=pause_reason,
        agreed=_NOTHING if agreed is None else _agreed(from_json(agreed)),
    )


@lru_cache(maxsize=1024)
def _hours(zone: str, hours: str, country: str | None, region: str | None, closed: tuple[str, ...]) -> WorkingHours:
    return WorkingHours(
        zone=zone,
        hours=hours,
        country=country,
        region=region,
        closed=frozenset(date.fromisoformat(text) for text in closed),
    )


def _agreed(stored: Mapping[str, Any] | None) -> Agreed:
    if not stored:
        return _NOTHING
    return Agreed(
        our_answer_hours=stored.get("our_answer_hours"),
        their_answer_hours=stored.get("their_answer_hours"),
        meeting_days=stored.get("meeting_days"),
        sponsors=tuple(stored.get("sponsors", ())),
        series=tuple((series, kind) for series, kind in stored.get("series", ())),
        settled=tuple(stored.get("settled", ())),
    )


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
