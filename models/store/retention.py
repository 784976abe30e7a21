"""Forgetting what is too old to count: readings, letters, mails and meetings."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, func, select, union, update

from models.schema.alerts import concern_notice, letter, notice
from models.schema.columns import meta
from models.schema.judgement import concern, flip, reading
from models.schema.mail import message, recipient, tone
from models.schema.meetings import meeting
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.rows import seconds

_NAME = "cleared_up_at"
_NOTE = f"INSERT INTO meta (name, value) VALUES ('{_NAME}', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class Retention:
    """What is older than an edge goes; saying it twice changes nothing more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, now: datetime) -> None:
        """Write down that everything was cleared up."""
        with self._database.write() as conn:
            Bulk(conn, self._database).run(_NOTE, [(str(seconds(now)),)])

    def last(self) -> datetime | None:
        """When everything was last cleared up, UTC; None = never."""
        with self._database.read() as conn:
            noted = conn.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
        return None if noted is None else datetime.fromtimestamp(int(noted), UTC)

    def readings(self, before: datetime) -> int:
        """Drop readings older than `before`; gives how many."""
        with self._database.write() as conn:
            return conn.execute(delete(reading).where(reading.c.at < before)).rowcount

    def letters(self, before: datetime) -> int:
        """Drop settled letters made before `before`, with their notices; gives how many.

        A letter stays while it is on its way, while a flip in it is younger, and while it tells of where a partner
        stands now. The flips themselves stay, with the answers given to them.
        """
        young = (
            select(notice.c.letter_id)
            .join(flip, flip.c.id == notice.c.flip_id)
            .where(notice.c.letter_id.is_not(None), flip.c.written_at >= before)
        )
        newest = select(func.max(flip.c.id)).group_by(flip.c.partner_id)
        # A concern that is there, or ended lately, must not look as if nobody had been told.
        of_concern = (
            select(concern_notice.c.letter_id)
            .join(concern, concern.c.id == concern_notice.c.concern_id)
            .where(
                concern_notice.c.letter_id.is_not(None),
                concern.c.until.is_(None) | (concern.c.until >= before),
            )
        )
        standing_still = select(notice.c.letter_id).where(notice.c.letter_id.is_not(None), notice.c.flip_id.in_(newest))
        settled = letter.c.told_at.is_not(None) | letter.c.given_up
        old = (
            (letter.c.made_at < before)
            & settled
            & letter.c.id.not_in(union(young, standing_still, of_concern).subquery().select())
        )
        with self._database.write() as conn:
            ids = list(conn.scalars(select(letter.c.id).where(old)))
            for start in range(0, len(ids), 500):
                some = ids[start : start + 500]
                flips = list(conn.scalars(select(notice.c.flip_id).where(notice.c.letter_id.in_(some))))
                # A flip without its notice would look as if nobody had been told: now it is history.
                conn.execute(update(flip).where(flip.c.id.in_(flips)).values(historical=True))
                conn.execute(delete(letter).where(letter.c.id.in_(some)))
            return len(ids)

    def mails(self, before: datetime) -> int:
        """Drop mails older than `before`; the newest of each partner and side stays. Gives how many."""
        newest = select(func.max(message.c.at)).where(
            message.c.partner_id == _m.c.partner_id, message.c.side == _m.c.side
        )
        old = select(_m.c.id, _m.c.key).where(_m.c.at < int(before.timestamp()), _m.c.at < newest.scalar_subquery())
        dropped = 0
        while True:
            with self._database.write() as conn:
                rows = conn.execute(old.limit(500)).all()
                if not rows:
                    return dropped
                ids = [row.id for row in rows]
                conn.execute(delete(recipient).where(recipient.c.message_id.in_(ids)))
                conn.execute(delete(message).where(message.c.id.in_(ids)))
                left = select(message.c.key)
                keys = [row.key for row in rows]
                conn.execute(delete(tone).where(tone.c.message_key.in_(keys), tone.c.message_key.not_in(left)))
                dropped += len(ids)

    def meetings(self, before: datetime) -> int:
        """Drop every version of meetings that ended before `before`; gives how many versions."""
        with self._database.write() as conn:
            recent = select(meeting.c.key).where(meeting.c.until >= before)
            return conn.execute(delete(meeting).where(meeting.c.until < before, meeting.c.key.not_in(recent))).rowcount


_m = message.alias()
