"""Notices and letters: what was said to whom. A letter is claimed before it is sent, and told only once accepted."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.letters import Letter, Notice, NoticeKind, StoredFlip
from models.records import State
from models.schema.alerts import letter, notice, silent_reader
from models.schema.columns import meta
from models.schema.judgement import flip, standing
from models.schema.people import partner
from models.store.database import Database
from models.store.mentions import concerns_in, drop_concern_notices, put_concern_notices
from models.store.standings import flip_of

_UNSETTLED = [s.value for s in (State.FADING, State.LATE, State.QUIET, State.GONE, State.BLIND)]
_RECENT = timedelta(days=30)


class Notices:
    """What was said to whom, and what is on its way."""

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

    def of_partners(self, keys: Iterable[str]) -> list[Notice]:
        """Every notice about these partners, oldest first."""
        query = (
            select(notice, partner.c.key, letter.c.told_at, letter.c.message_id, letter.c.given_up)
            .join(flip, flip.c.id == notice.c.flip_id)
            .join(partner, partner.c.id == flip.c.partner_id)
            .outerjoin(letter, letter.c.id == notice.c.letter_id)
            .order_by(notice.c.id)
        )
        wanted = sorted(set(keys))
        found = []
        with self._database.read() as conn:
            for start in range(0, len(wanted), 500):
                part = query.where(partner.c.key.in_(wanted[start : start + 500]))
                found += [_notice(row) for row in conn.execute(part)]
        return found

    def sent_to(self, readers: Iterable[str], *, since: datetime) -> list[tuple[str, NoticeKind, datetime]]:
        """Reader, kind and time of each letter made since then and not given up: the weekly limit counts them."""
        query = select(letter.c.reader, letter.c.kind, func.coalesce(letter.c.told_at, letter.c.made_at)).where(
            letter.c.reader.in_(list(readers)), letter.c.made_at > since, letter.c.given_up.is_(False)
        )
        with self._database.read() as conn:
            return [(reader, NoticeKind(kind), at) for reader, kind, at in conn.execute(query)]

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
        try:
            with self._database.write() as conn:
                letter_id = conn.execute(
                    insert(letter)
                    .values(
                        message_id=message_id,
                        reader=reader,
                        kind=kind.value,
                        about=about,
                        made_at=now,
                        worker=worker,
                        lease_until=now + lease,
                    )
                    .returning(letter.c.id)
                ).scalar_one()
                if items:
                    conn.execute(
                        insert(notice),
                        [
                            {
                                "flip_id": flip_id,
                                "reader": reader,
                                "kind": each.value,
                                "made_at": now,
                                "letter_id": letter_id,
                            }
                            for flip_id, each in items
                        ],
                    )
                put_concern_notices(conn, int(letter_id), reader, concerns, now)
        except IntegrityError:
            return None
        return self.letter(int(letter_id))

    def skip(self, flip_id: int, reader: str, kind: NoticeKind, reason: str, *, now: datetime) -> bool:
        """Note that a flip needs no letter for this reader, and why; False where something was noted before."""
        try:
            with self._database.write() as conn:
                conn.execute(
                    insert(notice).values(
                        flip_id=flip_id, reader=reader, kind=kind.value, made_at=now, skipped=reason[:300]
                    )
                )
        except IntegrityError:
            return False
        return True

    def letter(self, letter_id: int) -> Letter | None:
        """One letter; None if there is none of this id."""
        found = self._letters(letter.c.id == letter_id)
        return found[0] if found else None

    def open_letters(self) -> list[Letter]:
        """Letters that were not accepted yet and may still be, oldest first."""
        return self._letters(letter.c.told_at.is_(None) & letter.c.given_up.is_(False))

    def failed_letters(self) -> list[Letter]:
        """Letters whose last attempt failed, given up or not, oldest first: for status and doctor."""
        return self._letters(letter.c.told_at.is_(None) & letter.c.failure.is_not(None))

    def letters(self, *, limit: int = 100) -> list[Letter]:
        """The newest letters, newest first."""
        with self._database.read() as conn:
            ids = list(conn.scalars(select(letter.c.id).order_by(letter.c.id.desc()).limit(limit)))
        return sorted(self._letters(letter.c.id.in_(ids)), key=lambda found: -found.id)

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
        """A letter that surely was not accepted is overtaken: its flips need no letter any more."""
        with self._database.write() as conn:
            conn.execute(
                update(notice).where(notice.c.letter_id == letter_id).values(letter_id=None, skipped=reason[:300])
            )
            drop_concern_notices(conn, letter_id, reason)
            conn.execute(delete(letter).where(letter.c.id == letter_id, letter.c.told_at.is_(None)))

    def try_again(self) -> int:
        """Give every failed letter a new chance at once; gives how many."""
        with self._database.write() as conn:
            failed = letter.c.told_at.is_(None) & letter.c.failure.is_not(None)
            return conn.execute(update(letter).where(failed).values(given_up=False, next_at=None)).rowcount

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

    def readers_of(self, flip_id: int) -> list[str]:
        """Who was or is being told of this flip."""
        query = select(notice.c.reader).where(notice.c.flip_id == flip_id, notice.c.letter_id.is_not(None))
        with self._database.read() as conn:
            return sorted(set(conn.scalars(query)))

    def silence(self, reader: str, *, now: datetime) -> None:
        """This reader asked for no more mail; asking twice changes nothing."""
        with self._database.write() as conn:
            if conn.execute(select(silent_reader.c.reader).where(silent_reader.c.reader == reader)).first() is None:
                conn.execute(insert(silent_reader).values(reader=reader, since=now))

    def hear_again(self, reader: str) -> bool:
        """This reader wants mail again; False if it always did."""
        with self._database.write() as conn:
            return bool(conn.execute(delete(silent_reader).where(silent_reader.c.reader == reader)).rowcount)

    def silent_readers(self) -> dict[str, datetime]:
        """Readers who asked for no more mail, and since when."""
        with self._database.read() as conn:
            return {row.reader: row.since for row in conn.execute(select(silent_reader))}

    def link_key(self) -> str:
        """The key that signs the links in mails, made on first use and shared by all workers."""
        query = select(meta.c.value).where(meta.c.name == "link_key")
        with self._database.read() as conn:
            known = conn.execute(query).scalar()
        if known is None:
            with suppress(IntegrityError), self._database.write() as conn:  # another worker may be first
                conn.execute(insert(meta).values(name="link_key", value=secrets.token_urlsafe(32)))
            with self._database.read() as conn:
                known = conn.execute(query).scalar_one()
        return str(known)

    def _letters(self, where: object) -> list[Letter]:
        query = select(letter).where(where).order_by(letter.c.id)  # type: ignore[arg-type]
        with self._database.read() as conn:
            rows = conn.execute(query).all()
            ids = [row.id for row in rows]
            items, concerns = _items(conn, ids), concerns_in(conn, ids)
        return [_letter(row, items[row.id], concerns.get(row.id, ())) for row in rows]


def _items(conn: Connection, letter_ids: Sequence[int]) -> dict[int, list[tuple[int, NoticeKind]]]:
    found: dict[int, list[tuple[int, NoticeKind]]] = defaultdict(list)
    for start in range(0, len(letter_ids), 500):
        part = letter_ids[start : start + 500]
        query = select(notice.c.letter_id, notice.c.flip_id, notice.c.kind).where(notice.c.letter_id.in_(part))
        for letter_id, flip_id, kind in conn.execute(query.order_by(notice.c.id)):
            found[letter_id].append((flip_id, NoticeKind(kind)))
    return found


def _letter(
    row: Row[tuple[object, ...]],
    items: Sequence[tuple[int, NoticeKind]],
    concerns: Sequence[tuple[int, NoticeKind]],
) -> Letter:
    return Letter(
        id=row.id,
        message_id=row.message_id,
        reader=row.reader,
        kind=NoticeKind(row.kind),
        made_at=row.made_at,
        flips=tuple(items),
        concerns=tuple(concerns),
        about=row.about,
        told_at=row.told_at,
        attempts=row.attempts,
        failure=row.failure,
        given_up=row.given_up,
        next_at=row.next_at,
        lease_until=row.lease_until,
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        flip_id=row.flip_id,
        partner=row.key,
        reader=row.reader,
        kind=NoticeKind(row.kind),
        made_at=row.made_at,
        letter=row.letter_id,
        skipped=row.skipped,
        told_at=row.told_at,
        message_id=row.message_id,
        given_up=bool(row.given_up),
    )
