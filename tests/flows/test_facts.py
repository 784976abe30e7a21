"""When somebody is back: an out-of-office reply ends with its writer's next word, whoever spoke after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.facts import pauses_of
from metrics.contacts import Contact, Contacts
from models.records import Absence

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
RAJ_IS_AWAY = Absence(
    partner="acme", since=date(2026, 3, 2), until=date(2026, 3, 20), person="raj@acme.example", origin="auto_reply"
)


def until(*words: tuple[int, str]) -> date | None:
    contacts = Contacts()
    for day, person in words:
        at = MONDAY + timedelta(days=day)
        contacts.add(Contact(int(at.timestamp()), day, inbound=True, person=f"{person}@acme.example"))
    (pause,) = pauses_of([RAJ_IS_AWAY], Contacts.unpacked(contacts.packed()), ZoneInfo("UTC"))
    return pause.until


def test_the_writer_s_own_word_ends_it() -> None:
    assert until((-3, "raj"), (2, "raj")) == date(2026, 3, 4)


def test_a_colleague_s_word_does_not() -> None:
    assert until((-3, "raj"), (2, "kim")) == date(2026, 3, 20)


def test_a_colleague_s_word_after_it_does_not_make_the_writer_away_again() -> None:
    assert until((-3, "raj"), (2, "raj"), (3, "kim")) == date(2026, 3, 4)
