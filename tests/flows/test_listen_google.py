"""Google's push channels over the local server: made once, renewed in time, replaced without a gap, stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.listen_google import leave, listen
from models.settings import GoogleSettings, Settings
from models.store.accounts import Account
from models.store.store import Store
from models.vault import Vault
from tests.connectors.google.accounts import HEADERS_TIER
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer, ServerClock

ANA = "ana@example.org"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Clock:
    def __init__(self, server: GoogleServer) -> None:
        self.server = server

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.server.clock.now(), UTC)


@pytest.fixture
def front() -> Iterator[Front]:
    server = GoogleServer(ServerClock(NOW.timestamp()))
    server.mailbox(ANA)
    server.agenda(ANA)
    with Front(server) as opened:
        yield opened


@pytest.fixture
def settings(front: Front, tmp_path: Path) -> Settings:
    root = front.root
    return Settings(
        data=tmp_path,
        google=GoogleSettings(
            gmail_root=root,
            calendar_root=root,
            token_uri=f"{root}token",
            revoke_uri=f"{root}revoke",
            topic="projects/quiet/topics/mail",
            push_address="https://quiet.example.org/",
        ),
    )


@pytest.fixture
def account(front: Front, settings: Settings, sqlite_store: Store) -> Account:
    secret = {
        "kind": "person",
        "refresh_token": front.google.desk.standing(ANA, HEADERS_TIER),
        "client_id": "local-client",
        "client_secret": "local-secret",
    }
    sealed = Vault.of(settings.data, {}).seal(secret)
    return sqlite_store.accounts.connect("google", ANA, tier="headers", config={}, sealed=sealed, now=NOW)


def test_channels_are_made_once_and_renewed_in_time(
    front: Front, settings: Settings, sqlite_store: Store, account: Account
) -> None:
    google, clock = front.google, Clock(front.google)

    assert listen(sqlite_store, settings, clock=clock).accounts == 1
    assert listen(sqlite_store, settings, clock=clock).failed == 0
    assert google.calls["gmail.users.watch"] == 1
    assert google.calls["calendar.events.watch"] == 1
    [old] = google.channels

    google.clock.sleep(timedelta(days=6, hours=12).total_seconds())
    listen(sqlite_store, settings, clock=clock)

    assert google.calls["gmail.users.watch"] == 2
    [new] = google.channels  # the old one was stopped after the new one was there
    assert new != old
    held = {channel.source: channel for channel in sqlite_store.channels.all()}
    assert held[f"gcal:{ANA}"].id == new
    assert held[f"gcal:{ANA}"].expires_at > clock() + timedelta(days=6)
    assert len(held[f"gcal:{ANA}"].secret) > 30
    assert f"gcal:{ANA}" in sqlite_store.sources.dirty()


def test_another_topics_watch_is_stopped_first(
    front: Front, settings: Settings, sqlite_store: Store, account: Account
) -> None:
    front.google.mailbox(ANA).watch = {"topic": "projects/other/topics/x", "expires": 0, "pending": False}

    assert listen(sqlite_store, settings, clock=Clock(front.google)).failed == 0
    watch = front.google.mailbox(ANA).watch
    assert watch is not None
    assert watch["topic"] == settings.google.topic


def test_leaving_stops_the_channels_and_withdraws_the_consent(
    front: Front, settings: Settings, sqlite_store: Store, account: Account
) -> None:
    clock = Clock(front.google)
    listen(sqlite_store, settings, clock=clock)

    assert leave(sqlite_store, settings, account, clock=clock) is True
    assert front.google.channels == {}
    assert front.google.mailbox(ANA).watch is None
    assert front.google.desk.refresh == {}
    assert sqlite_store.channels.all() == []


def test_one_account_that_fails_is_counted_and_does_not_stop_the_rest(
    front: Front, settings: Settings, sqlite_store: Store, account: Account
) -> None:
    front.google.desk.refresh.clear()

    assert listen(sqlite_store, settings, clock=Clock(front.google)).failed == 1


def test_without_push_set_up_nothing_is_asked(
    front: Front, sqlite_store: Store, account: Account, tmp_path: Path
) -> None:
    assert listen(sqlite_store, Settings(data=tmp_path), clock=Clock(front.google)).accounts == 0
    assert front.google.requests == 0
