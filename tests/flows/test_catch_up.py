"""After a push: what was announced is read, whom it touched is judged at once, and their signals follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.demo.connector import monday_of
from connectors.demo.people import demo_partners
from flows import catch_up
from flows.catch_up import catch_up_with
from flows.measure import Measured, measure
from flows.rehearse import live_through
from models.settings import Settings
from models.store.store import Store

pytestmark = pytest.mark.long

NOW = datetime(2026, 6, 18, 7, 30, tzinfo=UTC)  # a Thursday
LATER = NOW + timedelta(hours=10)
SETTINGS = Settings(us=("brightwater.example",))
MAILBOX = "demo:ana@brightwater.example"


@pytest.fixture
def store(sqlite_store: Store) -> Iterator[Store]:
    """The demo read and judged in the morning."""
    for partner in demo_partners():
        sqlite_store.partners.add(partner, now=NOW)
    live_through(sqlite_store, SETTINGS, [NOW], monday_of(NOW.date()))
    return sqlite_store


def test_a_push_reads_its_source_alone_and_judges_whom_it_touched(store: Store) -> None:
    store.sources.mark_dirty(MAILBOX, now=LATER - timedelta(seconds=30))
    before = store.standings.all()

    caught = catch_up_with(store, SETTINGS, clock=lambda: LATER)
    after = store.standings.all()
    read = {source.name for source in store.sources.all() if source.read_until == LATER}

    assert (caught.sources, read) == (1, {MAILBOX})
    assert caught.touched
    assert caught.waited_seconds == 30
    assert {key for key in after if after[key] != before[key]} <= caught.touched
    assert store.sources.dirty() == []


def test_without_a_push_nothing_is_read(store: Store) -> None:
    caught = catch_up_with(store, SETTINGS, clock=lambda: LATER)

    assert (caught.sources, caught.mails, caught.touched) == (0, 0, set())


def test_the_signals_of_those_touched_are_read_after_all_were_judged(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[bool] = []

    def noted(*args: object, signals: bool = False, **more: object) -> Measured:
        order.append(signals)
        return measure(*args, signals=signals, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(catch_up, "measure", noted)
    store.sources.mark_dirty(MAILBOX, now=LATER - timedelta(seconds=30))

    caught = catch_up_with(store, SETTINGS, clock=lambda: LATER)

    assert order == [False, True]
    assert caught.sources == 1
