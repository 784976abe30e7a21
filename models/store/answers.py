"""Answers to alerts: who said what and when. An answer mutes, pauses, and becomes a label; undo takes it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from models.letters import Answer, AnswerKind
from models.records import Absence, Concern
from models.schema.alerts import answer
from models.schema.judgement import TO_DO, attention, flip
from models.schema.judgement import concern as concern_table
from models.schema.people import absence, partner
from models.store.database import Database
from models.store.partners import save_absence

_ORIGIN = "declared"


class Answers:
    """Who said what to which alert."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_partners(self, keys: Iterable[str]) -> list[Answer]:
        """Every answer about these partners, taken back or not, oldest first."""
        wanted = sorted(set(keys))
        query = select(answer, partner.c.key).join(partner, partner.c.id == answer.c.partner_id).order_by(answer.c.id)
        found = []
        with self._database.read() as conn:
            for start in range(0, len(wanted), 500):
                part = query.where(partner.c.key.in_(wanted[start : start + 500]))
                found += [_answer(row) for row in conn.execute(part)]
        return found

    def all(self) -> list[Answer]:
        """Every answer, oldest first: the labels of replay and calibration."""
        query = select(answer, partner.c.key).join(partner, partner.c.id == answer.c.partner_id).order_by(answer.c.id)
        with self._database.read() as conn:
            return [_answer(row) for row in conn.execute(query)]

    def give(
        self,
        key: str,
        kind: AnswerKind,
        *,
        who: str,
        now: datetime,
        flip_id: int | None = None,
        concern: Concern | None = None,
        until: date | None = None,
        since: date | None = None,
        note: str | None = None,
    ) -> Answer:
        """Store an answer and what follows from it, in one transaction; the same answer twice is one.

        flip_id  what it is about; None = the partner's newest flip
        concern  what it is about instead of a flip
        since    for LEAVE: the first local date that does not count; the absence lasts through `until`
        LookupError if there is no such partner.
        """
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == key)).scalar()
            if partner_id is None:
                raise LookupError(key)
            about = None if concern is not None else flip_id or _newest_flip(conn, partner_id)
            concern_id = None if concern is None else concern.id
            same = _standing_answer(conn, partner_id, kind, about, concern_id, until, note)
            if same is not None:
                return same
            made = conn.execute(
                insert(answer)
                .values(
                    partner_id=partner_id,
                    flip_id=about,
                    kind=kind.value,
                    until=until,
                    who=who,
                    at=now,
                    note=note[:500] if note else None,
                    concern_id=concern_id,
                )
                .returning(answer.c.id)
            ).scalar_one()
            if kind is AnswerKind.LEAVE:
                person = concern.subject or None if concern is not None else None
                first = since or now.date()
                away = Absence(partner=key, since=first, until=_day_after(until), person=person, origin=_ORIGIN)
                save_absence(conn, partner_id, away)
                conn.execute(update(attention).where(attention.c.partner_id == partner_id).values(**TO_DO))
            return _by_id(conn, int(made))

    def undo(self, key: str, *, who: str, now: datetime) -> Answer | None:
        """Take back the partner's newest answer that stands, and what followed from it; None if none stands."""
        with self._database.write() as conn:
            partner_id = conn.execute(select(partner.c.id).where(partner.c.key == key)).scalar()
            newest = (
                select(answer.c.id)
                .where(
                    answer.c.partner_id == partner_id,
                    answer.c.undone_at.is_(None),
                    answer.c.kind != AnswerKind.UNDO.value,
                )
                .order_by(answer.c.id.desc())
                .limit(1)
            )
            found = conn.execute(newest).scalar()
            if found is None:
                return None
            taken_back = _by_id(conn, int(found))
            conn.execute(update(answer).where(answer.c.id == taken_back.id).values(undone_at=now))
            conn.execute(
                insert(answer).values(
                    partner_id=partner_id,
                    flip_id=taken_back.flip_id,
                    concern_id=taken_back.concern,
                    kind=AnswerKind.UNDO.value,
                    who=who,
                    at=now,
                )
            )
            if taken_back.kind is AnswerKind.LEAVE:
                subject = select(concern_table.c.subject).where(concern_table.c.id == taken_back.concern)
                conn.execute(
                    delete(absence).where(
                        absence.c.partner_id == partner_id,
                        absence.c.origin == _ORIGIN,
                        absence.c.person == (conn.execute(subject).scalar() or ""),
                        absence.c.until == _day_after(taken_back.until),
                    )
                )
                conn.execute(update(attention).where(attention.c.partner_id == partner_id).values(**TO_DO))
            return taken_back


def _day_after(day: date | None) -> date | None:
    return None if day is None else date.fromordinal(day.toordinal() + 1)


def _newest_flip(conn: Connection, partner_id: int) -> int | None:
    query = select(flip.c.id).where(flip.c.partner_id == partner_id)
    return conn.execute(query.order_by(flip.c.turned_at.desc(), flip.c.id.desc()).limit(1)).scalar()


def _standing_answer(
    conn: Connection,
    partner_id: int,
    kind: AnswerKind,
    flip_id: int | None,
    concern_id: int | None,
    until: date | None,
    note: str | None,
) -> Answer | None:
    same = select(answer.c.id).where(
        answer.c.partner_id == partner_id,
        answer.c.kind == kind.value,
        answer.c.flip_id.is_(None) if flip_id is None else answer.c.flip_id == flip_id,
        answer.c.concern_id.is_(None) if concern_id is None else answer.c.concern_id == concern_id,
        answer.c.until.is_(None) if until is None else answer.c.until == until,
        answer.c.note.is_(None) if not note else answer.c.note == note[:500],
        answer.c.undone_at.is_(None),
    )
    found = conn.execute(same).scalar()
    return None if found is None else _by_id(conn, int(found))


def _by_id(conn: Connection, answer_id: int) -> Answer:
    query = select(answer, partner.c.key).join(partner, partner.c.id == answer.c.partner_id)
    return _answer(conn.execute(query.where(answer.c.id == answer_id)).one())


def _answer(row: Row[tuple[object, ...]]) -> Answer:
    return Answer(
        id=row.id,
        partner=row.key,
        flip_id=row.flip_id,
        kind=AnswerKind(row.kind),
        until=row.until,
        who=row.who,
        at=row.at,
        note=row.note,
        undone_at=row.undone_at,
        concern=row.concern_id,
    )
