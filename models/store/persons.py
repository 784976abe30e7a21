"""One person: everything that is kept under their address, and how the address is taken out of all of it.

Erasing does not delete the contact, which is the partner's as well as theirs: the person becomes nobody. Their address
is replaced by one that leads to no one, their name and the subjects of their mails are dropped, and sentences no longer
name them. A mail that is read later brings the address again, as its own mail does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, or_, select, update

from models.schema.alerts import answer, concern_notice, letter, notice, silent_reader
from models.schema.judgement import TO_DO, attention, concern, flip, standing
from models.schema.mail import message, recipient
from models.schema.meetings import invitee, meeting
from models.schema.people import absence, address, partner
from models.store.addresses import forgotten
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.rows import CLASSES

_SOMEBODY = "somebody"


class NamedPartner(Exception):
    """The address says who a partner is, or who answers for one; the message names the partner and the role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one person; times UTC.

    name       as headers gave it
    written, received   mails by partner key: (when, class or role)
    meetings   (when, partner key)
    absences   (partner key, since, until, where it is known from)
    concerns   (partner key, what, since, until, sentence)
    letters    mails of ours to them: (when, kind)
    answers    their answers to alerts: (when, partner key, what)
    """

    address: str
    name: str
    written: tuple[tuple[datetime, str, str], ...]
    received: tuple[tuple[datetime, str, str], ...]
    meetings: tuple[tuple[datetime, str], ...]
    absences: tuple[tuple[str, str, str | None, str], ...]
    concerns: tuple[tuple[str, str, datetime, datetime | None, str], ...]
    letters: tuple[tuple[datetime, str], ...]
    answers: tuple[tuple[datetime, str, str], ...]


class Persons:
    """People by address."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, person: str) -> Kept | None:
        """Everything under this address; None where there is nothing."""
        with self._database.read() as conn:
            row = conn.execute(select(address.c.id, address.c.name).where(address.c.address == person)).one_or_none()
            number = -1 if row is None else int(row.id)
            found = Kept(
                address=person,
                name="" if row is None else row.name,
                written=_mails(conn, message.c.sender_id == number),
                received=_mails(
                    conn, message.c.id.in_(select(recipient.c.message_id).where(recipient.c.address_id == number))
                ),
                meetings=_meetings(conn, number),
                absences=tuple(
                    (r.key, r.since.isoformat(), r.until.isoformat() if r.until else None, r.origin)
                    for r in conn.execute(
                        select(absence, partner.c.key).join(partner).where(absence.c.person == person)
                    )
                ),
                concerns=tuple(
                    (r.key, r.name, r.since, r.until, r.sentence)
                    for r in conn.execute(
                        select(concern, partner.c.key).join(partner).where(concern.c.subject == person)
                    )
                ),
                letters=tuple(
                    (r.made_at, r.kind) for r in conn.execute(select(letter).where(letter.c.reader == person))
                ),
                answers=tuple(
                    (r.at, r.key, r.kind)
                    for r in conn.execute(select(answer, partner.c.key).join(partner).where(answer.c.who == person))
                ),
            )
        return found if row is not None or found.absences or found.letters or found.answers else None

    def erase(self, person: str) -> bool:
        """Make this person nobody; False where nothing was kept. NamedPartner where a role stands in the way."""
        if self.kept(person) is None:
            return False
        with self._database.write() as conn:
            _refuse_roles(conn, person)
            bulk = Bulk(conn, self._database)
            forgotten(bulk, self._database)
            nobody = f"erased-{secrets.token_hex(6)}@{person.rpartition('@')[2]}"
            known = select(address.c.id).where(address.c.address == person).scalar_subquery()
            touched = select(message.c.partner_id).where(
                or_(
                    message.c.sender_id == known,
                    message.c.id.in_(select(recipient.c.message_id).where(recipient.c.address_id == known)),
                )
            )
            partners = set(conn.scalars(touched)) | set(
                conn.scalars(select(absence.c.partner_id).where(absence.c.person == person))
            )
            conn.execute(update(message).where(message.c.sender_id == known).values(subject=None))
            conn.execute(update(meeting).where(meeting.c.organiser_id == known).values(subject=None))
            conn.execute(update(address).where(address.c.address == person).values(address=nobody, name=""))
            conn.execute(update(absence).where(absence.c.person == person).values(person=nobody))
            _rename_readers(conn, person, nobody)
            conn.execute(delete(silent_reader).where(silent_reader.c.reader == person))
            _unname(conn, person, nobody)
            # What the detector remembers tells people apart by address: it is learned anew at the next run.
            forgotten_of = standing.c.partner_id.in_(partners)
            conn.execute(update(standing).where(forgotten_of).values(version="", memory=None))
            waiting = attention.c.partner_id.in_(partners)
            conn.execute(update(attention).where(waiting).values(**TO_DO, unmeasured=True))
        return True


