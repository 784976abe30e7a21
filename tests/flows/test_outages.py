"""When a mailbox's whole mail stops without an error, nobody is called quiet and the operator is told why."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Page
from flows.measure import measure
from models.records import Message, Partner, Person, State
from models.settings import Settings
from models.store.store import Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAYS = 100


def stopped(store: Store, *, all_stop: bool) -> None:
    """Six partners who write on most working days; after day 60 all fall silent, or only the first."""
    for n in range(6):
        store.partners.add(Partner(key=f"p{n}", title=f"P{n}", domains=(f"p{n}.example",)), now=START)
    dice = random.Random(4)
    mails = []
    for day in range(DAYS):
        for n in range(6):
            at = START + timedelta(days=day, minutes=dice.randrange(480))
            if at.weekday() > 4 or dice.random() < 0.3 or (day > 60 and (all_stop or n == 0)):
                continue
            them = Person(address=f"a@p{n}.example")
            mails.append(
                Message(
                    source="gmail:a",
                    external_id=f"{day}-{n}",
                    uid=f"<{day}-{n}@x>",
                    at=at,
                    sender=them,
                    to=(Person(address="ana@us.example"),),
                )
            )
    source = store.sources.ensure("gmail:a", live=True)
    page = Page(interactions=tuple(mails), read_until=START + timedelta(days=DAYS))
    store.pages.save(source, page, store.partners.directory(["us.example"]), now=START)


@pytest.mark.parametrize("all_stop", [True, False])
def test_everybody_silent_at_once_is_a_broken_sync(sqlite_store: Store, all_stop: bool) -> None:
    stopped(sqlite_store, all_stop=all_stop)
    settings = Settings(us=("us.example",))

    measure(sqlite_store, settings, sqlite_store.partners.directory(settings.us), now=START + timedelta(days=DAYS))
    standings = sqlite_store.standings.all()

    if all_stop:
        assert {s.state for s in standings.values()} == {State.BLIND}
        assert "mail sync looks broken" in standings["p0"].reason
    else:
        assert standings["p0"].state in {State.QUIET, State.GONE}
        assert {standings[f"p{n}"].state for n in range(1, 6)} == {State.ON_RHYTHM}
