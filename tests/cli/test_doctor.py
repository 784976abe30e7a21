"""What `doctor` says: each check in the words a person reads, over real servers on the loopback."""

from __future__ import annotations

import email.utils
import http.server
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from models.clock import now
from models.settings import load
from models.store.coverage import Audit
from models.store.store import Store
from tests.alerts.name_server import NameServer
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET

ANA = "ana@example.org"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def findings(*more: str) -> list[dict[str, str]]:
    result = run("doctor", "--json", *more)
    assert result.exit_code in (0, 1), result.output
    found: list[dict[str, str]] = json.loads(result.stdout)["findings"]
    assert result.exit_code == int(any(row["health"] == "bad" for row in found))
    assert all(set(row) == {"about", "health", "says", "todo"} and row["says"] for row in found)  # docs/json.md
    return found


def about(name: str, *more: str) -> list[tuple[str, str]]:
    """Health and words of one thing."""
    return [(row["health"], row["says"]) for row in findings(*more) if row["about"] == name]


@pytest.fixture
def set_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Choose settings through the environment."""

    def set_them(**chosen: str) -> None:
        for name, value in chosen.items():
            monkeypatch.setenv(f"GONEQUIET_{name}", value)

    monkeypatch.chdir(tmp_path)
    set_them(DATA=str(tmp_path / "data"), US='["example.org"]', ALERTS__OPERATOR="ops@example.org")
    return set_them


@pytest.fixture
def store(set_: Callable[..., None]) -> Iterator[Store]:
    opened = Store(load().database_url)
    yield opened
    opened.close()


# --- this machine ---


def test_the_database_is_named_with_version_size_and_pages(store: Store) -> None:
    ((health, says),) = about("database", "--offline")

    assert health == "good"
    assert f"SQLite {sqlite3.sqlite_version}" in says
    assert "its pages hold together" in says


def test_a_damaged_page_is_found(set_: Callable[..., None], tmp_path: Path) -> None:
    store = Store(load().database_url)
    for n in range(300):
        store.sources.ensure(f"gmail:box{n}@example.org", live=True)
    store.close()
    file = tmp_path / "data" / "gonequiet.db"
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = conn.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'source'"
        ).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
    conn.close()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size + 8)
        raw.write(b"\xff" * 200)

    (found,) = about("database", "--offline")

    assert found[0] == "bad"
    assert "damaged" in found[1]
    status = run("accounts")
    assert status.exit_code == 3
    assert "is damaged" in status.output


def test_a_round_long_ago_says_that_nothing_runs(store: Store) -> None:
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    assert about("schedule", "--offline") == [("warn", "no account was read to its end yet")]

    store.sources.finished(source.name, now=now() - timedelta(hours=5), directory="")
    ((health, says),) = about("schedule", "--offline")
    assert health == "warn"
    assert "5 hours ago; one is due every 15 min" in says

    store.sources.finished(source.name, now=now() - timedelta(minutes=20), directory="")
    assert about("schedule", "--offline") == [("good", "the last round ended 20 minutes ago")]


class _Shifted(http.server.BaseHTTPRequestHandler):
    """Answers anything with a Date of its own."""

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("Date", email.utils.format_datetime(now() + self.server.shift, usegmt=True))  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def google(set_: Callable[..., None], store: Store) -> Iterator[http.server.ThreadingHTTPServer]:
    """Something with a clock in Google's place, and an account there."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shifted)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    server.shift = timedelta()  # type: ignore[attr-defined]
    set_(GOOGLE__GMAIL_ROOT=f"http://127.0.0.1:{server.server_port}/")
    store.accounts.connect("google", ANA, tier="headers", config={}, sealed=b"", now=now())
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("shift", "health", "words"),
    [
        (timedelta(), "good", ", as Google says"),
        (timedelta(seconds=100), "warn", "2 minutes behind Google"),
        (timedelta(hours=-3), "bad", "3 hours ahead of Google"),
    ],
)
def test_the_clock_is_compared_with_a_service(
    google: http.server.ThreadingHTTPServer, shift: timedelta, health: str, words: str
) -> None:
    google.shift = shift  # type: ignore[attr-defined]

    ((found, says),) = about("clock")

    assert (found, words in says) == (health, True), says


