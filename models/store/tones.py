"""The tone of mails: what was scored, by which analyser. No text ever comes here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, func, select

from models.records import MessageClass, Side
from models.schema.mail import message, tone
from models.schema.people import address, partner
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.keys import key_of
from models.store.rows import CLASS_CODE, SIDE_CODE

_COLUMNS = ("message_key", "analyser", "score", "subjectivity", "n_words", "language", "reason", "wording")
_PUT = (
    f"INSERT INTO tone ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (message_key, analyser) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toned:
    """The tone of one mail, to be kept. `wording`: 1 appreciation, 2 criticism, 4 distress, added up."""

    uid: str
    analyser: str
    score: float | None
    subjectivity: float | None
    n_words: int
    language: str
    reason: str
    wording: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One human mail of a partner and what is known of its tone.

    side      who wrote it: us or the partner
    thread    the same number for every mail of one exchange
    person    a number for its sender; None where unknown
    score     None where it was not scored; `reason` says why, "not read" where its text was never seen
    """

    at: datetime
    side: Side
    thread: int
    person: int | None
    score: float | None
    reason: str
    wording: int


class Tones:
    """What was scored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unread(self, source: str, external_ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids whose mail is stored, but was never looked at with its text."""
        by_key = {key_of(external_id): external_id for external_id in external_ids}
        with self._database.read() as conn:
            bulk = Bulk(conn, self._database)
            found = bulk.rows("SELECT id FROM source WHERE name = ?", (source,))
            if not found:
                return frozenset()
            query = (
                "SELECT i.key FROM item i LEFT JOIN tone t ON t.message_key = i.message_key WHERE i.state = 0 AND "
                f"i.message_key IS NOT NULL AND t.message_key IS NULL AND i.source_id = {int(found[0][0])} AND i.key IN"
            )
            return frozenset(by_key[row[0]] for row in bulk.select_in(query, list(by_key)))

    def save(self, rows: Sequence[Toned]) -> None:
        """Keep the tones of mails; the same mail and analyser again replaces."""
        if not rows:
            return
        with self._database.write() as conn:
            Bulk(conn, self._database).run(
                _PUT,
                [
                    (
                        key_of(row.uid),
                        row.analyser,
                        row.score,
                        row.subjectivity,
                        row.n_words,
                        row.language,
                        row.reason,
                        row.wording,
                    )
                    for row in rows
                ],
            )

    def of(self, key: str, analyser: str) -> list[Heard]:
        """Every human mail between us and this partner, oldest first, with its tone by this analyser."""
        query = (
            select(
                message.c.at,
                message.c.side,
                func.coalesce(message.c.root_key, message.c.thread_key, message.c.key).label("thread"),
                message.c.sender_id,
                tone.c.score,
                tone.c.reason,
                tone.c.wording,
            )
            .join(partner, partner.c.id == message.c.partner_id)
            .outerjoin(tone, and_(tone.c.message_key == message.c.key, tone.c.analyser == analyser))
            .where(
                partner.c.key == key,
                message.c.message_class == CLASS_CODE[MessageClass.HUMAN],
                message.c.withdrawn_at.is_(None),
                message.c.side.in_([SIDE_CODE[Side.US], SIDE_CODE[Side.PARTNER]]),
            )
            .order_by(message.c.at, message.c.id)
        )
        with self._database.read() as conn:
            return [_heard(row) for row in conn.execute(query)]

    def everyone(self, side: Side, analyser: str) -> list[tuple[datetime, float]]:
        """The scores of all mails that this side wrote, to or of any partner, oldest first: the yardstick."""
        query = (
            select(func.min(message.c.at), tone.c.score)
            .join(message, message.c.key == tone.c.message_key)
            .where(
                tone.c.analyser == analyser,
                tone.c.score.is_not(None),
                message.c.side == SIDE_CODE[side],
                message.c.message_class == CLASS_CODE[MessageClass.HUMAN],
                message.c.withdrawn_at.is_(None),
            )
            .group_by(tone.c.message_key, tone.c.score)
            .order_by(func.min(message.c.at), tone.c.message_key)
        )
        with self._database.read() as conn:
            return [(datetime.fromtimestamp(at, UTC), score) for at, score in conn.execute(query)]

    def has(self, analyser: str) -> bool:
        """Whether this analyser version has scored anything."""
        with self._database.read() as conn:
            return conn.execute(select(tone.c.analyser).where(tone.c.analyser == analyser).limit(1)).first() is not None

    def analysers(self) -> list[str]:
        """Every analyser version that has scored something."""
        with self._database.read() as conn:
            return list(conn.scalars(select(tone.c.analyser).distinct().order_by(tone.c.analyser)))

    def people(self, ids: Collection[int]) -> dict[int, str]:
        """The addresses behind the numbers of `Heard.person`."""
        query = select(address.c.id, address.c.address).where(address.c.id.in_(list(ids)))
        with self._database.read() as conn:
            return {row.id: row.address for row in conn.execute(query)}

    def sweep(self) -> int:
        """Forget the tone of mails that are no longer kept; gives how many."""
        kept = select(message.c.key).where(message.c.key == tone.c.message_key).exists()
        with self._database.write() as conn:
            return conn.execute(delete(tone).where(~kept)).rowcount


def _heard(row: Any) -> Heard:
    return Heard(
        at=datetime.fromtimestamp(row.at, UTC),
        side=Side.US if row.side == SIDE_CODE[Side.US] else Side.PARTNER,
        thread=row.thread,
        person=row.sender_id,
        score=row.score,
        reason="not read" if row.reason is None else row.reason,
        wording=row.wording or 0,
    )
