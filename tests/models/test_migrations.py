"""The migrations lead to the tables, and the version check speaks in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from models.migrations.upgrade import config
from models.store.database import HEAD, Database, StoreError
from models.store.store import Store
from models.tables import metadata


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_migrations_lead_to_the_declared_tables(empty_url: str) -> None:
    database = Database(empty_url)
    made = config()
    made.attributes["engine"] = database.engine
    command.upgrade(made, "head")

    with database.engine.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": False}), metadata)
    database.close()

    assert differences == []


def test_migrations_can_be_taken_back_and_made_again(empty_url: str) -> None:
    database = Database(empty_url)
    made = config()
    made.attributes["engine"] = database.engine
    command.upgrade(made, "head")
    with database.engine.begin() as conn:  # one mail, two organisations: an older version knew one only
        conn.execute(text("INSERT INTO outside VALUES (1, 1, 1, 0, 0), (1, 2, 1, 0, 0)"))

    command.downgrade(made, "0003")
    with database.engine.connect() as conn:
        left = conn.execute(text("SELECT domain_id FROM outside")).scalars().all()
    command.upgrade(made, "head")
    with database.engine.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": False}), metadata)
    database.close()

    assert left == [1]
    assert differences == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store.at(tmp_path / "x.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreError, match="newer Gonequiet"):
        Store.at(tmp_path / "x.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Dear diary, " * 100)

    with pytest.raises(StoreError, match="not a database"):
        Store.at(tmp_path / "x.db")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE songs (title TEXT)"))
    engine.dispose()

    with pytest.raises(StoreError, match="something else"):
        Store.at(tmp_path / "x.db")


def test_the_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    Store.at(tmp_path / "x.db").close()

    assert (tmp_path / "x.db").stat().st_mode & 0o077 == 0
