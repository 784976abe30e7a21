"""The database itself: plain rows, refusals in words, and the log that is moved when nobody waits."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from models.records import Absence, Agreed, Partner, WorkingHours
from models.schema.people import partner as partner_table
from models.store.bulk import Bulk
from models.store.database import StoreBusy, StoreError
from models.store.store import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHOLE = Partner(
    key="acme",
    title="Acme & Söhne",
    domains=("acme.example", "acme.test"),
    addresses=("mira@postbox.example",),
    owner="ana@us.example",
    deputy="bo@us.example",
    hours=WorkingHours(
        zone="Europe/Berlin",
        hours="Mon-Thu 08:00-16:00",
        country="DE",
        region="BY",
        closed=frozenset({date(2026, 12, 24), date(2026, 12, 31)}),
    ),
    learned_hours=False,
    cadence=2.5,
    category="supplier",
    backup="other",
    paused_until=date(2026, 4, 1),
    pause_reason="works holiday",
    agreed=Agreed(our_answer_hours=4.0, sponsors=("boss@acme.example",), series=(("s1@x", "review"),)),
)


@pytest.mark.parametrize("partner", [WHOLE, Partner(key="bare", title="Bare", domains=("bare.example",))])
def test_a_partner_comes_back_as_it_went(store: Store, partner: Partner) -> None:
    store.partners.add(partner, now=NOW)

    watched = store.partners.watched()

    assert (watched[0].partner, watched[0].since) == (partner, NOW)
    assert store.partners.watched({partner.key}) == watched
    assert store.partners.watched({"nobody"}) == []
    assert store.partners.find(partner.key) == partner
    assert store.partners.find("nobody") is None


def test_absences_are_read_by_partner_by_id_and_all(store: Store) -> None:
    for key in ("acme", "bare"):
        store.partners.add(Partner(key=key, title=key, domains=(f"{key}.example",)), now=NOW)
    open_end = Absence(partner="acme", since=date(2026, 3, 5), until=None, person=None, origin="declared")
    one = Absence(
        partner="bare", since=date(2026, 3, 1), until=date(2026, 3, 4), person="a@b.example", origin="auto_reply"
    )
    store.partners.add_absence(open_end)
    store.partners.add_absence(one)
    ids = {watched.partner.key: watched.id for watched in store.partners.watched()}

    assert store.partners.absences() == [one, open_end]
    assert store.partners.absences("acme") == [open_end]
    assert store.partners.absences(ids={ids["bare"]}) == [one]
    assert store.partners.absences(ids=set()) == []


def test_more_partners_than_fit_a_statement_are_found(sqlite_store: Store) -> None:
    for n in range(520):
        sqlite_store.partners.add(Partner(key=f"p{n:03}", title=f"P{n}", domains=(f"p{n}.example",)), now=NOW)
    wanted = {f"p{n:03}" for n in range(510)}

    assert {watched.partner.key for watched in sqlite_store.partners.watched(wanted)} == wanted


def test_a_broken_plain_statement_is_an_error_of_the_store(sqlite_store: Store) -> None:
    database = sqlite_store.database

    with pytest.raises(StoreError, match="cannot be used: no such table"), database.read() as conn:
        database.rows(conn, "SELECT 1 FROM nowhere")


def test_a_statement_that_fails_does_not_show_its_values(store: Store) -> None:
    with pytest.raises(SQLAlchemyError) as refused, store.database.write() as conn:
        conn.execute(insert(partner_table).values(key="acme", title="ana@us.example", id=None, added_at=None))

    assert "ana@us.example" not in str(refused.value)


def test_rows_in_bulk_that_fail_are_not_shown(store: Store) -> None:
    rows = [(None, f"Ana number {n}") for n in range(60)]  # enough for a COPY
    with pytest.raises(SQLAlchemyError) as refused, store.database.write() as conn:
        Bulk(conn, store.database).insert("address", ("address", "name"), rows)

    assert "Ana" not in str(refused.value)


def test_a_plain_statement_on_a_locked_database_says_that_it_is_busy(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "x.db")
    store.partners.add(WHOLE, now=NOW)
    database = store.database
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    try:
        with database.read() as conn:  # the wait of half a minute is not what is under test
            database.rows(conn, "PRAGMA busy_timeout=1")
        holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreBusy, match="in use by another process"), database.read() as conn:
            database.rows(conn, "DELETE FROM partner")
    finally:
        holder.close()
        store.close()


def alone(store_file: Path, copy: Path) -> int:
    """How many partners the database file holds without its log."""
    shutil.copy(store_file, copy)
    connection = sqlite3.connect(copy)
    try:
        found = connection.execute("SELECT count(*) FROM partner").fetchone()
        return int(found[0])
    except sqlite3.OperationalError:  # not even the table
        return 0
    finally:
        connection.close()


def test_settling_moves_the_log_into_the_file(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "x.db")
    store.partners.add(WHOLE, now=NOW)

    before = alone(tmp_path / "x.db", tmp_path / "before.db")
    store.settle()
    after = alone(tmp_path / "x.db", tmp_path / "after.db")
    store.close()

    assert (before, after) == (0, 1)


def test_a_store_that_is_closed_leaves_its_log_settled_though_others_have_it_open(tmp_path: Path) -> None:
    page = Store.at(tmp_path / "x.db")
    store = Store.at(tmp_path / "x.db")
    store.partners.add(WHOLE, now=NOW)
    store.close()

    found = alone(tmp_path / "x.db", tmp_path / "after.db")
    page.close()

    assert found == 1


def test_settling_while_somebody_writes_waits_for_nobody(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "x.db")
    store.partners.add(WHOLE, now=NOW)
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        store.settle()
    finally:
        holder.close()

    assert store.partners.count() == 1
    store.close()
