"""What would change is told by the same judgement: as stored it says what stands, and looking stores nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import Page
from flows.hindsight import hindsight
from flows.measure import measure
from flows.outlook import outlook
from models.directory import Directory
from models.records import Message, Partner, Person, WorkingHours
from models.settings import Settings
from models.store.store import Store
from tests.alerts.scene import NOW

SETTINGS = Settings(us=("ourco.example",), zone="UTC")
HOURS = WorkingHours(zone="UTC")


@pytest.fixture
def known(sqlite_store: Store) -> tuple[Store, Directory, Partner]:
    """A partner that wrote every third day for half a year, then paused for three weeks, and is silent for a week."""
    store = sqlite_store
    made = Partner(key="northwind", title="Northwind", domains=("northwind.example",), hours=HOURS, learned_hours=False)
    store.partners.add(made, now=NOW - timedelta(days=300))
    directory = store.partners.directory(SETTINGS.us)
    source = store.sources.ensure("gmail:ana@ourco.example", live=True)
    days = [7, *range(28, 200, 3)]
    mails = tuple(
        Message(
            source=source.name,
            external_id=str(day),
            uid=f"<{day}@northwind.example>",
            at=NOW - timedelta(days=day),
            sender=Person(address="bo@northwind.example"),
            to=(Person(address="ana@ourco.example"),),
        )
        for day in days
    )
    store.pages.save(source, Page(interactions=mails, cursor="1", read_until=NOW), directory, now=NOW)
    measure(store, SETTINGS, directory, now=NOW)
    return store, directory, made


def test_as_it_is_stored_it_says_what_stands(known: tuple[Store, Directory, Partner]) -> None:
    store, directory, partner = known
    standing = store.standings.all()["northwind"]

    found = outlook(store, SETTINGS, directory, partner)

    assert found is not None
    assert (found.late_after, found.quiet_after) == (standing.late_after, standing.quiet_after)
    assert found.silence == standing.evidence["silence"]
    assert found.alerts == len(hindsight(store, SETTINGS, directory, months=12, now=NOW).alerts) >= 1
    assert found.ended <= found.alerts


def test_a_longer_rhythm_calls_later_and_stores_nothing(known: tuple[Store, Directory, Partner]) -> None:
    store, directory, partner = known
    before = store.standings.all(), store.partners.all(), store.standings.flips()

    usual = outlook(store, SETTINGS, directory, partner)
    slow = outlook(store, SETTINGS, directory, replace(partner, cadence=40))

    assert usual is not None
    assert slow is not None
    assert usual.quiet_after is not None
    assert slow.quiet_after is not None
    assert slow.quiet_after > usual.quiet_after
    assert slow.alerts <= usual.alerts
    assert (store.standings.all(), store.partners.all(), store.standings.flips()) == before


def test_nobody_who_was_not_judged_has_an_outlook(sqlite_store: Store) -> None:
    stranger = Partner(key="nobody", title="Nobody")

    assert outlook(sqlite_store, SETTINGS, sqlite_store.partners.directory(SETTINGS.us), stranger) is None
