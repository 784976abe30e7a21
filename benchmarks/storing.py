"""How fast mails are stored, and how small (bars S1, S2, S3).

    .venv/bin/python -m benchmarks.storing [--count 200000] [--rounds 3]

SQLite: our writer (SQLAlchemy, exec_driver_sql) against sqlite3's own executemany with the same rows and tables.
PostgreSQL, where a server is installed: our writer (key probe, then COPY) against SQLAlchemy Core's executemany.
Rows are made beforehand, batches are 10,000, rounds are interleaved; medians of CPU seconds (SQLite) and of wall time
(PostgreSQL, whose work is done in another process), and ratios.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, text

from models.records import Partner
from models.store.bulk import Bulk
from models.store.rows import MESSAGE_COLUMNS
from models.store.store import Store
from models.tables import message, recipient
from tests import postgres

Rows = list[tuple[object, ...]]
BATCH = 10_000
NOW = datetime(2026, 1, 5, tzinfo=UTC)
PARTNERS = 200
RECIPIENT = ("message_id", "address_id", "role")


def made(count: int) -> tuple[Rows, Rows]:
    """Rows of mails and of their recipients, 1.6 a mail."""
    dice = random.Random(3)
    mails: Rows = []
    people: Rows = []
    for n in range(1, count + 1):
        keys = [dice.getrandbits(63) - (1 << 62) for _ in range(3)]
        at = 1_600_000_000 + n * 60
        who = (1 + dice.randrange(PARTNERS), at, dice.randrange(5000), n % 2)
        mails.append((n, keys[0], *who, 0, None, keys[1], keys[2], dice.getrandbits(48), None, None, None))
        people += [(n, dice.randrange(5000) * 3 + k, 0) for k in range(1 + (dice.random() < 0.6))]
    return mails, people


def batches(rows: Rows) -> list[Rows]:
    """Cut into transactions."""
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def with_partners(store: Store) -> Store:
    """A store whose foreign keys can be met."""
    for n in range(1, PARTNERS + 1):
        store.partners.add(Partner(key=f"p{n}", title=f"P {n}"), now=NOW)
    return store


def ours(store: Store, mails: Rows, people: Rows) -> None:
    """Our writer: look for known keys, insert what is new."""
    for some, theirs in zip(batches(mails), _beside(mails, people), strict=True):
        with store.database.write() as conn:
            bulk = Bulk(conn, store.database)
            bulk.known_messages([int(row[1]) for row in some])  # type: ignore[call-overload]
            bulk.insert("message", MESSAGE_COLUMNS, some)
            bulk.insert("recipient", RECIPIENT, theirs)


def _beside(mails: Rows, people: Rows) -> list[Rows]:
    """Recipients in the batches of their mails."""
    cut: list[Rows] = [[] for _ in batches(mails)]
    for row in people:
        cut[(int(row[0]) - 1) // BATCH].append(row)  # type: ignore[call-overload]
    return cut


def raw_sqlite(path: Path, mails: Rows, people: Rows) -> None:
    """The standard library's executemany, same tables and transactions, no look at what is known."""
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-8000", "wal_autocheckpoint=8000"):
        conn.execute(f"PRAGMA {pragma}")
    into = f"INSERT INTO message ({', '.join(MESSAGE_COLUMNS)}) VALUES ({', '.join('?' * len(MESSAGE_COLUMNS))})"
    for some, theirs in zip(batches(mails), _beside(mails, people), strict=True):
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(into, some)
        conn.executemany("INSERT INTO recipient VALUES (?, ?, ?)", theirs)
        conn.execute("COMMIT")
    conn.close()


def core(store: Store, mails: Rows, people: Rows) -> None:
    """SQLAlchemy Core's executemany."""
    for some, theirs in zip(batches(mails), _beside(mails, people), strict=True):
        with store.database.write() as conn:
            conn.execute(insert(message), [dict(zip(MESSAGE_COLUMNS, row, strict=True)) for row in some])
            conn.execute(insert(recipient), [dict(zip(RECIPIENT, row, strict=True)) for row in theirs])


def timed(job: Callable[[], None], clock: Callable[[], float]) -> float:
    """Seconds of one job."""
    started = clock()
    job()
    return clock() - started


def sqlite(mails: Rows, people: Rows, rounds: int) -> None:
    """Bars S1 and S2."""
    seconds: dict[str, list[float]] = {"ours": [], "raw": []}
    size = 0.0
    for n in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            mine = with_partners(Store.at(Path(folder) / "ours.db"))
            theirs = with_partners(Store.at(Path(folder) / "raw.db"))
            theirs.close()
            jobs = [
                ("ours", lambda store=mine: ours(store, mails, people)),
                ("raw", lambda path=Path(folder) / "raw.db": raw_sqlite(path, mails, people)),
            ]
            for name, job in jobs if n % 2 else reversed(jobs):
                seconds[name].append(timed(job, time.process_time))
            mine.close()
            conn = sqlite3.connect(Path(folder) / "ours.db")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            conn.close()
            size = (Path(folder) / "ours.db").stat().st_size / len(mails)
    _show("SQLite", seconds, len(mails), "raw", 0.85)
    print(f"S2: {size:.0f} bytes a mail with its recipients (bar 260)")


def postgresql(url: str, mails: Rows, people: Rows, rounds: int) -> None:
    """Bar S3."""
    store = with_partners(Store(url))
    seconds: dict[str, list[float]] = {"ours": [], "core": []}
    for _ in range(rounds):
        for name, job in (("ours", ours), ("core", core)):
            with store.database.write() as conn:
                conn.execute(text("TRUNCATE message, recipient"))
            seconds[name].append(timed(lambda job=job: job(store, mails, people), time.perf_counter))
    with store.database.read() as conn:
        size = conn.execute(
            text("SELECT pg_total_relation_size('message') + pg_total_relation_size('recipient')")
        ).scalar_one()
    store.close()
    _show("PostgreSQL", seconds, len(mails), "core", 2.5)
    print(f"S2: {size / len(mails):.0f} bytes a mail with its recipients (bar 480)")


def _show(
    title: str, seconds: dict[str, Sequence[float]] | dict[str, list[float]], count: int, peer: str, bar: float
) -> None:
    mine, theirs = statistics.median(seconds["ours"]), statistics.median(seconds[peer])
    print(
        f"{title}: ours {count / mine:,.0f} mails/s, {peer} {count / theirs:,.0f}/s: {theirs / mine:.2f}x (bar {bar})"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    mails, people = made(chosen.count)
    sqlite(mails, people, chosen.rounds)
    programs = postgres.binaries()
    if programs is None:
        print("PostgreSQL: no server installed here")
        return
    with postgres.server(programs) as url:
        postgresql(url, mails, people, chosen.rounds)


if __name__ == "__main__":
    main()
