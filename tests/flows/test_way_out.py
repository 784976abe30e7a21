"""Mails through the two services' own ways, over their local servers: accepted once, refused in words."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

from alerts.mailer import MailerError
from alerts.sample import sample_mail
from connectors.google.consent import SCOPES, SEND_SCOPE
from flows.notify import notify
from flows.way_out import way_out
from models.clock import now
from models.records import State
from models.settings import AlertSettings, GoogleSettings, MicrosoftSettings, Settings
from models.store.store import Store
from models.vault import Vault
from tests.alerts.scene import HOUR, NOW, OPERATOR, add_partner, turn
from tests.google_server.front import Front
from tests.google_server.routes import ROUTES
from tests.google_server.server import GoogleServer
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET

BOX = "ana@example.org"


@dataclass
class Office:
    """A service of which one mailbox may send, and the mails it was handed."""

    settings: Settings
    sent: list[Any]
    fail: Any = None


def alerts(via: str) -> AlertSettings:
    return AlertSettings(via=via, sender=BOX, operator=OPERATOR, digest=False)  # type: ignore[arg-type]


@pytest.fixture
def graph(sqlite_store: Store) -> Iterator[Office]:
    with MicrosoftServer() as server:
        box = server.tenant.add_mailbox(BOX)
        chosen = MicrosoftSettings(
            authority=server.base,
            graph_root=server.graph_root,
            instance_discovery=False,
            ca_file=server.ca_file,
            client_id=CLIENT_ID,
            tenant=server.tenant.id,
            client_secret=SECRET,  # type: ignore[arg-type]
        )
        settings = Settings(us=("ourco.example",), alerts=alerts("graph"), microsoft=chosen)
        config = {"mode": "app-only", "client_id": CLIENT_ID, "tenant": server.tenant.id, "send": True}
        sealed = Vault.of(settings.data).seal({})
        sqlite_store.accounts.connect("microsoft", BOX, tier="headers", config=config, sealed=sealed, now=now())
        yield Office(settings, box.sent)


@pytest.fixture
def gmail(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    sent: list[EmailMessage] = []

    def send(
        _server: Any, _address: str, scopes: frozenset[str], _query: Any, body: Any, **path: str
    ) -> dict[str, Any]:
        assert (path, SEND_SCOPE in scopes) == ({"userId": "me"}, True)
        raw = base64.urlsafe_b64decode(body["raw"])
        sent.append(email.message_from_bytes(raw, policy=email.policy.default))  # type: ignore[arg-type]
        return {"id": f"{len(sent):x}", "threadId": f"{len(sent):x}", "labelIds": ["SENT"]}

    monkeypatch.setitem(ROUTES, "gmail.users.messages.send", send)
    google = GoogleServer()
    google.mailbox(BOX)
    with Front(google) as front:
        chosen = GoogleSettings(gmail_root=front.root, calendar_root=front.root, token_uri=f"{front.root}token")
        settings = Settings(us=("ourco.example",), alerts=alerts("gmail"), google=chosen)
        scopes = frozenset((*SCOPES["headers"], SEND_SCOPE))
        secret = {
            "kind": "person",
            "refresh_token": google.desk.standing(BOX, scopes),
            "client_id": "local-client",
            "client_secret": "local-secret",
            "scopes": sorted(scopes),
        }
        sealed = Vault.of(settings.data).seal(secret)
        sqlite_store.accounts.connect(
            "google", BOX, tier="headers", config={"may_send": True}, sealed=sealed, now=now()
        )
        yield Office(settings, sent)


@pytest.fixture(params=["gmail", "graph"])
def office(request: pytest.FixtureRequest) -> Office:
    made: Office = request.getfixturevalue(request.param)
    return made


def test_an_alert_leaves_by_the_services_own_way(office: Office, sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)

    told = [notify(sqlite_store, office.settings, now=NOW + n * HOUR) for n in range(2)]

    assert [(run.sent, run.failures) for run in told] == [(1, []), (0, [])]
    letter = sqlite_store.notices.letters()[0]
    assert [str(mail["Message-ID"]) for mail in office.sent] == [letter.message_id]
    assert office.sent[0]["X-Gonequiet-Alert"] == "alert"


def test_graph_is_asked_whether_a_mail_was_sent_before(graph: Office, sqlite_store: Store) -> None:
    mailer = way_out(sqlite_store, graph.settings, clock=now)
    mail = sample_mail(sender=BOX, reader=OPERATOR, zone="UTC", at=NOW)

    before = mailer.has(str(mail["Message-ID"]))
    mailer.send(mail)

    assert (before, mailer.has(str(mail["Message-ID"]))) == (False, True)


def test_an_account_that_may_not_send_is_named_in_words(office: Office, sqlite_store: Store) -> None:
    provider = "google" if office.settings.alerts.via == "gmail" else "microsoft"
    account = sqlite_store.accounts.all(provider)[0]
    sealed = account.sealed or b""
    sqlite_store.accounts.connect(provider, BOX, tier="headers", config={}, sealed=sealed, now=now())

    with pytest.raises(MailerError, match=f"gonequiet connect {provider} --send") as refused:
        way_out(sqlite_store, office.settings, clock=now)

    assert refused.value.permanent
