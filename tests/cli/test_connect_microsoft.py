"""From nothing to standings over the local Microsoft: one person by sign-in, fifty mailboxes by the application."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette

from cli.main import main
from flows.account_troubles import account_facts, episodes, note_troubles
from flows.listen_microsoft import leave, listen
from models.clock import now
from models.settings import load
from models.store.store import Store
from tests.microsoft_server.agenda import attendee
from tests.microsoft_server.mailbox import person
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET
from web.microsoft_push import receivers

pytestmark = pytest.mark.long

ANA, RAJ = "ana@example.org", "raj@northwind.example"


class Office:
    """The server, and commands against it in a data folder of their own."""

    def __init__(self, server: MicrosoftServer, folder: Path) -> None:
        self.server, self.folder, self.tenant = server, folder, server.tenant

    def run(self, *arguments: str) -> Result:
        """One command."""
        return CliRunner().invoke(main, arguments)

    def counts(self, *arguments: str) -> dict[str, dict[str, object]]:
        """`pull --json` by source."""
        result = self.run("pull", "--json", *arguments)
        assert result.exit_code == 0, result.output
        return {row["source"]: row for row in json.loads(result.stdout)}

    def connect(self, *more: str) -> Result:
        """Sign Ana in with a code that somebody types at once."""
        with self.tenant.lock:
            answered = self.server.authority._device

            def approve(form: dict[str, str], root: str) -> dict[str, object]:
                made = answered(form, root)
                self.server.authority.approve_device(ANA)
                return made

            self.server.authority._device = approve  # type: ignore[method-assign]
        try:
            return self.run("connect", "microsoft", "--no-browser", *more)
        finally:
            self.server.authority._device = answered  # type: ignore[method-assign]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with MicrosoftServer() as server:
        chosen = {
            "MICROSOFT__AUTHORITY": server.base,
            "MICROSOFT__GRAPH_ROOT": server.graph_root,
            "MICROSOFT__INSTANCE_DISCOVERY": "false",
            "MICROSOFT__CA_FILE": str(server.ca_file),
            "MICROSOFT__CLIENT_ID": CLIENT_ID,
            "MICROSOFT__TENANT": server.tenant.id,
            "MICROSOFT__CLIENT_SECRET": SECRET,
            "MICROSOFT__PUSH_ADDRESS": "https://gonequiet.example.org",
            "DATA": str(tmp_path / "data"),
            "US": '["example.org"]',
        }
        for name, value in chosen.items():
            monkeypatch.setenv(f"GONEQUIET_{name}", value)
        monkeypatch.chdir(tmp_path)
        made = Office(server, tmp_path)
        assert made.run("partners", "add", "northwind", "--domain", "northwind.example").exit_code == 0
        yield made


def exchange(office: Office, mailbox: str, n: int) -> None:
    box = office.tenant.mailboxes[mailbox]
    for day in range(n):
        at = now() - timedelta(days=3 * day + 1)
        first = box.deliver(at=at, sender=RAJ)
        thread = box.messages[first]["conversationId"]
        box.deliver(
            "sentitems", at=at + timedelta(hours=2), sender=mailbox, toRecipients=[person(RAJ)], conversationId=thread
        )


def test_one_person_connects_pulls_and_runs(office: Office) -> None:
    box = office.tenant.add_mailbox(ANA)
    exchange(office, ANA, 20)
    office.tenant.agendas[ANA].add(now() - timedelta(days=2), attendees=(attendee(RAJ, "accepted"),), now=now())

    connected = office.connect()
    assert connected.exit_code == 0, connected.output
    assert f"Connected {ANA}" in connected.output

    first = office.counts()
    assert (first[f"outlook:{ANA}"]["new"], first[f"outlook-calendar:{ANA}"]["meetings"]) == (40, 1)
    assert office.counts()[f"outlook:{ANA}"]["new"] == 0

    new = box.deliver(at=now(), sender=RAJ)
    assert office.counts()[f"outlook:{ANA}"]["new"] == 1
    box.move(new, "archive")
    assert office.counts()[f"outlook:{ANA}"]["gone"] == 0
    box.delete(new)
    assert office.counts()[f"outlook:{ANA}"]["gone"] == 1

    ran = office.run("run")
    assert ran.exit_code == 0, ran.output
    assert "northwind" in office.run("status").output.lower()
    assert not office.tenant.violations


def test_the_command_of_the_mail_to_the_owner_connects_again(office: Office) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.tenant.problems[ANA] = "65001"
    office.tenant.grants.clear()
    office.run("pull")
    store = Store(load().database_url)
    try:
        note_troubles(store, now=now())
        (episode,) = episodes(store, load(), store.partners.directory(["example.org"]))
        command = account_facts(store, load(), episode).command.split()
    finally:
        store.close()
    office.tenant.problems.clear()

    assert command[:3] == ["gonequiet", "connect", "microsoft"]
    assert office.connect(*command[3:]).exit_code == 0
    assert office.connect("--mailbox", "bo@example.org").exit_code == 3
    assert office.run("pull").exit_code == 0


def test_nothing_secret_lies_in_the_database_in_clear(office: Office) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.counts()

    raw = b"".join(path.read_bytes() for path in (office.folder / "data").glob("gonequiet.db*"))
    tokens = [*office.tenant.grants, *office.tenant.refresh]
    assert tokens
    assert not any(token.encode() in raw for token in tokens)
    with closing(sqlite3.connect(office.folder / "data" / "gonequiet.db")) as opened, opened:
        (sealed,) = opened.execute("SELECT secret FROM account").fetchone()
    opened.close()
    assert sealed.startswith(b"gAAAA")


def test_a_tenant_of_fifty_mailboxes_is_read_by_the_application(office: Office) -> None:
    addresses = [f"user{n}@example.org" for n in range(50)]
    for address in addresses:
        office.tenant.add_mailbox(address)
        exchange(office, address, 3)
    listed = office.folder / "mailboxes.txt"
    listed.write_text("# sales\n" + "\n".join(addresses) + "\n", encoding="utf-8")

    connected = office.run("connect", "microsoft", "--app-only", "--mailboxes", str(listed))
    assert connected.exit_code == 0, connected.output
    assert "Connected 50 of 50" in connected.output

    found = office.counts()
    assert len(found) == 100
    assert sum(int(str(row["new"])) for row in found.values()) == 300
    assert office.run("run").exit_code == 0
    assert office.tenant.most_in_flight <= 4


def test_a_mailbox_outside_the_scope_is_named_and_the_others_connect(office: Office) -> None:
    for address in (ANA, "bo@example.org", "cy@example.org"):
        office.tenant.add_mailbox(address)
    office.tenant.mailboxes["cy@example.org"].problem = "unlicensed"
    office.tenant.apps[CLIENT_ID].allowed = {ANA, "cy@example.org"}
    listed = office.folder / "mailboxes.txt"
    listed.write_text(f"{ANA}\nbo@example.org\ncy@example.org\n", encoding="utf-8")

    result = office.run("connect", "microsoft", "--app-only", "--mailboxes", str(listed))

    assert result.exit_code == 0, result.output
    assert "Connected 1 of 3" in result.output
    assert "bo@example.org: Microsoft: the application may not read" in result.output
    assert "cy@example.org: Microsoft: this account has no mailbox" in result.output


def test_a_consent_that_ended_stops_the_pull_with_its_reason(office: Office) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.tenant.problems[ANA] = "65001"
    office.tenant.grants.clear()

    result = office.run("pull")

    assert result.exit_code == 4
    assert "consent was withdrawn" in result.output


def test_a_secret_that_ends_soon_is_said_when_connecting(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tenant.add_mailbox(ANA)
    monkeypatch.setenv("GONEQUIET_MICROSOFT__CLIENT_SECRET_EXPIRES", f"{now() + timedelta(days=9):%Y-%m-%d}")
    listed = office.folder / "mailboxes.txt"
    listed.write_text(ANA, encoding="utf-8")

    result = office.run("connect", "microsoft", "--app-only", "--mailboxes", str(listed))
    office.counts()

    assert "client secret expires on" in result.output
    store = Store(load().database_url)
    try:
        assert "client secret expires on" in (store.accounts.all()[0].failure or "")
    finally:
        store.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "names no mailbox"), ("ana@example.org\nnobody", "Line 2"), ("a b@example.org", "Line 1"), (None, "read")],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_line(office: Office, text: str | None, words: str) -> None:
    listed = office.folder / "mailboxes.txt"
    if text is not None:
        listed.write_text(text, encoding="utf-8")

    result = office.run("connect", "microsoft", "--app-only", "--mailboxes", str(listed))

    assert result.exit_code == 3
    assert words in result.output


@pytest.mark.parametrize("arguments", [("--app-only",), ("--mailboxes", "x"), ("--app-only", "--no-browser")])
def test_halves_of_options_are_refused(office: Office, arguments: tuple[str, ...]) -> None:
    assert office.run("connect", "microsoft", *arguments).exit_code in (2, 3)


def test_without_an_application_the_setting_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GONEQUIET_MICROSOFT__CLIENT_ID")

    result = office.run("connect", "microsoft", "--no-browser")

    assert result.exit_code == 4
    assert "microsoft.client_id" in result.output


def test_subscriptions_are_made_renewed_acted_on_and_stopped(office: Office) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.counts()
    office.server.graph.hooks.post = lambda _url, query, _body: (200, query.get("validationToken", ""))
    settings = load()
    store = Store(settings.database_url)
    try:
        assert listen(store, settings, clock=now).accounts == 1
        made = store.channels.all()
        assert {c.source for c in made} == {f"outlook:{ANA}", f"outlook-calendar:{ANA}"}
        assert set(store.sources.dirty()) == {c.source for c in made}  # nobody watched before

        listen(store, settings, clock=now)
        assert store.channels.all() == made

        store.channels.heard(made[0].id, now=now(), event="subscriptionRemoved")
        del office.tenant.subscriptions[made[0].id]
        listen(store, settings, clock=now)
        again = store.channels.all()
        assert len(again) == 2
        assert made[0].id not in {c.id for c in again}

        leave(store, settings, store.accounts.all()[0], clock=now)
        assert store.channels.all() == []
        assert office.tenant.subscriptions == {}
    finally:
        store.close()


class Posted:
    """What Graph posts arrives at the real receiver, at the paths of the settings' address."""

    def __init__(self, store: Store) -> None:
        self._app = Starlette(routes=receivers(store, clock=now))

    def __call__(self, url: str, query: dict[str, str], body: object) -> tuple[int, str]:
        async def go() -> httpx.Response:
            base = "https://gonequiet.example.org"
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=base) as client:
                return await client.post(url, params=query, json=body)

        answered = asyncio.run(go())
        return answered.status_code, answered.text


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_every_lifecycle_notification_is_acted_on_at_the_next_renewal(office: Office, event: str) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.counts()
    settings = load()
    store = Store(settings.database_url)
    hooks = office.server.graph.hooks
    hooks.post = Posted(store)
    try:
        listen(store, settings, clock=now)
        office.counts()
        for name in store.sources.dirty():
            store.sources.clear_dirty(name, before=now() + timedelta(seconds=5))
        mail = next(c for c in store.channels.all() if c.source == f"outlook:{ANA}")
        store.channels.keep(replace(mail, expires_at=mail.expires_at - timedelta(days=3)))

        assert hooks.lifecycle(mail.id, event) == 202
        assert store.sources.dirty() == [mail.source]  # read at once, whatever it was
        listen(store, settings, clock=now)

        (after,) = [c for c in store.channels.all() if c.source == mail.source]
        assert after.config == {}
        assert (after.id == mail.id) == (event != "subscriptionRemoved")
        is_new_life = after.expires_at > mail.expires_at - timedelta(days=1)
        assert is_new_life == (event != "missed")
        both = {f"outlook:{ANA}", f"outlook-calendar:{ANA}"}
        assert (set(store.sources.dirty()) == both) == (event != "reauthorizationRequired")
        marks = store.pushes.marks(mail.source, now=now())
        assert marks is None or marks.told == ()  # it told of no change
    finally:
        store.close()


def test_an_event_that_comes_during_a_renewal_waits_for_the_next(office: Office) -> None:
    office.tenant.add_mailbox(ANA)
    office.connect()
    office.counts()
    settings = load()
    store = Store(settings.database_url)
    hooks = office.server.graph.hooks
    hooks.post = Posted(store)
    try:
        listen(store, settings, clock=now)
        mail = store.channels.all()[0]
        hooks.lifecycle(mail.id, "reauthorizationRequired")
        answer = hooks.answer

        def meanwhile(method: str, *more: Any) -> Any:
            if method == "PATCH":
                store.channels.heard(mail.id, now=now(), event="missed")
            return answer(method, *more)

        hooks.answer = meanwhile  # type: ignore[method-assign]
        listen(store, settings, clock=now)

        held = store.channels.find(mail.id)
        assert held is not None
        assert held.config == {"events": ["missed"]}
    finally:
        store.close()
