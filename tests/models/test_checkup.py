"""A look at the database itself: which it is, how large, whether it is sound, and what time it is there."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.store.checkup import look_at, server_clock
from models.store.store import Store


def test_a_sound_database_is_named_with_version_and_size(store: Store) -> None:
    looked = look_at(store.database)

    name, version = looked.engine.split()
    assert name == ("SQLite" if store.database.is_sqlite else "PostgreSQL")
    assert version[0].isdigit()
    assert looked.bytes > 50_000
    assert looked.problem == ""
    assert looked.journal == ("wal" if store.database.is_sqlite else "")


def test_only_a_server_has_a_clock_of_its_own(store: Store) -> None:
    told = server_clock(store.database)

    assert (told is None) == store.database.is_sqlite
    if told is not None:
        assert abs(told - now()) < timedelta(seconds=10)
