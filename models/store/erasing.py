"""Erasing what one source brought: its ledger, its meetings, the mails that no other source has, and their traces."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Text, cast, delete, select, update

from models.schema.judgement import concern, flip, standing
from models.schema.meetings import meeting
from models.schema.sources import carries, source
from models.store.addresses import forgotten
from models.store.bulk import Bulk
from models.store.database import Database

_CHUNK = 5000
_NAMELESS = "a disconnected account"
_SOMEBODY = "somebody"
_ADDRESS = re.compile(r"[^\s,;:()<>\"']+@[^\s,;:()<>\"']*[^\s,;:()<>\"'.]")
# People, organisations and absences that nothing refers to any more.
_UNMENTIONED = """FROM address WHERE id NOT IN (
    SELECT sender_id FROM message WHERE sender_id IS NOT NULL UNION SELECT address_id FROM recipient
    UNION SELECT organiser_id FROM meeting WHERE organiser_id IS NOT NULL
    UNION SELECT moved_by_id FROM meeting WHERE moved_by_id IS NOT NULL UNION SELECT address_id FROM invitee)"""
_ORGANISATIONS = """DELETE FROM domain WHERE id NOT IN (SELECT domain_id FROM outside)
    AND id NOT IN (SELECT domain_id FROM item WHERE domain_id IS NOT NULL)"""
_ABSENCES = """DELETE FROM absence WHERE origin = 'auto_reply' AND person IS NOT NULL
    AND person NOT IN (SELECT address FROM address)"""


def erase_source(database: Database, name: str) -> int:
    """Forget a source and all it brought; gives how many mails and meeting versions went with it.

    Archives leave no ledger of what they stored, so they are read again at the next run: a mail that also lies in an
    archive comes back from there. The partners concerned are judged anew; what was judged and told before stays, but
    no longer names the source.
    """
    with database.write() as conn:
        found = conn.execute(select(source.c.id, source.c.live).where(source.c.name == name)).one_or_none()
        if found is None:
            return 0
        bulk = Bulk(conn, database)
        forgotten(bulk, database)
        own = {
            int(row[0])
            for row in bulk.rows(
                "SELECT message_key FROM item WHERE source_id = ? AND message_key IS NOT NULL", (found.id,)
            )
        }
        others = f"SELECT message_key FROM item WHERE source_id <> {found.id}"
        shared = {int(row[0]) for row in bulk.select_in(f"{others} AND state IN (0, 3) AND message_key IN", own)}
        counted = {int(row[0]) for row in bulk.select_in(f"{others} AND message_key IN", own)}
        alone = sorted(own - shared)
        losers = {int(row[0]) for row in bulk.select_in("SELECT partner_id FROM message WHERE key IN", alone)}
        losers |= set(conn.scalars(select(meeting.c.partner_id).where(meeting.c.source_id == found.id)))
        erased = conn.execute(delete(meeting).where(meeting.c.source_id == found.id)).rowcount
        erased += _erase_mails(bulk, alone)
        bulk.run("DELETE FROM outside WHERE key = ?", [(key,) for key in sorted(own - counted)])
        bulk.note_news(found.id, dict.fromkeys(losers, (0, 0, 0)))
        # What the detector remembers of them was learned from these mails too: it is made anew at the next run.
        bulk.run("UPDATE standing SET version = '', memory = NULL WHERE partner_id = ?", [(one,) for one in losers])
        conn.execute(delete(carries).where(carries.c.source_id == found.id))
        conn.execute(delete(source).where(source.c.id == found.id))
        conn.execute(update(source).where(source.c.live.is_(False)).values(directory=None, cursor=None))
        people = {str(row[0]) for row in bulk.rows(f"SELECT address {_UNMENTIONED}", ())}
        for statement in (f"DELETE {_UNMENTIONED}", _ORGANISATIONS, _ABSENCES):
            conn.exec_driver_sql(statement)
        _unname(conn, name, people)
        return int(erased)


def _erase_mails(bulk: Bulk, keys: Sequence[int]) -> int:
    erased = 0
    for start in range(0, len(keys), _CHUNK):
        part = [(key,) for key in keys[start : start + _CHUNK]]
        bulk.run("DELETE FROM recipient WHERE message_id IN (SELECT id FROM message WHERE key = ?)", part)
        bulk.run("DELETE FROM tone WHERE message_key = ?", part)
        erased += bulk.run("DELETE FROM message WHERE key = ?", part)
    return erased


def _unname(conn: Connection, name: str, people: Collection[str]) -> None:
    """What was judged stays, but names neither the source nor people whom nobody mentions any more."""

    def plain(text: str) -> str:
        without = text.replace(name, _NAMELESS)
        return _ADDRESS.sub(lambda found: _SOMEBODY if found[0].lower() in people else found[0], without)

    def plainly(value: object) -> object:
        if isinstance(value, str):
            return plain(value)
        if isinstance(value, list):
            return [plainly(each) for each in value]
        if isinstance(value, dict):
            return {plain(key): plainly(each) for key, each in value.items()}
        return value

    for row in conn.execute(select(concern.c.id, concern.c.subject, concern.c.sentence)).all():
        if row.subject in people:
            conn.execute(delete(concern).where(concern.c.id == row.id))
        elif (sentence := plain(row.sentence)) != row.sentence:
            conn.execute(update(concern).where(concern.c.id == row.id).values(sentence=sentence))
    for table, key in ((standing, standing.c.partner_id), (flip, flip.c.id)):
        said = table.c.reason.contains("@") | cast(table.c.evidence, Text).contains("@")
        for row in conn.execute(select(key, table.c.reason, table.c.evidence).where(said)).all():
            values = {"reason": plain(row.reason), "evidence": plainly(row.evidence)}
            if values != {"reason": row.reason, "evidence": row.evidence}:
                conn.execute(update(table).where(key == row[0]).values(**values))
