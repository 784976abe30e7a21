"""Guests come and go: a meeting stands for the partners that are on it, and is off for those taken off it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from connectors.base import Page
from models.directory import Directory
from models.records import Attendee, MeetingStatus, Person, Response
from models.store.store import Store
from tests.factories import OURS, meeting, message, moment, partner

RAJ, EVE = "raj@northwind.example", "eve@contoso.example"
SOURCE = f"gcal:{OURS}"


@pytest.fixture
def directory(store: Store) -> Directory:
    for key in ("northwind", "contoso"):
        store.partners.add(partner(key), now=moment(0))
    return store.partners.directory(["us.example"])


def invited(hour: int, guests: Sequence[str], response: Response = Response.NONE, *, cancelled: bool = False):
    """The one meeting, as it was seen at this hour of day 1."""
    attendees = tuple(Attendee(person=Person(address=guest), response=response) for guest in (OURS, *guests))
    return meeting(day=9, uid="kick-off", seen=moment(1, hour), attendees=attendees, cancelled=cancelled)


def see(store: Store, directory: Directory, *interactions: object):
    return store.pages.save(
        store.sources.ensure(SOURCE, live=True), Page(interactions=interactions), directory, now=moment(2)
    )


def standing(store: Store) -> dict[str, MeetingStatus]:
    """By partner, what its newest version says."""
    found = {key: store.interactions.of(key) for key in ("northwind", "contoso")}
    return {key: max(seen, key=lambda m: m.seen_at).status for key, seen in found.items() if seen}


def test_a_partner_taken_off_a_meeting_has_it_no_more(store: Store, directory: Directory) -> None:
    see(store, directory, invited(1, (RAJ, EVE)))
    saved = see(store, directory, invited(2, (RAJ,)))

    assert standing(store) == {"northwind": MeetingStatus.CONFIRMED, "contoso": MeetingStatus.CANCELLED}
    assert "contoso" in saved.touched


def test_what_changes_for_the_others_brings_nobody_back(store: Store, directory: Directory) -> None:
    see(store, directory, invited(1, (RAJ, EVE)))
    see(store, directory, invited(2, (RAJ,)))
    see(store, directory, invited(3, (RAJ,), Response.ACCEPTED))

    assert standing(store) == {"northwind": MeetingStatus.CONFIRMED, "contoso": MeetingStatus.CANCELLED}


def test_the_last_partner_taken_off_has_it_no_more(store: Store, directory: Directory) -> None:
    see(store, directory, invited(1, (RAJ,)))
    see(store, directory, invited(2, ()))

    assert standing(store) == {"northwind": MeetingStatus.CANCELLED}


def test_a_cancellation_sent_to_one_takes_it_from_nobody_else(store: Store, directory: Directory) -> None:
    see(store, directory, invited(1, (RAJ, EVE)))
    see(store, directory, invited(2, (EVE,), cancelled=True))

    assert standing(store) == {"northwind": MeetingStatus.CONFIRMED, "contoso": MeetingStatus.CANCELLED}


def test_who_is_invited_again_has_it_again(store: Store, directory: Directory) -> None:
    for hour, guests in ((1, (RAJ, EVE)), (2, (RAJ,)), (3, (RAJ, EVE))):
        see(store, directory, invited(hour, guests))

    assert set(standing(store).values()) == {MeetingStatus.CONFIRMED}


def test_an_older_look_takes_nobody_off(store: Store, directory: Directory) -> None:
    see(store, directory, invited(2, (RAJ, EVE)))
    see(store, directory, invited(1, (RAJ,)))

    assert set(standing(store).values()) == {MeetingStatus.CONFIRMED}


def test_who_was_taken_off_is_judged_from_the_start_though_a_mail_came_too(store: Store, directory: Directory) -> None:
    see(store, directory, invited(1, (RAJ, EVE)))
    with store.database.write() as conn:
        conn.execute(text("DELETE FROM attention"))

    see(store, directory, invited(2, (RAJ,)), message(day=1, sender=EVE))

    with store.database.read() as conn:
        told = "SELECT late_since FROM attention a JOIN partner p ON p.id = a.partner_id WHERE p.key = 'contoso'"
        assert conn.execute(text(told)).scalar_one() == 0