def _mails(conn: Connection, where: Any) -> tuple[tuple[datetime, str, str], ...]:
    query = select(message.c.at, message.c.message_class, partner.c.key).join(partner).where(where)
    rows = conn.execute(query.order_by(message.c.at))
    return tuple((datetime.fromtimestamp(row.at, UTC), row.key, CLASSES[row.message_class].value) for row in rows)


def _meetings(conn: Connection, number: int) -> tuple[tuple[datetime, str], ...]:
    mine = select(invitee.c.meeting_id).where(invitee.c.address_id == number)
    query = (
        select(meeting.c.at, partner.c.key)
        .join(partner, partner.c.id == meeting.c.partner_id)
        .where(or_(meeting.c.id.in_(mine), meeting.c.organiser_id == number))
        .distinct()
        .order_by(meeting.c.at)
    )
    return tuple((row.at, row.key) for row in conn.execute(query))


def _refuse_roles(conn: Connection, person: str) -> None:
    for row in conn.execute(select(partner.c.key, partner.c.addresses, partner.c.owner, partner.c.deputy)):
        if person in row.addresses:
            raise NamedPartner(f"by this address the partner {row.key} is known")
        for role in ("owner", "deputy"):
            if getattr(row, role) == person:
                raise NamedPartner(f"this is the {role} of {row.key}")


def _rename_readers(conn: Connection, person: str, nobody: str) -> None:
    for table in (letter, notice, concern_notice):
        conn.execute(update(table).where(table.c.reader == person).values(reader=nobody))
    conn.execute(update(answer).where(answer.c.who == person).values(who=nobody))


def _unname(conn: Connection, person: str, nobody: str) -> None:
    """Sentences and evidence say "somebody"; a concern about the person stays, about nobody."""

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(person, _SOMEBODY)
        if isinstance(value, list):
            return [plain(each) for each in value]
        if isinstance(value, dict):
            return {plain(key): plain(each) for key, each in value.items()}
        return value

    conn.execute(update(concern).where(concern.c.subject == person).values(subject=nobody))
    for row in conn.execute(select(concern.c.id, concern.c.sentence).where(concern.c.sentence.contains(person))).all():
        conn.execute(update(concern).where(concern.c.id == row.id).values(sentence=plain(row.sentence)))
    for table, key in ((standing, standing.c.partner_id), (flip, flip.c.id)):
        named = table.c.reason.contains(person) | cast(table.c.evidence, Text).contains(person)
        for row in conn.execute(select(key, table.c.reason, table.c.evidence).where(named)).all():
            values = {"reason": plain(row.reason), "evidence": plain(row.evidence)}
            conn.execute(update(table).where(key == row[0]).values(**values))
    for row in conn.execute(select(partner.c.id, partner.c.agreed).where(partner.c.agreed.is_not(None))).all():
        if person in str(row.agreed):
            conn.execute(update(partner).where(partner.c.id == row.id).values(agreed=plain(row.agreed)))