def test_offline_asks_no_clock(google: http.server.ThreadingHTTPServer) -> None:
    google.shift = timedelta(hours=3)  # type: ignore[attr-defined]

    assert about("clock", "--offline")[0][0] == "good"


# --- coverage ---


def test_audits_and_what_vanished_are_told(store: Store) -> None:
    source = store.sources.ensure("outlook:ana@example.org", live=True)
    store.sources.finished(source.name, now=now(), directory="")

    def audit(**more: Any) -> None:
        store.coverage.note(Audit(**({"source": source.name, "at": now(), "listed": 900} | more)))

    audit(missing=0, repaired=0, complete_until=now())
    assert about("coverage", "--offline")[0][1].startswith("1 source compared id by id, complete up to")
    audit(missing=12, repaired=12, complete_until=now())
    assert "found 12 of 900 ids missing, and read them" in about(source.name, "--offline")[-1][1]
    audit(missing=12, repaired=2, complete_until=None)
    assert ("warn", True) in [(h, "could not read 10 of 900" in s) for h, s in about(source.name, "--offline")]
    audit(at=now() - timedelta(days=4), missing=0, repaired=0, complete_until=None)
    assert "once a day is due" in about(source.name, "--offline")[-1][1]


# --- Microsoft ---


class Office:
    """A local tenant with one signed-in person, or an application."""

    def __init__(self, server: MicrosoftServer, store: Store) -> None:
        self.server, self.tenant, self.store = server, server.tenant, store

    def sign_in(self, *more: str) -> None:
        authority = self.server.authority
        answered = authority._device

        def approve(form: dict[str, str], root: str) -> dict[str, object]:
            made = answered(form, root)
            authority.approve_device(ANA)
            return made

        authority._device = approve  # type: ignore[method-assign]
        try:
            result = run("connect", "microsoft", "--no-browser", *more)
        finally:
            authority._device = answered  # type: ignore[method-assign]
        assert result.exit_code == 0, result.output

    def application(self, tmp_path: Path, *mailboxes: str) -> None:
        (tmp_path / "list.txt").write_text("\n".join(mailboxes), encoding="utf-8")
        result = run("connect", "microsoft", "--app-only", "--mailboxes", str(tmp_path / "list.txt"))
        assert result.exit_code == 0, result.output


@pytest.fixture
def office(set_: Callable[..., None], store: Store) -> Iterator[Office]:
    with MicrosoftServer() as server:
        set_(
            MICROSOFT__AUTHORITY=server.base,
            MICROSOFT__GRAPH_ROOT=server.graph_root,
            MICROSOFT__INSTANCE_DISCOVERY="false",
            MICROSOFT__CA_FILE=str(server.ca_file),
            MICROSOFT__CLIENT_ID=CLIENT_ID,
            MICROSOFT__TENANT=server.tenant.id,
            MICROSOFT__CLIENT_SECRET=SECRET,
        )
        server.tenant.add_mailbox(ANA)
        yield Office(server, store)


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


# --- the sender ---


