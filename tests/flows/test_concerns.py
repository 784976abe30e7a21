"""Concerns in the store: found while judging, dated, ended, and looked at again when only time has passed."""

from __future__ import annotations

from datetime import timedelta

from connectors.base import Page
from flows.measure import measure
from models.records import Concern, Interaction
from models.settings import Settings
from models.store.store import Store
from tests.factories import OURS, OUTBOUND, message, moment, partner

SETTINGS = Settings(us=("example.org",))


def told(store: Store, day: float, *items: Interaction, hour: float = 12.0) -> dict[str, Concern]:
    """What stands after a round on this day that brought these items."""
    now = moment(day, hour)
    directory = store.partners.directory(SETTINGS.us)
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    store.pages.save(source, Page(interactions=items, cursor="1", read_until=now), directory, now=now)
    measure(store, SETTINGS, directory, now=now, signals=True)
    return {concern.name: concern for concern in store.concerns.standing().get("northwind", [])}


def watched(store: Store) -> Store:
    """A partner with owner and deputy, watched from day 0, heard from and answered on some days before."""
    store.partners.add(partner(owner=OURS, deputy="eve@example.org"), now=moment(0, 8))
    for day in (-9, -7, -5, -2):
        asked, answer = message(day, 9, uid=f"<{day}>"), message(day, 10, side=OUTBOUND, answers=f"<{day}>")
        told(store, day, asked, answer)
    return store


def test_an_answer_we_owe_becomes_a_concern_although_nothing_comes(store: Store) -> None:
    watched(store)
    told(store, 1, message(1, 9, uid="<q>"), hour=10)
    quiet_rounds = [told(store, 1, hour=16), told(store, 2, hour=12)]
    after = told(store, 7, hour=12)

    assert all("answers_we_owe" not in standing for standing in quiet_rounds)
    assert after["answers_we_owe"].until is None
    assert not after["answers_we_owe"].historical
    assert after["answers_we_owe"].since > moment(1, 16)
    assert "You owe 1 answer" in after["answers_we_owe"].sentence


def test_it_ends_with_our_answer_and_is_kept_with_both_dates(store: Store) -> None:
    watched(store)
    told(store, 1, message(1, 9, uid="<q>"), hour=10)
    told(store, 7)
    after = told(store, 8, message(8, 10, side=OUTBOUND, answers="<q>"))

    assert "answers_we_owe" not in after
    (ended,) = [c for c in store.concerns.of("northwind") if c.name == "answers_we_owe"]
    assert ended.until == moment(8, 12)
    assert store.concerns.by_id([ended.id]) == {ended.id: ended}


def test_history_read_on_the_first_day_is_no_news(store: Store) -> None:
    store.partners.add(partner(), now=moment(0, 8))

    standing = told(store, 40, message(2, 9, uid="<q>"), message(30, 9, uid="<r>"))

    assert standing
    assert all(concern.historical for concern in standing.values())


def test_rounds_without_news_do_not_measure_again_before_it_is_due(store: Store) -> None:
    watched(store)
    told(store, 1, message(1, 9, uid="<q>"), hour=10)
    (id_,) = [w.id for w in store.partners.watched()]
    again = store.standings.memories([id_])[id_].look_again

    told(store, 1, hour=11)

    assert again is not None
    assert again > moment(2)
    assert store.standings.memories([id_])[id_].look_again == again


def test_an_archive_that_ended_long_ago_is_not_measured_at_every_round(store: Store) -> None:
    store.partners.add(partner(), now=moment(0, 8))
    directory = store.partners.directory(SETTINGS.us)
    source = store.sources.ensure("archive:x", live=False)
    read = Page(interactions=(message(1, 9, uid="<q>"),), cursor="1", read_until=moment(3))
    store.pages.save(source, read, directory, now=moment(900))

    measure(store, SETTINGS, directory, now=moment(900), signals=True)

    assert store.standings.due(moment(900, 13)) == []
    (id_,) = [w.id for w in store.partners.watched()]
    again = store.standings.memories([id_])[id_].look_again
    assert again is not None
    assert again > moment(900) + timedelta(hours=1)
