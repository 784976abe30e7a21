"""What the pipeline tells Prefect: which flips are events, and that no address is in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.events import announce, event_of, payload_of
from models.records import Flip, State
from models.settings import Settings
from models.store.store import Store

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def flip(old: State, new: State) -> Flip:
    """A change of northwind."""
    return Flip(partner="northwind", old=old, new=new, turned_at=AT, reason="Nothing from bo@northwind.example.")


@pytest.mark.parametrize(
    ("old", "new", "event"),
    [
        (State.ON_RHYTHM, State.LATE, "partner.late"),
        (State.LATE, State.QUIET, "partner.quiet"),
        (State.QUIET, State.GONE, "partner.gone"),
        (State.QUIET, State.ON_RHYTHM, "partner.back"),
        (State.LATE, State.FADING, "partner.back"),
        (State.NEW, State.ON_RHYTHM, None),
        (State.ON_RHYTHM, State.FADING, None),
        (State.QUIET, State.BLIND, None),
        (State.ON_RHYTHM, State.PAUSED, None),
    ],
)
def test_each_change_is_its_event_or_none(old: State, new: State, event: str | None) -> None:
    assert event_of(flip(old, new), old) == event


def test_who_was_quiet_before_we_were_blind_comes_back() -> None:
    assert event_of(flip(State.BLIND, State.ON_RHYTHM), State.QUIET) == "partner.back"
    assert event_of(flip(State.BLIND, State.QUIET), State.QUIET) is None


def test_a_payload_is_keys_and_times_and_no_address() -> None:
    payload = payload_of(flip(State.LATE, State.QUIET))

    assert payload == {"partner": "northwind", "old": "late", "new": "quiet", "turned_at": "2026-03-02T12:00:00+00:00"}


def test_outside_of_a_flow_nothing_is_told(sqlite_store: Store) -> None:
    assert announce(sqlite_store, Settings(), [flip(State.LATE, State.QUIET)], now=AT) == 0