@pytest.fixture
def names(set_: Callable[..., None]) -> Iterator[NameServer]:
    server = NameServer()
    set_(ALERTS__NAME_SERVER=server.address, ALERTS__VIA="smtp", ALERTS__SENDER="alerts@ourco.example")
    set_(ALERTS__HOST="mail.ourco.example", ALERTS__PORT="9")
    server.records["mail.ourco.example", "A"] = ["8.8.8.8"]
    server.publish("ourco.example", "v=spf1 ip4:8.8.8.0/24 -all")
    server.publish("s1._domainkey.ourco.example", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    server.publish("_dmarc.ourco.example", "v=DMARC1; p=reject")
    yield server
    server.close()


def sender(*more: str) -> dict[str, tuple[str, str]]:
    return {
        row["about"].removeprefix("sender "): (row["health"], row["says"])
        for row in findings(*more)
        if row["about"].startswith("sender")
    }


def test_a_sender_that_is_proven_is_well(names: NameServer) -> None:
    found = sender()

    assert found["SPF"] == ("good", "ourco.example lets mail.ourco.example send")
    assert found["DKIM"][0] == "good"
    assert "under s1 (Ed25519)" in found["DKIM"][1]
    assert found["DMARC"][0] == "good"


def test_a_server_that_spf_does_not_name_is_told(names: NameServer) -> None:
    names.publish("ourco.example", "v=spf1 ip4:9.9.9.9 -all")

    assert sender()["SPF"] == ("warn", "SPF of ourco.example says fail of mail.ourco.example (8.8.8.8)")


def test_reject_without_any_proof_means_that_mails_do_not_arrive(names: NameServer) -> None:
    names.publish("ourco.example", "v=spf1 -all")
    del names.records["s1._domainkey.ourco.example", "TXT"]

    found = sender()

    assert found["DKIM"][0] == "note"
    assert "proves nothing" in found["DKIM"][1]
    assert found["DMARC"][0] == "bad"


def test_nothing_published_is_told_three_times(names: NameServer) -> None:
    names.records.clear()
    names.publish("ourco.example", "hello")

    found = sender()

    assert found["SPF"] == ("warn", "ourco.example has no SPF record")
    assert found["DMARC"] == ("warn", "ourco.example has no DMARC record")


def test_the_selector_of_the_settings_is_the_only_one_asked_for(names: NameServer, set_: Callable[..., None]) -> None:
    set_(ALERTS__DKIM_SELECTOR="2026q4")

    assert sender()["DKIM"] == ("warn", "there is no key under 2026q4._domainkey.ourco.example")
    assert ("s1._domainkey.ourco.example", "TXT") not in names.asked


def test_a_name_server_that_says_nothing_proves_nothing(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    names.mute.add("ourco.example")
    monkeypatch.setattr("alerts.sender_dns._SECONDS", 0.3)

    found = sender()

    assert list(found) == ["sender"]
    assert found["sender"][0] == "note"


def test_a_sender_that_is_no_address_of_the_internet_is_refused(names: NameServer, set_: Callable[..., None]) -> None:
    set_(ALERTS__SENDER="gonequiet@localhost")

    assert sender()["sender"][0] == "bad"


@pytest.mark.parametrize(
    ("domain", "theirs"), [("gmail.com", True), ("x.onmicrosoft.com", True), ("hotgmail.com", False)]
)
def test_a_domain_of_the_service_is_left_to_it(
    names: NameServer, set_: Callable[..., None], domain: str, theirs: bool
) -> None:
    set_(ALERTS__SENDER=f"ana@{domain}")

    assert (list(sender()) == ["sender"]) == theirs
    assert (names.asked == []) == theirs


def test_offline_asks_no_name_server(names: NameServer) -> None:
    assert sender("--offline") == {}
    assert names.asked == []


def test_mails_by_graph_need_microsoft_in_spf(office: Office, names: NameServer, set_: Callable[..., None]) -> None:
    office.sign_in("--send")
    set_(ALERTS__VIA="graph")
    names.publish("example.org", "v=spf1 include:spf.protection.outlook.com -all")
    names.publish("spf.protection.outlook.com", "v=spf1 ip4:40.92.0.0/15 -all")

    assert sender()["SPF"] == ("good", "example.org lets Microsoft 365 send")
    names.publish("example.org", "v=spf1 mx -all")
    assert sender()["SPF"] == ("warn", "example.org does not let Microsoft 365 send")


# --- as a person reads it ---


def test_each_line_says_how_it_is_and_what_to_do(store: Store) -> None:
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    store.sources.failed(source.name, "the consent was withdrawn", now=now(), needs_person=True)

    result = run("doctor", "--offline")

    assert result.exit_code == 1
    lines = result.output.splitlines()
    at = next(n for n, line in enumerate(lines) if "the consent was withdrawn" in line)
    assert lines[at].startswith("wrong  ")
    assert lines[at + 1].startswith("       ")
    assert lines[-1].split(" wrong, ")[0].isdigit()
