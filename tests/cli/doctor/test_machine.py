"""What `doctor` says of the machine: database, rounds, clock, audits, and how a line reads."""

from __future__ import annotations

import email.utils
import http.server
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.clock import now
from models.settings import load
from models.store.coverage import Audit
from models.store.store import Store
from tests.cli.doctor.scene import ANA, about, run


def test_the_database_is_named_with_version_size_and_pages(store: Store) -> None:
    ((health, says),) = about("database", "--offline")

    assert health == "good"
    assert f"SQLite {sqlite3.sqlite_version}" in says
    assert "its pages hold together" in says


def test_a_damaged_page_is_found(set_: Callable[..., None], tmp_path: Path) -> None:
    store = Store(load().database_url)
    for n in range(300):
        store.sources.ensure(f"gmail:box{n}@example.org", live=True)
    store.close()
    file = tmp_path / "data" / "gonequiet.db"
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = conn.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'source'"
        ).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    conn.close()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size + 8)
        raw.write(b"\xff" * 200)

    (found,) = about("database", "--offline")

    assert found[0] == "bad"
    assert "damaged" in found[1]
    status = run("accounts")
    assert status.exit_code == 3
    assert "is damaged" in status.output


def test_a_round_long_ago_says_that_nothing_runs(store: Store) -> None:
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    assert about("schedule", "--offline") == [("warn", "no account was read to its end yet")]

    store.sources.finished(source.name, now=now() - timedelta(hours=5), directory="")
    ((health, says),) = about("schedule", "--offline")
    assert health == "warn"
    assert "5 hours ago; one is due every 15 min" in says

    store.sources.finished(source.name, now=now() - timedelta(minutes=20), directory="")
    assert about("schedule", "--offline") == [("good", "the last round ended 20 minutes ago")]


class _Shifted(http.server.BaseHTTPRequestHandler):
    """Answers anything with a Date of its own."""

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", email.utils.format_datetime(now() + self.server.shift, usegmt=True))  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def google(set_: Callable[..., None], store: Store) -> Iterator[http.server.ThreadingHTTPServer]:
    """Something with a clock in Google's place, and an account there."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shifted)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.shift = timedelta()  # type: ignore[attr-defined]
    set_(GOOGLE__GMAIL_ROOT=f"http://127.0.0.1:{server.server_port}/")
    store.accounts.connect("google", ANA, tier="headers", config={}, sealed=b"", now=now())
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("shift", "health", "words"),
    [
        (timedelta(), "good", ", as Google says"),
        (timedelta(seconds=100), "warn", "2 minutes behind Google"),
        (timedelta(hours=-3), "bad", "3 hours ahead of Google"),
    ],
)
def test_the_clock_is_compared_with_a_service(
    google: http.server.ThreadingHTTPServer, shift: timedelta, health: str, words: str
) -> None:
    google.shift = shift  # type: ignore[attr-defined]

    ((found, says),) = about("clock")

    assert (found, words in says) == (health, True), says


def test_offline_asks_no_clock(google: http.server.ThreadingHTTPServer) -> None:
    google.shift = timedelta(hours=3)  # type: ignore[attr-defined]

    assert about("clock", "--offline")[0][0] == "good"


# --- coverage ---


def test_audits_and_what_vanished_are_told(store: Store) -> None:
    source = store.sources.ensure("outlook:ana@example.org", live=True)
    store.sources.finished(source.name, now=now(), directory="")

    def audit(**more: Any) -> None:
        store.coverage.note(Audit(**({"source": source.name, "at": now(), "listed": 900} | more)))

    audit(missing=0, repaired=0, complete_until=now())
    assert about("coverage", "--offline")[0][1].startswith("1 source compared id by id, complete up to")
    audit(missing=12, repaired=12, complete_until=now())
    assert "found 12 of 900 ids missing, and read them" in about(source.name, "--offline")[-1][1]
    audit(missing=12, repaired=2, complete_until=None)
    assert ("warn", True) in [(h, "could not read 10 of 900" in s) for h, s in about(source.name, "--offline")]
    audit(at=now() - timedelta(days=4), missing=0, repaired=0, complete_until=None)
    assert "once a day is due" in about(source.name, "--offline")[-1][1]


def test_each_line_says_how_it_is_and_what_to_do(store: Store) -> None:
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    store.sources.failed(source.name, "the consent was withdrawn", now=now(), needs_person=True)

    result = run("doctor", "--offline")

    assert result.exit_code == 1
    lines = result.output.splitlines()
    at = next(n for n, line in enumerate(lines) if "the consent was withdrawn" in line)
    assert lines[at].startswith("wrong  ")
    assert lines[at + 1].startswith("       ")
    assert lines[-1].split(" wrong, ")[0].isdigit()
