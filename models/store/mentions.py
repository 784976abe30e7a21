"""Which concerns were told to whom, and in which letter; the letters themselves are in `notices`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.letters import ConcernNotice, NoticeKind
from models.schema.alerts import concern_notice, letter
from models.schema.judgement import concern
from models.schema.people import partner
from models.store.database import Database

_FEW = 500


class Mentions:
    """What was said of concerns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_partners(self, keys: Iterable[str]) -> list[ConcernNotice]:
        """Every notice about concerns of these partners, oldest first."""
        query = (
            select(concern_notice, partner.c.key, letter.c.told_at, letter.c.given_up)
            .join(concern, concern.c.id == concern_notice.c.concern_id)
            .join(partner, partner.c.id == concern.c.partner_id)
            .outerjoin(letter, letter.c.id == concern_notice.c.letter_id)
            .order_by(concern_notice.c.id)
        )
        wanted = sorted(set(keys))
        found = []
        with self._database.read() as conn:
            for start in range(0, len(wanted), _FEW):
                part = query.where(partner.c.key.in_(wanted[start : start + _FEW]))
                found += [
                    ConcernNotice(
                        concern=row.concern_id,
                        partner=row.key,
                        reader=row.reader,
                        kind=NoticeKind(row.kind),
                        made_at=row.made_at,
                        letter=row.letter_id,
                        skipped=row.skipped,
                        told_at=row.told_at,
                        given_up=bool(row.given_up),
                    )
                    for row in conn.execute(part)
                ]
        return found

    def skip(self, concern_id: int, reader: str, kind: NoticeKind, reason: str, *, now: datetime) -> bool:
        """Note that a concern needs no letter, and why; False where something was noted before."""
        try:
            with self._database.write() as conn:
                conn.execute(
                    insert(concern_notice).values(
                        concern_id=concern_id, reader=reader, kind=kind.value, made_at=now, skipped=reason[:300]
                    )
                )
        except IntegrityError:
            return False
        return True


def put_concern_notices(
    conn: Connection, letter_id: int, reader: str, items: Collection[tuple[int, NoticeKind]], now: datetime
) -> None:
    """The notices of a letter, within the caller's transaction."""
    if items:
        conn.execute(
            insert(concern_notice),
            [
                {"concern_id": id_, "reader": reader, "kind": kind.value, "made_at": now, "letter_id": letter_id}
                for id_, kind in items
            ],
        )


def drop_concern_notices(conn: Connection, letter_id: int, reason: str) -> None:
    """The letter will not be sent: its concerns need none, within the caller's transaction."""
    mine = concern_notice.c.letter_id == letter_id
    conn.execute(update(concern_notice).where(mine).values(letter_id=None, skipped=reason[:300]))


def concerns_in(conn: Connection, letter_ids: Collection[int]) -> Mapping[int, list[tuple[int, NoticeKind]]]:
    """Concerns and kinds by the letter that carries them."""
    found: dict[int, list[tuple[int, NoticeKind]]] = defaultdict(list)
    wanted = sorted(set(letter_ids))
    for start in range(0, len(wanted), _FEW):
        query = select(concern_notice.c.letter_id, concern_notice.c.concern_id, concern_notice.c.kind).where(
            concern_notice.c.letter_id.in_(wanted[start : start + _FEW])
        )
        for letter_id, concern_id, kind in conn.execute(query.order_by(concern_notice.c.id)):
            found[letter_id].append((concern_id, NoticeKind(kind)))
    return found
