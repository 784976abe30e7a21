"""Erasing what one source brought: its ledger, its meetings, the mails that no other source has, and their traces."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, Text, cast, delete, or_, select, update

from models.schema.judgement import flip, standing
from models.schema.meetings import meeting
from models.schema.sources import carries, source
from models.store.addresses import forgotten
from models.store.bulk import Bulk
from models.store.database import Database

_CHUNK = 5000
_NAMELESS = "a disconnected account"
# What only people, organisations and absences leave that nothing refers to any more.
_ORPHANS = (
    "DELETE FROM address WHERE id NOT IN ("
    "SELECT sender_id FROM message WHERE sender_id IS NOT NULL UNION SELECT address_id FROM recipient "
    "UNION SELECT organiser_id FROM meeting WHERE organiser_id IS NOT NULL "
    "UNION SELECT moved_by_id FROM meeting WHERE moved_by_id IS NOT NULL UNION SELECT address_id FROM invitee)",
    "DELETE FROM domain WHERE id NOT IN (SELECT domain_id FROM outside) "
    "AND id NOT IN (SELECT domain_id FROM item WHERE domain_id IS NOT NULL)",
    "DELETE FROM absence WHERE origin = 'auto_reply' AND person IS NOT NULL "
    "AND person NOT IN (SELECT address FROM address)",
)


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
        conn.execute(delete(carries).where(carries.c.source_id == found.id))
        conn.execute(delete(source).where(source.c.id == found.id))
        conn.execute(update(source).where(source.c.live.is_(False)).values(directory=None, cursor=None))
        for statement in _ORPHANS:
            conn.exec_driver_sql(statement)
        for table in (standing, flip):
            _unname(conn, table, name)
        return int(erased)


def _erase_mails(bulk: Bulk, keys: Sequence[int]) -> int:
    erased = 0
    for start in range(0, len(keys), _CHUNK):
        part = [(key,) for key in keys[start : start + _CHUNK]]
        bulk.run("DELETE FROM recipient WHERE message_id IN (SELECT id FROM message WHERE key = ?)", part)
        bulk.run("DELETE FROM tone WHERE message_key = ?", part)
        erased += bulk.run("DELETE FROM message WHERE key = ?", part)
    return erased


def _unname(conn: Connection, table: Table, name: str) -> None:
    """Judgements say which source could not be read: its name goes, the judgement stays."""
    found = or_(table.c.reason.contains(name), cast(table.c.evidence, Text).contains(name))
    key = next(iter(table.primary_key.columns))
    for row in conn.execute(select(key, table.c.reason, table.c.evidence).where(found)).all():
        values = {"reason": row.reason.replace(name, _NAMELESS), "evidence": _without(row.evidence, name)}
        conn.execute(update(table).where(key == row[0]).values(**values))


def _without(value: object, name: str) -> object:
    if isinstance(value, str):
        return value.replace(name, _NAMELESS)
    if isinstance(value, list):
        return [_without(each, name) for each in value]
    if isinstance(value, dict):
        return {_without(key, name): _without(each, name) for key, each in value.items()}
    return value
