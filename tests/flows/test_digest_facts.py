"""What the weekly mail says beyond states: what lies ahead, who rests on one person, what else asks for attention."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from flows.notify import notify
from models.records import Absence, Side, State, WorkingHours
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, DAY, NOW, add_partner, pressed, put, settings, silent, turn

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def week(store: Store) -> str:
    """Ana's digest of that Monday, on one line."""
    mailbox = Mailbox()
    notify(store, settings(digest=True, operator=None, concerns=False), now=MONDAY, mailer=mailbox)
    (mail,) = [mail for mail in mailbox.mails if mail["X-Gonequiet-Alert"] == "digest" and mail["To"] == ANA]
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().replace("\n* ", "\n").split())


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    closed = frozenset({date(2026, 11, 20), date(2026, 11, 25), date(2026, 12, 30)})
    add_partner(sqlite_store, "northwind", hours=WorkingHours(zone="UTC", closed=closed))
    return sqlite_store


def test_holidays_of_the_next_days_are_told_and_no_others(store: Store) -> None:
    put(store)

    assert "Their holidays ahead: Northwind (Wed 25 Nov)." in week(store)


def test_who_comes_back_soon_is_told(store: Store) -> None:
    put(store)
    for until in (date(2026, 11, 26), date(2027, 2, 1)):
        store.partners.add_absence(Absence(partner="northwind", since=until - timedelta(days=20), until=until))

    assert "Back from leave: Northwind (Thu 26 Nov)." in week(store)


def test_a_concern_needs_the_reader_also_where_all_are_on_rhythm(store: Store) -> None:
    put(store, pressed())

    assert "Northwind: In 3 of the last 3 weeks you wrote far more than usual: consider bundling." in week(store)


def test_who_rests_on_one_person_is_named(store: Store) -> None:
    put(store, silent(name="their_key_person", subject="", sentence="Bo carries 90 % of it."))
    put(store, silent(name="our_key_person", subject="", side=Side.US, sentence="Ana carries 90 % of it."))

    said = week(store)

    assert "Rests on one person on their side: Northwind." in said
    assert "Rests on one person on ours: Northwind." in said


def test_what_became_worse_and_better_comes_with_its_length(store: Store) -> None:
    add_partner(store, "lumen")
    turn(store, "northwind", State.QUIET, at=MONDAY - 3 * DAY)
    turn(store, "lumen", State.QUIET, at=NOW - 10 * DAY)
    turn(store, "lumen", State.ON_RHYTHM, old=State.QUIET, at=MONDAY - 2 * DAY)

    said = week(store)

    assert "Worse: Northwind, on rhythm → quiet on Fri 20 Nov, 11 working days of silence." in said
    assert "Better: Lumen, quiet → on rhythm on Sat 21 Nov after 3 working days of silence." in said


def test_what_has_ended_is_not_told(store: Store) -> None:
    put(store, replace(pressed(), until=NOW))

    assert "far more than usual" not in week(store)
