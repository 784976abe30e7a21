"""What `doctor` says of Google accounts: granted scopes, consents that end, a service account; over a local server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main
from connectors.google.consent import SCOPES
from models.clock import now
from models.settings import load
from models.store.store import Store
from models.vault import Vault
from tests.google_server.files import DELEGATED, write_key, write_settings
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer, ServerClock

ANA = "ana@example.org"
ACCOUNT = f"google:{ANA}"


class Here:
    """A folder with settings that lead to a local Google."""

    def __init__(self, front: Front, folder: Path) -> None:
        self.front, self.folder, self.google = front, folder, front.google

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(main, ["--config", str(self.folder / "gonequiet.toml"), *arguments])

    def about(self, name: str, *more: str) -> list[tuple[str, str]]:
        """Health and words of one thing."""
        found = json.loads(self.run("doctor", "--json", *more).stdout)["findings"]
        return [(row["health"], row["says"]) for row in found if row["about"] == name]

    def consent(self, *granted: str, ago: timedelta = timedelta(), **more: object) -> None:
        """Ana consented some time ago."""
        settings = load(self.folder / "gonequiet.toml")
        secret = {
            "kind": "person",
            "refresh_token": self.google.desk.standing(ANA, frozenset(granted)),
            "client_id": "local-client",
            "client_secret": "local-secret",
            "scopes": sorted(granted),
            **more,
        }
        store = Store(settings.database_url)
        sealed = Vault.of(settings.data).seal(secret)
        store.accounts.connect("google", ANA, tier="headers", config={}, sealed=sealed, now=now() - ago)
        store.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    server = GoogleServer(ServerClock(datetime.now(UTC).timestamp()))
    server.mailbox(ANA)
    with Front(server) as front:
        write_key(tmp_path / "key.json", server, front.root)
        (tmp_path / "mailboxes.txt").write_text(f"{ANA}\n", encoding="utf-8")
        write_settings(tmp_path / "gonequiet.toml", front.root, tmp_path)
        yield Here(front, tmp_path)


def test_what_a_person_granted_is_confirmed_by_google(here: Here) -> None:
    here.consent(*SCOPES["headers"], ago=timedelta(days=40))

    rights, age = here.about(ACCOUNT)

    granted = "calendar.calendarlist.readonly, calendar.events.readonly, gmail.metadata"
    assert rights == ("good", f"headers tier: {granted}, confirmed just now")
    assert age[0] == "good"
    assert here.about(ACCOUNT, "--offline")[0] == ("good", f"headers tier: {granted}")


def test_an_unticked_scope_is_named(here: Here) -> None:
    here.consent(SCOPES["headers"][0], SCOPES["headers"][1])

    ((health, says), *_) = here.about(ACCOUNT)

    assert (health, "needs calendar.calendarlist.readonly, which is not granted" in says) == ("bad", True)


def test_a_wider_consent_than_the_tier_needs_is_noted(here: Here) -> None:
    here.consent("https://www.googleapis.com/auth/gmail.readonly", *SCOPES["headers"][1:])

    found = here.about(ACCOUNT)

    assert found[0][0] == "good"
    assert found[1] == ("note", "it may also do what nobody uses: gmail.readonly")


@pytest.mark.parametrize(("days", "health", "words"), [(2, "warn", "ends on"), (8, "bad", "ended on")])
def test_the_consent_of_a_project_in_testing_ends_after_seven_days(
    here: Here, days: int, health: str, words: str
) -> None:
    here.consent(*SCOPES["headers"], ago=timedelta(days=days), expires_in=7 * 86_400)

    (found,) = [row for row in here.about(ACCOUNT) if "in testing" in row[1]]

    assert (found[0], words in found[1]) == (health, True)


def test_a_withdrawn_consent_says_what_to_type(here: Here) -> None:
    here.consent(*SCOPES["headers"])
    here.google.desk.refresh.clear()

    ((health, says),) = here.about(ACCOUNT)

    assert (health, "gonequiet connect google" in says) == ("bad", True)


def test_google_away_is_no_fault_of_the_account(here: Here) -> None:
    here.consent(*SCOPES["headers"])
    settings = here.folder / "gonequiet.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace(f"{here.front.root}token", "http://127.0.0.1:9/token"),
        encoding="utf-8",
    )

    assert here.about(ACCOUNT) == [("note", "Google could not be reached")]


def test_a_service_account_is_asked_for_what_its_tier_needs(here: Here) -> None:
    arguments = ("--service-account", str(here.folder / "key.json"), "--mailboxes", str(here.folder / "mailboxes.txt"))
    assert here.run("connect", "google", *arguments).exit_code == 0

    assert here.about(ACCOUNT)[0][0] == "good"
    here.google.desk.delegated = DELEGATED - {SCOPES["headers"][1]}
    ((health, says), *_) = here.about(ACCOUNT)
    assert (health, "domain-wide delegation" in says) == ("bad", True)
