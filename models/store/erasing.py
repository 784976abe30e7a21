"""Erasing what one source brought: its ledger, its meetings, and the mails that no other source has."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from models.store.bulk import Bulk
from models.store.database import Database
from models.tables import carries, meeting, source

_CHUNK = 5000


def erase_source(database: Database, name: str) -> int:
    """Forget a source and all it brought; gives how many mails and meeting versions went with it.

    Archives leave no ledger of what they stored, so they are read again at the next run: a mail that also lies in an
    archive comes back from there. The partners concerned are judged anew.
    """
    with database.write() as conn:
        found = conn.execute(select(source.c.id, source.c.live).where(source.c.name == name)).one_or_none()
        if found is None:
            return 0
        bulk = Bulk(conn, database)
        own = {
            int(row[0])
            for row in bulk.rows(
                "SELECT message_key FROM item WHERE source_id = ? AND message_key IS NOT NULL", (found.id,)
            )
        }
        shared = {
            int(row[0])
            for row in bulk.select_in(
                f"SELECT message_key FROM item WHERE source_id <> {found.id} AND state IN (0, 3) AND message_key IN",
                own,
            )
        }
        alone = sorted(own - shared)
        losers = {int(row[0]) for row in bulk.select_in("SELECT partner_id FROM message WHERE key IN", alone)}
        losers |= set(conn.scalars(select(meeting.c.partner_id).where(meeting.c.source_id == found.id)))
        erased = conn.execute(delete(meeting).where(meeting.c.source_id == found.id)).rowcount
        for start in range(0, len(alone), _CHUNK):
            part = [(key,) for key in alone[start : start + _CHUNK]]
            bulk.run("DELETE FROM recipient WHERE message_id IN (SELECT id FROM message WHERE key = ?)", part)
            erased += bulk.run("DELETE FROM message WHERE key = ?", part)
        bulk.note_news(found.id, dict.fromkeys(losers, (0, 0, 0)))
        conn.execute(delete(carries).where(carries.c.source_id == found.id))
        conn.execute(delete(source).where(source.c.id == found.id))
        conn.execute(update(source).where(source.c.live.is_(False)).values(directory=None, cursor=None))
        return int(erased)
