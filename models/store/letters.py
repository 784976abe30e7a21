"""Letters on their way. One is claimed before it is sent, and told only once it was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.letters import Letter, NoticeKind
from models.schema.alerts import letter, notice
from models.store.database import Database
from models.store.notices import CONCERNS, FLIPS, drop_notices, notices_in, put_notices


class Letters:
    """What is on its way, and what arrived."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(
        self,
        *,
        message_id: str,
        reader: str,
        kind: NoticeKind,
        items: Sequence[tuple[int, NoticeKind]],
        concerns: Sequence[tuple[int, NoticeKind]] = (),
        worker: str,
        now: datetime,
        lease: timedelta,
        about: str = "",
    ) -> Letter | None:
        """Write a letter and its notices, claimed by this worker; None where another worker was first."""
        values = {"message_id": message_id, "reader": reader, "kind": kind.value, "about": about, "made_at": now}
        claim = {"worker": worker, "lease_until": now + lease}
        try:
            with self._database.write() as conn:
                made = conn.execute(insert(letter).values(**values, **claim).returning(letter.c.id)).scalar_one()
                put_notices(conn, FLIPS, items, letter_id=made, reader=reader, now=now)
                put_notices(conn, CONCERNS, concerns, letter_id=made, reader=reader, now=now)
        except IntegrityError:
            return None
        return self._found(letter.c.id == made)[0]

    def open(self) -> list[Letter]:
        """Letters that were not accepted yet and may still be, oldest first."""
        return self._found(letter.c.told_at.is_(None) & letter.c.given_up.is_(False))

    def failed(self) -> list[Letter]:
        """Letters whose last attempt failed, given up or not, oldest first: for status and doctor."""
        return self._found(letter.c.told_at.is_(None) & letter.c.failure.is_not(None))

    def newest(self, *, limit: int = 100) -> list[Letter]:
        """The newest letters, newest first."""
        with self._database.read() as conn:
            ids = list(conn.scalars(select(letter.c.id).order_by(letter.c.id.desc()).limit(limit)))
        return self._found(letter.c.id.in_(ids))[::-1]

    def sent_to(self, readers: Iterable[str], *, since: datetime) -> list[tuple[str, NoticeKind]]:
        """Reader and kind of each letter made since then and not given up: the weekly limit counts them."""
        query = select(letter.c.reader, letter.c.kind).where(
            letter.c.reader.in_(list(readers)), letter.c.made_at > since, letter.c.given_up.is_(False)
        )
        with self._database.read() as conn:
            return [(reader, NoticeKind(kind)) for reader, kind in conn.execute(query)]

    def thread(self, flip_ids: Sequence[int], reader: str) -> list[str]:
        """Message-IDs of the letters that told this reader of these flips, oldest first."""
        query = (
            select(letter.c.message_id)
            .join(notice, notice.c.letter_id == letter.c.id)
            .where(notice.c.flip_id.in_(flip_ids), notice.c.reader == reader)
            .order_by(letter.c.id)
        )
        with self._database.read() as conn:
            return list(dict.fromkeys(conn.scalars(query)))

    def claim(self, letter_id: int, worker: str, *, now: datetime, lease: timedelta) -> bool:
        """Take a letter for sending; False where it was accepted, given up, or is in another worker's hands."""
        free = or_(letter.c.lease_until.is_(None), letter.c.lease_until <= now)
        with self._database.write() as conn:
            result = conn.execute(
                update(letter)
                .where(letter.c.id == letter_id, letter.c.told_at.is_(None), letter.c.given_up.is_(False), free)
                .values(worker=worker, lease_until=now + lease)
            )
            return bool(result.rowcount)

    def mark_told(self, letter_id: int, *, now: datetime) -> None:
        """The letter was accepted."""
        with self._database.write() as conn:
            conn.execute(
                update(letter)
                .where(letter.c.id == letter_id)
                .values(told_at=now, attempts=letter.c.attempts + 1, failure=None, worker=None, lease_until=None)
            )

    def mark_failed(
        self, letter_id: int, failure: str, *, next_at: datetime | None, unsure_until: datetime | None = None
    ) -> None:
        """An attempt failed. No `next_at` = given up. `unsure_until` keeps the lease: it may have been accepted."""
        with self._database.write() as conn:
            conn.execute(
                update(letter)
                .where(letter.c.id == letter_id)
                .values(
                    attempts=letter.c.attempts + 1,
                    failure=failure[:500],
                    given_up=next_at is None,
                    next_at=next_at,
                    lease_until=unsure_until,
                )
            )

    def drop(self, letter_id: int, reason: str) -> None:
        """A letter that surely was not accepted is overtaken: its flips and concerns need none any more."""
        with self._database.write() as conn:
            drop_notices(conn, letter_id, reason)
            conn.execute(delete(letter).where(letter.c.id == letter_id, letter.c.told_at.is_(None)))

    def try_again(self) -> int:
        """Give every failed letter a new chance at once; gives how many."""
        with self._database.write() as conn:
            failed = letter.c.told_at.is_(None) & letter.c.failure.is_not(None)
            return conn.execute(update(letter).where(failed).values(given_up=False, next_at=None)).rowcount

    def _found(self, where: ColumnElement[bool]) -> list[Letter]:
        with self._database.read() as conn:
            rows = conn.execute(select(letter).where(where).order_by(letter.c.id)).all()
            ids = [row.id for row in rows]
            flips, concerns = (notices_in(conn, subject, ids) for subject in (FLIPS, CONCERNS))
        return [_letter(row, flips.get(row.id, ()), concerns.get(row.id, ())) for row in rows]


def _letter(
    row: Row[tuple[object, ...]], flips: Sequence[tuple[int, NoticeKind]], concerns: Sequence[tuple[int, NoticeKind]]
) -> Letter:
    return Letter(
        id=row.id,
        message_id=row.message_id,
        reader=row.reader,
        kind=NoticeKind(row.kind),
        made_at=row.made_at,
        flips=tuple(flips),
        concerns=tuple(concerns),
        about=row.about,
        told_at=row.told_at,
        attempts=row.attempts,
        failure=row.failure,
        given_up=row.given_up,
        next_at=row.next_at,
        lease_until=row.lease_until,
    )
