"""Reading back what was stored of a partner, as the values that metrics take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select

from models.records import (
    Attendee,
    Interaction,
    Meeting,
    MeetingStatus,
    Message,
    Person,
    Response,
)
from models.schema.mail import message
from models.schema.meetings import invitee, meeting
from models.schema.people import address, partner
from models.store.database import Database
from models.store.keys import shown_key
from models.store.plain import among, moment
from models.store.rows import BCC, CC, CLASSES, TO, UNDELIVERED, seconds

_MAIL = """
SELECT id, key, at, sender_id, message_class, thread_key, root_key, reply_key, topic, subject, back_on, suspect
FROM message WHERE partner_id = ? AND at >= ? AND withdrawn_at IS NULL ORDER BY at, id
"""
_RECIPIENTS = """
SELECT r.message_id, r.address_id, r.role FROM message m JOIN recipient r ON r.message_id = m.id
WHERE m.partner_id = ? AND m.at >= ? AND m.withdrawn_at IS NULL
"""
# CROSS JOIN keeps SQLite from turning the join around and scanning every mail.
_CONTACTS = """
WITH wanted (partner_id, after) AS (VALUES {})
SELECT m.partner_id, m.at, m.side, a.address
FROM wanted w CROSS JOIN message m LEFT JOIN address a ON a.id = m.sender_id
WHERE m.partner_id = w.partner_id AND m.at > w.after AND m.message_class = 0 AND m.withdrawn_at IS NULL
ORDER BY m.partner_id, m.at, m.key
"""
_FEW = 500  # partners in one statement
STORED = "stored"
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """The last human mail each way, UTC, and the days with any in the time asked for."""

    inbound: datetime | None
    outbound: datetime | None
    days: int


class Interactions:
    """What happened with a partner."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._people: dict[int, Person] = {}

    def of(self, key: str, *, since: datetime | None = None) -> list[Interaction]:
        """Every stored mail and every observed version of every meeting of a partner, oldest first.

        A mail's uid and references are keys in hexadecimal: Message-IDs are not kept. Withdrawn ones are left out.
        """
        start = 0 if since is None else seconds(since)
        with self._database.read() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == key)).scalar()
            if partner_id is None:
                return []
            mails = self._mails(conn, partner_id, start)
            meetings = self._meetings(conn, partner_id, since)
        found: list[Interaction] = [*mails, *meetings]
        found.sort(key=lambda interaction: interaction.at)
        return found

    def contacts(self, after: Mapping[int, int]) -> dict[int, list[tuple[int, int, str | None]]]:
        """For each partner id: human mails later than the given second, as (seconds, side code, sender), ascending.

        What the detector eats: no recipients, no threads, one statement for some hundred partners.
        """
        found: dict[int, list[tuple[int, int, str | None]]] = {partner_id: [] for partner_id in after}
        wanted = list(after.items())
        with self._database.read() as conn:
            for start in range(0, len(wanted), _FEW):
                few = wanted[start : start + _FEW]
                statement = _CONTACTS.format(", ".join(["(?, ?)"] * len(few)))
                for partner_id, *contact in self._database.rows(conn, statement, list(chain.from_iterable(few))):
                    found[partner_id].append((contact[0], contact[1], contact[2]))
        return found

    def meetings(self, after: Mapping[int, int]) -> dict[int, list[Meeting]]:
        """For each partner id: every version of the meetings that start later than the given second.

        Partners without such meetings are left out.
        """
        found: dict[int, list[Meeting]] = {}
        with self._database.read() as conn:
            for partner_id in self._with_meetings(conn, list(after)):
                since = datetime.fromtimestamp(max(0, after[partner_id]), UTC)
                found[partner_id] = self._meetings(conn, partner_id, since)
        return {partner_id: meetings for partner_id, meetings in found.items() if meetings}

    def _with_meetings(self, conn: Connection, ids: Sequence[int]) -> list[int]:
        found: list[int] = []
        for start in range(0, len(ids), _FEW):
            where, values = among("partner_id", ids[start : start + _FEW])
            found += [
                row[0] for row in self._database.rows(conn, f"SELECT DISTINCT partner_id FROM meeting{where}", values)
            ]
        return found

    def inbound(self, *, since: datetime) -> list[tuple[str, int]]:
        """(partner key, seconds since 1970) of every human mail from a partner since then, in no order."""
        query = (
            select(partner.c.key, message.c.at)
            .join(partner, partner.c.id == message.c.partner_id)
            .where(message.c.at >= seconds(since), message.c.side == 1, message.c.message_class == 0)
            .where(message.c.withdrawn_at.is_(None))
        )
        with self._database.read() as conn:
            return [(key, at) for key, at in conn.execute(query)]

    def pairs(self, *, since: datetime) -> list[tuple[int, int, int, int, int]]:
        """(partner id, key, seconds, side code, key of the mail it answers or 0) of human mails of both sides."""
        statement = self._database.sql(
            "SELECT partner_id, key, at, side, coalesce(reply_key, 0) FROM message "
            "WHERE at > ? AND side < 2 AND message_class = 0 AND withdrawn_at IS NULL"
        )
        with self._database.read() as conn:
            rows = conn.exec_driver_sql(statement, (seconds(since),))
            return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def last_words(self, keys: Iterable[str], *, since: datetime) -> dict[str, LastWords]:
        """When human mail last went each way with these partners, and on how many days since then there was any."""
        human = (message.c.message_class == 0) & message.c.withdrawn_at.is_(None)
        recent = case((message.c.at >= seconds(since), message.c.at // _DAY))
        query = (
            select(
                partner.c.key,
                func.max(case((message.c.side == 1, message.c.at))).label("inbound"),
                func.max(case((message.c.side == 0, message.c.at))).label("outbound"),
                func.count(func.distinct(recent)).label("days"),
            )
            .join(message, message.c.partner_id == partner.c.id)
            .where(human, partner.c.key.in_(list(keys)))
            .group_by(partner.c.key)
        )
        with self._database.read() as conn:
            return {
                row.key: LastWords(inbound=moment(row.inbound), outbound=moment(row.outbound), days=row.days)
                for row in conn.execute(query)
            }

    def count(self) -> tuple[int, int]:
        """Stored mails and meetings, each once over all partners and versions."""
        with self._database.read() as conn:
            mails = select(func.count(func.distinct(message.c.key))).where(message.c.withdrawn_at.is_(None))
            meetings = select(func.count(func.distinct(meeting.c.key)))
            return conn.execute(mails).scalar_one(), conn.execute(meetings).scalar_one()

    def _mails(self, conn: Connection, partner_id: int, start: int) -> list[Message]:
        to: dict[int, dict[int, list[int]]] = {}
        wanted: set[int] = set()
        for message_id, address_id, role in conn.exec_driver_sql(self._database.sql(_RECIPIENTS), (partner_id, start)):
            to.setdefault(message_id, {}).setdefault(role, []).append(address_id)
            wanted.add(address_id)
        rows = conn.exec_driver_sql(self._database.sql(_MAIL), (partner_id, start)).all()
        wanted.update(row[3] for row in rows if row[3] is not None)
        people = self._people_of(conn, wanted)
        nobody: dict[int, list[int]] = {}
        mails = []
        for id_, key, at, sender, kind, thread, root, reply, topic, subject, back_on, suspect in rows:
            roles = to.get(id_, nobody)
            mails.append(
                Message(
                    source=STORED,
                    external_id=str(id_),
                    uid=shown_key(key),
                    at=datetime.fromtimestamp(at, UTC),
                    sender=None if sender is None else people[sender],
                    to=tuple(people[a] for a in roles.get(TO, ())),
                    cc=tuple(people[a] for a in roles.get(CC, ())),
                    bcc=tuple(people[a] for a in roles.get(BCC, ())),
                    message_class=CLASSES[kind],
                    thread=None if thread is None else shown_key(thread),
                    references=_references(root, reply),
                    topic=None if topic is None else f"{topic:012x}",
                    subject=subject,
                    back_on=None if back_on is None else date.fromisoformat(back_on),
                    undelivered=tuple(people[a].address for a in roles.get(UNDELIVERED, ())),
                    at_suspect=bool(suspect),
                )
            )
        return mails

    def _meetings(self, conn: Connection, partner_id: int, since: datetime | None) -> list[Meeting]:
        query = select(meeting).where(meeting.c.partner_id == partner_id).order_by(meeting.c.seen_at, meeting.c.id)
        if since is not None:
            query = query.where(meeting.c.at >= since)
        rows = conn.execute(query).all()
        if not rows:
            return []
        invitees: dict[int, list[Any]] = {}
        wanted = {a for row in rows for a in (row.organiser_id, row.moved_by_id) if a is not None}
        mine = select(meeting.c.id).where(meeting.c.partner_id == partner_id)
        for row in conn.execute(select(invitee).where(invitee.c.meeting_id.in_(mine)).order_by(invitee.c.address_id)):
            invitees.setdefault(row.meeting_id, []).append(row)
            wanted.add(row.address_id)
        people = self._people_of(conn, wanted)
        standing = {row.key for row in rows if row.withdrawn_at is None}
        return [
            _meeting(row, invitees.get(row.id, ()), people)
            for row in rows
            # One calendar dropped its copy, another keeps it: the meeting stands, and the dropped copy says nothing.
            if row.withdrawn_at is None or row.key not in standing
        ]

    def forget_people(self) -> None:
        """Read names and addresses anew: for a process that lives long, while others erase people or learn names."""
        self._people = {}

    def _people_of(self, conn: Connection, ids: set[int]) -> dict[int, Person]:
        known = self._people  # a thread that forgets meanwhile takes nothing from under this one
        missing = sorted(ids - known.keys())
        query = select(address).where(address.c.id.in_(bindparam("ids", expanding=True)))
        for start in range(0, len(missing), 500):
            for row in conn.execute(query, {"ids": missing[start : start + 500]}):
                known[row.id] = Person(address=row.address, name=row.name)
        return known


def _references(root: int | None, reply: int | None) -> tuple[str, ...]:
    if root is None or reply is None:
        return ()
    return (shown_key(root),) if root == reply else (shown_key(root), shown_key(reply))


def _meeting(row: Any, invitees: Sequence[Any], people: dict[int, Person]) -> Meeting:
    # An entry that vanished from the calendar counts as cancelled: nobody will hold it.
    status = MeetingStatus.CANCELLED if row.withdrawn_at is not None else MeetingStatus(row.status)
    return Meeting(
        source=STORED,
        external_id=str(row.id),
        uid=shown_key(row.key),
        at=row.at,
        until=row.until,
        seen_at=row.seen_at,
        organiser=None if row.organiser_id is None else people[row.organiser_id],
        attendees=tuple(
            Attendee(
                person=people[i.address_id],
                response=Response(i.response),
                optional=i.optional,
                resource=i.resource,
                answered_at=i.answered_at,
            )
            for i in invitees
        ),
        status=status,
        series=None if row.series_key is None else shown_key(row.series_key),
        original_start=row.original_start,
        created_at=row.created_at,
        sequence=row.sequence,
        all_day=row.all_day,
        free=row.free,
        subject=row.subject,
        present=None if row.present is None else tuple(row.present),
        moved_by=None if row.moved_by_id is None else people[row.moved_by_id],
    )
