"""The bell: many pushes are one event, a lost event is followed by another, what rests does not ring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from flows.ring import Bell, waiting
from models.store.sources import Source
from models.store.store import Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sources(store: Store, *names: str) -> list[Source]:
    """Dirty sources of these names."""
    for name in names:
        store.sources.ensure(name, live=True)
        store.sources.mark_dirty(name, now=NOW)
    return store.sources.all()


def test_many_pushes_are_one_event(sqlite_store: Store) -> None:
    rung: list[Sequence[int]] = []
    bell = Bell(rung.append)
    three = sources(sqlite_store, "gmail:a@example.org", "gmail:b@example.org", "outlook:c@example.org")

    assert bell.look(three, at=0.0)
    assert not bell.look(three, at=1.0)

    assert rung == [[source.id for source in three]]


def test_another_source_rings_at_once(sqlite_store: Store) -> None:
    rung: list[Sequence[int]] = []
    bell = Bell(rung.append)
    bell.look(sources(sqlite_store, "gmail:a@example.org"), at=0.0)

    assert bell.look(sources(sqlite_store, "gmail:b@example.org"), at=1.0)


def test_a_lost_event_is_followed_by_others_ever_more_rarely(sqlite_store: Store) -> None:
    rung: list[Sequence[int]] = []
    bell = Bell(rung.append)
    one = sources(sqlite_store, "gmail:a@example.org")

    times = [second for second in range(3600) if bell.look(one, at=float(second))]

    assert times[:4] == [0, 15, 45, 105]
    assert all(later - earlier <= 300 for earlier, later in pairwise(times))


def test_a_push_after_the_source_was_read_rings_at_once(sqlite_store: Store) -> None:
    rung: list[Sequence[int]] = []
    bell = Bell(rung.append)
    one = sources(sqlite_store, "gmail:a@example.org")
    bell.look(one, at=0.0)
    bell.look([], at=1.0)
    sqlite_store.sources.clear_dirty("gmail:a@example.org", before=NOW + timedelta(seconds=1))
    sqlite_store.sources.mark_dirty("gmail:a@example.org", now=NOW + timedelta(seconds=2))

    assert bell.look(sqlite_store.sources.all(), at=2.0)


def test_what_rests_or_needs_a_person_does_not_ring(sqlite_store: Store) -> None:
    sources(sqlite_store, "gmail:a@example.org", "gmail:b@example.org", "gmail:c@example.org")
    later = NOW + timedelta(minutes=5)
    sqlite_store.sources.failed("gmail:a@example.org", "consent withdrawn", now=NOW, needs_person=True)
    sqlite_store.sources.failed("gmail:b@example.org", "too busy", now=NOW, rest_until=later)

    assert [s.name for s in waiting(sqlite_store.sources.all(), now=NOW)] == ["gmail:c@example.org"]
    assert [s.name for s in waiting(sqlite_store.sources.all(), now=later)] == [
        "gmail:b@example.org",
        "gmail:c@example.org",
    ]
