"""How the database itself is: version, journal, size, and whether its pages hold together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from models.store.database import Database

_QUICK_BYTES = 2_000_000_000  # above this, reading every page takes too long to be quick


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One look at it.

    engine   "SQLite 3.46.1", "PostgreSQL 16.4"
    bytes    its size, write-ahead log included
    journal  SQLite's journal mode, "wal" when all is well; empty on PostgreSQL
    log_bytes  size of the write-ahead log of SQLite
    problem  the first thing that the check of its pages found; empty = none; None = too large to check quickly
    """

    engine: str
    bytes: int
    journal: str = ""
    log_bytes: int = 0
    problem: str | None = ""


def server_clock(database: Database) -> datetime | None:
    """What time it is at the database server, UTC; None for a file on this machine."""
    if database.is_sqlite:
        return None
    with database.read() as conn:
        now: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)


def look_at(database: Database) -> Checkup:
    """Check it; StoreError in words where it cannot be read at all."""
    if not database.is_sqlite:
        with database.read() as conn:
            version = str(conn.execute(text("SHOW server_version")).scalar_one()).split()[0]
            size = int(conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
        return Checkup(engine=f"PostgreSQL {version}", bytes=size)
    path = database.path
    log = path.with_name(path.name + "-wal") if path is not None else None
    log_bytes = log.stat().st_size if log is not None and log.exists() else 0
    size = (path.stat().st_size if path is not None else 0) + log_bytes
    with database.read() as conn:
        version = str(conn.execute(text("SELECT sqlite_version()")).scalar_one())
        journal = str(conn.execute(text("PRAGMA journal_mode")).scalar_one())
        problem: str | None = None
        if size <= _QUICK_BYTES:
            found = str(conn.execute(text("PRAGMA quick_check(1)")).scalar_one())
            problem = "" if found == "ok" else found.splitlines()[0]
    return Checkup(engine=f"SQLite {version}", bytes=size, journal=journal, log_bytes=log_bytes, problem=problem)
