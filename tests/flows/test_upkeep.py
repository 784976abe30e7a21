"""Who runs rounds from cron has no night: the first round of a day drops what is too old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Page
from flows.upkeep import Upkeep, upkeep_if_due
from models.records import Partner
from models.settings import Settings
from models.store.store import Store
from tests.factories import INBOUND, START, message

NOW = START + timedelta(days=1000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "gonequiet.db")
    opened.partners.set_us(["example.org"])
    opened.partners.add(Partner(key="p", title="P", domains=("p.example",)), now=START)
    yield opened
    opened.close()


def read(store: Store, name: str, *, live: bool) -> None:
    mails = tuple(message(day, side=INBOUND, sender="bo@p.example") for day in (0, 999))
    source = store.sources.ensure(name, live=live)
    store.pages.save(source, Page(interactions=mails, read_until=NOW), store.partners.directory(), now=NOW)


def kept_up(store: Store, hours: float = 0) -> Upkeep | None:
    return upkeep_if_due(store, Settings(), store.partners.directory(), now=NOW + timedelta(hours=hours))


def test_the_first_round_of_a_day_drops_what_is_too_old(store: Store) -> None:
    read(store, "gmail:ana@example.org", live=True)

    first = kept_up(store)

    assert first is not None
    assert first.dropped.mails == 1
    assert store.interactions.count()[0] == 1
    assert kept_up(store, 19) is None
    again = kept_up(store, 23)
    assert again is not None
    assert again.dropped.total == 0


def test_a_clock_that_went_back_does_not_stop_it(store: Store) -> None:
    read(store, "gmail:ana@example.org", live=True)
    kept_up(store, 500)

    assert kept_up(store) is not None


def test_an_archive_goes_by_hand_only(store: Store) -> None:
    read(store, "archive:mail", live=False)

    assert kept_up(store) is None
    assert store.interactions.count()[0] == 2
