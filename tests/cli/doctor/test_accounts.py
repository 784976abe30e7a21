"""What `doctor` says of accounts: rights, consent and secrets, over a local tenant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from models.clock import now
from tests.cli.doctor.scene import ANA, Office, about, findings
from tests.microsoft_server.tenant import CLIENT_ID

ACCOUNT = f"microsoft:{ANA}"


def test_a_sign_in_is_shown_with_what_was_granted_and_when(office: Office) -> None:
    office.sign_in()

    rights, age = about(ACCOUNT)

    assert rights == ("good", "headers tier: Calendars.Read, Mail.ReadBasic, confirmed just now")
    assert age[0] == "good"
    assert age[1].startswith("consent given on ")
    assert "its token renewed on " in age[1]
    assert about("clock")[0][1].endswith("as Microsoft says")
    assert about(ACCOUNT, "--offline")[0] == ("good", "headers tier: Calendars.Read, Mail.ReadBasic")


def test_a_permission_taken_away_is_named(office: Office) -> None:
    office.sign_in()
    office.tenant.scopes[ANA] = ("Mail.ReadBasic",)

    ((health, says), *_) = about(ACCOUNT)

    assert (health, "needs Calendars.Read, which is not granted" in says) == ("bad", True)


def test_a_permission_that_nobody_uses_is_named(office: Office) -> None:
    office.tenant.apps[CLIENT_ID].roles = ("Mail.ReadWrite", "Calendars.Read")
    office.application(Path(), ANA)

    found = about(ACCOUNT)

    assert found[0][0] == "good"
    assert ("note", "it may also do what nobody uses: Mail.ReadWrite") in found


def test_a_consent_that_was_withdrawn_is_told_with_what_to_do(office: Office) -> None:
    office.sign_in()
    office.tenant.problems[ANA] = "65001"

    row = next(row for row in findings() if row["about"] == ACCOUNT)

    assert row["health"] == "bad"
    assert "consent was withdrawn" in row["says"]
    assert "gonequiet connect microsoft" in row["says"] + row["todo"]


def test_a_service_that_is_away_is_no_fault_of_the_account(office: Office, set_: Callable[..., None]) -> None:
    office.sign_in()
    set_(MICROSOFT__AUTHORITY="https://127.0.0.1:9", MICROSOFT__TIMEOUT_SECONDS="2")

    assert about(ACCOUNT)[0][0] == "note"


@pytest.mark.parametrize(
    ("days", "health", "words"),
    [(200, "good", "lasts until"), (9, "warn", "ends on"), (-1, "bad", "ended on")],
)
def test_a_secret_is_warned_of_two_weeks_ahead(
    office: Office, set_: Callable[..., None], tmp_path: Path, days: int, health: str, words: str
) -> None:
    office.tenant.add_mailbox("ben@example.org")
    office.application(tmp_path, ANA, "ben@example.org")
    set_(MICROSOFT__CLIENT_SECRET_EXPIRES=str((now() + timedelta(days=days)).date()))

    found = about("microsoft application")

    who = f"(2 mailboxes: {ANA}, ben@example.org)"
    granted = "Calendars.Read, Mail.ReadBasic.All, Mail.Send"
    assert found[0] == ("good", f"headers tier: {granted}, confirmed just now {who}")
    assert found[-1][0] == health
    assert words in found[-1][1]


def test_an_unknown_end_of_the_secret_is_said(office: Office, tmp_path: Path) -> None:
    office.application(tmp_path, ANA)

    assert about(ACCOUNT)[-1] == ("note", "when the client secret ends cannot be told: Entra does not say")


def test_rights_from_exchange_show_in_no_token(office: Office, tmp_path: Path) -> None:
    office.tenant.apps[CLIENT_ID].from_exchange = True
    office.application(tmp_path, ANA)

    assert about(ACCOUNT)[0] == ("good", "the application has no right in Entra: Exchange grants it mailbox by mailbox")
