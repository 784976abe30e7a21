"""Ids of addresses are remembered by whoever saves pages; here is how they hear that some are no more.

Erasing removes addresses, and a database may give their ids to others. So it raises a count, under a lock that lets
no page be saved meanwhile, and every page looks at the count before it believes what was remembered.
"""

from __future__ import annotations

from models.store.bulk import Bulk
from models.store.database import Database

_LOCK = 7_340_017  # any number that nobody else uses on this database


def epoch(bulk: Bulk, database: Database) -> int:
    """How often addresses were forgotten; until this transaction ends none will be."""
    if not database.is_sqlite:  # which has one writer at a time
        bulk.rows(f"SELECT pg_advisory_xact_lock_shared({_LOCK})", ())
    found = bulk.rows("SELECT value FROM meta WHERE name = 'addresses_forgotten'", ())
    return int(found[0][0]) if found else 0


def forgotten(bulk: Bulk, database: Database) -> None:
    """Some will be, in this transaction: nobody saves a page until it ends."""
    alone(bulk, database)
    found = bulk.rows("SELECT value FROM meta WHERE name = 'addresses_forgotten'", ())
    number = int(found[0][0]) + 1 if found else 1
    if found:
        bulk.run("UPDATE meta SET value = ? WHERE name = 'addresses_forgotten'", [(str(number),)])
    else:
        bulk.run("INSERT INTO meta (name, value) VALUES ('addresses_forgotten', ?)", [(str(number),)])


def alone(bulk: Bulk, database: Database) -> None:
    """Nobody saves a page until this transaction ends."""
    if not database.is_sqlite:  # which has one writer at a time
        bulk.rows(f"SELECT pg_advisory_xact_lock({_LOCK})", ())
