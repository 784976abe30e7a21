"""Which alerts the stored past would have brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from connectors.base import Page
from flows.hindsight import hindsight
from flows.measure import measure
from flows.relive import Alert
from models.records import Absence, Interaction, Partner, State
from models.schema.people import absence
from models.settings import Settings
from models.store.store import Store
from tests.factories import INBOUND, OUTBOUND, START, meeting, message, moment

NORTHWIND = Partner(key="northwind", title="Northwind", domains=("northwind.example",))
NOW = START + timedelta(days=200)
TWICE_A_WEEK = tuple(day for week in range(12) for day in (7 * week, 7 * week + 3))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "gonequiet.db")
    opened.partners.set_us(["example.org"])
    opened.partners.add(NORTHWIND, now=START)
    yield opened
    opened.close()


def read(store: Store, items: Sequence[Interaction]) -> None:
    source = store.sources.ensure("archive:mail", live=False)
    page = Page(interactions=tuple(sorted(items, key=lambda i: i.at)), read_until=NOW)
    store.pages.save(source, page, store.partners.directory(), now=NOW)


def mails(*days: int, side: str = INBOUND) -> list[Interaction]:
    return [message(day, side=side) for day in days]


def replay(store: Store, months: float) -> list[Alert]:
    return list(hindsight(store, Settings(), store.partners.directory(), months=months, now=NOW).alerts)


def test_a_silence_that_ended_and_one_that_did_not(store: Store) -> None:
    back = tuple(day + 116 for day in TWICE_A_WEEK if day < 28)
    read(store, mails(*TWICE_A_WEEK, *back))

    past = hindsight(store, Settings(), store.partners.directory(), months=8, now=NOW)

    first, second = past.alerts
    assert first.at < moment(116) == first.ended
    assert first.after_days > 0
    assert first.reason.startswith("Word from them every 2.5 working days on average")
    assert second.ended is None
    assert second.at > moment(116 + 24)
    assert (past.false_alarms, past.partners, past.allowed) == (1, 1, 8.0)


def test_the_last_alert_is_the_one_that_the_standing_shows(store: Store) -> None:
    read(store, mails(*TWICE_A_WEEK))
    (alert,) = replay(store, 8)

    measure(store, Settings(), store.partners.directory(), now=NOW)
    standing = store.standings.all()["northwind"]

    assert standing.state is State.GONE
    assert standing.quiet_after == alert.at


def test_what_came_later_changes_no_alert(store: Store, tmp_path: Path) -> None:
    read(store, mails(*TWICE_A_WEEK))
    (alert,) = replay(store, 8)
    read(store, mails(*(alert.at.date().toordinal() - START.date().toordinal() + n for n in (2, 5, 9))))

    first = replay(store, 8)[0]

    assert replace(first, ended=None, after_days=alert.after_days) == alert


def test_only_the_last_months_are_shown(store: Store) -> None:
    read(store, mails(*TWICE_A_WEEK))

    assert len(replay(store, 8)) == 1
    assert replay(store, 0.5) == []


def test_an_absence_and_an_accepted_meeting_put_the_alert_off(store: Store) -> None:
    read(store, mails(*TWICE_A_WEEK))
    (plain,) = replay(store, 8)
    away = plain.at.date() - timedelta(days=3)
    store.partners.add_absence(Absence(partner="northwind", since=away, until=away + timedelta(days=14)))
    (later,) = replay(store, 8)

    assert plain.at + timedelta(days=13) <= later.at <= plain.at + timedelta(days=15)

    with store.database.write() as conn:
        conn.execute(delete(absence))
    day = (plain.at.date() - START.date()).days + 1
    read(store, [meeting(day, seen=moment(70), minutes=30)])
    found = replay(store, 8)
    assert all(alert.at > plain.at for alert in found)


def test_our_own_mails_bring_and_spare_no_alert(store: Store) -> None:
    read(store, mails(*TWICE_A_WEEK))
    (plain,) = replay(store, 8)
    read(store, mails(82, 85, side=OUTBOUND))

    (written,) = replay(store, 8)

    assert written.at == plain.at
    assert "You have not written either." in plain.reason
    assert "You wrote twice since." in written.reason


def test_an_empty_store_has_no_past(store: Store) -> None:
    past = hindsight(store, Settings(), store.partners.directory(), months=12, now=datetime(2026, 6, 1, tzinfo=UTC))

    assert past.alerts == []
    assert past.own is None
    assert past.allowed == 12.0
