"""Who was told of which flip or concern, and in which letter; or why none was needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.letters import Notice, NoticeKind, StoredFlip
from models.records import State
from models.schema.alerts import concern_notice, letter, notice
from models.schema.judgement import concern, flip, standing
from models.schema.people import partner
from models.store.database import Database
from models.store.standings import flip_of

_UNSETTLED = [s.value for s in (State.FADING, State.LATE, State.QUIET, State.GONE, State.BLIND)]
_RECENT = timedelta(days=30)
_FEW = 500  # names in one statement
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice can be about: their table, the table of their notices, and its column that names one."""

    things: Table
    notices: Table
    about: Column[Any]


FLIPS = Subject(flip, notice, notice.c.flip_id)
CONCERNS = Subject(concern, concern_notice, concern_notice.c.concern_id)


class Notices:
    """Who was told of what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def flips(self, *, now: datetime) -> list[StoredFlip]:
        """Every flip, oldest first, of each partner about whom something may have to be said."""
        unheard = exists().where(notice.c.flip_id == flip.c.id)
        news = select(flip.c.partner_id).where(
            or_((flip.c.historical.is_(False)) & ~unheard, flip.c.written_at >= now - _RECENT)
        )
        troubled = select(standing.c.partner_id).where(standing.c.state.in_(_UNSETTLED))
        query = (
            select(flip, partner.c.key)
            .join(partner, partner.c.id == flip.c.partner_id)
            .where(or_(flip.c.partner_id.in_(news), flip.c.partner_id.in_(troubled)))
            .order_by(flip.c.turned_at, flip.c.id)
        )
        with self._database.read() as conn:
            return [StoredFlip(id=row.id, flip=flip_of(row)) for row in conn.execute(query)]

    def flips_by_id(self, ids: Iterable[int]) -> dict[int, StoredFlip]:
        """These flips, by id."""
        query = select(flip, partner.c.key).join(partner, partner.c.id == flip.c.partner_id)
        with self._database.read() as conn:
            rows = conn.execute(query.where(flip.c.id.in_(list(ids))))
            return {row.id: StoredFlip(id=row.id, flip=flip_of(row)) for row in rows}

    def of_partners(self, keys: Iterable[str], subject: Subject = FLIPS) -> list[Notice]:
        """Every notice about flips, or concerns, of these partners, oldest first."""
        things, notices, about = subject.things, subject.notices, subject.about
        query = (
            select(notices, about.label("about"), partner.c.key, letter.c.told_at, letter.c.given_up)
            .join(things, things.c.id == about)
            .join(partner, partner.c.id == things.c.partner_id)
            .outerjoin(letter, letter.c.id == notices.c.letter_id)
            .order_by(notices.c.id)
        )
        wanted = sorted(set(keys))
        found = []
        with self._database.read() as conn:
            for start in range(0, len(wanted), _FEW):
                found += [
                    Notice(
                        about=row.about,
                        partner=row.key,
                        reader=row.reader,
                        kind=NoticeKind(row.kind),
                        made_at=row.made_at,
                        skipped=row.skipped,
                        told_at=row.told_at,
                        given_up=bool(row.given_up),
                    )
                    for row in conn.execute(query.where(partner.c.key.in_(wanted[start : start + _FEW])))
                ]
        return found

    def skip(
        self, about: int, reader: str, kind: NoticeKind, reason: str, *, now: datetime, subject: Subject = FLIPS
    ) -> bool:
        """Note that nothing need be said of this to this reader, and why; False where something was noted before."""
        values = {"reader": reader, "kind": kind.value, "made_at": now, "skipped": reason[:_LONGEST_REASON]}
        try:
            with self._database.write() as conn:
                conn.execute(insert(subject.notices).values({subject.about.name: about, **values}))
        except IntegrityError:
            return False
        return True

    def readers_of(self, flip_id: int) -> list[str]:
        """Who was or is being told of this flip."""
        query = select(notice.c.reader).where(notice.c.flip_id == flip_id, notice.c.letter_id.is_not(None))
        with self._database.read() as conn:
            return sorted(set(conn.scalars(query)))


def put_notices(
    conn: Connection,
    subject: Subject,
    items: Collection[tuple[int, NoticeKind]],
    *,
    letter_id: int,
    reader: str,
    now: datetime,
) -> None:
    """The notices of a letter, within the caller's transaction."""
    said = {"reader": reader, "made_at": now, "letter_id": letter_id}
    rows = [{subject.about.name: about, "kind": kind.value, **said} for about, kind in items]
    if rows:
        conn.execute(insert(subject.notices), rows)


def drop_notices(conn: Connection, letter_id: int, reason: str) -> None:
    """The letter will not be sent: what it was about needs none, within the caller's transaction."""
    for table in (notice, concern_notice):
        mine = update(table).where(table.c.letter_id == letter_id)
        conn.execute(mine.values(letter_id=None, skipped=reason[:_LONGEST_REASON]))


def notices_in(
    conn: Connection, subject: Subject, letter_ids: Collection[int]
) -> dict[int, list[tuple[int, NoticeKind]]]:
    """By letter: what it is about, and the kind of each notice."""
    notices = subject.notices
    query = select(notices.c.letter_id, subject.about, notices.c.kind).order_by(notices.c.id)
    found: dict[int, list[tuple[int, NoticeKind]]] = defaultdict(list)
    wanted = list(letter_ids)
    for start in range(0, len(wanted), _FEW):
        part = query.where(notices.c.letter_id.in_(wanted[start : start + _FEW]))
        for letter_id, about, kind in conn.execute(part):
            found[letter_id].append((about, NoticeKind(kind)))
    return found
