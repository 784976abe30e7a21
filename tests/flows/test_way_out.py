"""Mails through the two services' own ways, over their local servers: accepted once, refused in words."""

from __future__ import annotations

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
from tests.google_server.server import GoogleServer
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET

BOX = "ana@example.org"


@dataclass
class Office:
    """A service of which one mailbox may send, and the mails it was handed."""

    settings: Settings
    sent: list[Any]

    def mails(self) -> list[EmailMessage]:
        """What it was handed, as mails."""
        return [
            email.message_from_bytes(mail, policy=email.policy.default) if isinstance(mail, bytes) else mail
            for mail in self.sent
        ]


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
def google() -> GoogleServer:
    server = GoogleServer()
    server.mailbox(BOX)
    return server


@pytest.fixture
def gmail(google: GoogleServer, sqlite_store: Store) -> Iterator[Office]:
    with Front(google) as front:
        chosen = GoogleSettings(
            gmail_root=front.root, calendar_root=front.root, token_uri=f"{front.root}token", timeout_seconds=5
        )
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
        yield Office(settings, google.mailbox(BOX).sent)


@pytest.fixture(params=["gmail", "graph"])
def office(request: pytest.FixtureRequest) -> Office:
    made: Office = request.getfixturevalue(request.param)
    return made


def test_an_alert_leaves_by_the_services_own_way(office: Office, sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)

    told = [notify(sqlite_store, office.settings, now=NOW + n * HOUR) for n in range(2)]

    assert [(run.sent, run.failures) for run in told] == [(1, []), (0, [])]
    letter = sqlite_store.letters.newest()[0]
    assert [str(mail["Message-ID"]) for mail in office.mails()] == [letter.message_id]
    assert office.mails()[0]["X-Gonequiet-Alert"] == "alert"


def test_the_service_is_asked_whether_a_mail_was_sent_before(office: Office, sqlite_store: Store) -> None:
    mailer = way_out(sqlite_store, office.settings, clock=now)
    mail = sample_mail(sender=BOX, reader=OPERATOR, zone="UTC", at=NOW)

    before = mailer.has(str(mail["Message-ID"]))
    mailer.send(mail)

    assert (before, mailer.has(str(mail["Message-ID"]))) == (False, True)


@pytest.mark.parametrize("fault", ["lost answer", "timeout", "500", "html body", "truncated"])
def test_gmail_is_handed_a_mail_at_most_once_a_call(
    fault: str, gmail: Office, google: GoogleServer, sqlite_store: Store
) -> None:
    mailer = way_out(sqlite_store, gmail.settings, clock=now)
    google.faults.queue = [fault, fault]

    with pytest.raises(MailerError) as failure:
        mailer.send(sample_mail(sender=BOX, reader=OPERATOR, zone="UTC", at=NOW))

    assert (failure.value.unsure, failure.value.permanent) == (True, False)
    assert len(google.faults.queue) == 1  # one request, and no second one behind our back
    assert len(gmail.sent) == (fault in {"lost answer", "truncated"})


@pytest.mark.parametrize("fault", ["lost answer", "timeout"])
def test_an_alert_whose_sending_nobody_confirmed_arrives_once(
    fault: str, gmail: Office, google: GoogleServer, sqlite_store: Store
) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    google.faults.queue = [fault]

    told = [notify(sqlite_store, gmail.settings, now=NOW + n * HOUR) for n in range(3)]

    assert [(run.sent, run.failed) for run in told] == [(0, 1), (1, 0), (0, 0)]
    assert len(gmail.sent) == 1
    assert google.mailbox(BOX).newest_first()[0].headers[-1][1].endswith("@mail.gmail.com>")  # not the one we gave


def test_an_account_that_may_not_send_is_named_in_words(office: Office, sqlite_store: Store) -> None:
    provider = "google" if office.settings.alerts.via == "gmail" else "microsoft"
    account = sqlite_store.accounts.all(provider)[0]
    sealed = account.sealed or b""
    sqlite_store.accounts.connect(provider, BOX, tier="headers", config={}, sealed=sealed, now=now())

    with pytest.raises(MailerError, match=f"gonequiet connect {provider} --send") as refused:
        way_out(sqlite_store, office.settings, clock=now)

    assert refused.value.permanent
