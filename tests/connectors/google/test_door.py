"""What goes wrong on the way to Google never looks like an answer."""

from __future__ import annotations

import pytest

from connectors.base import AccessDenied, ServiceUnavailable
from connectors.budget import Pacer
from connectors.google.client import service
from connectors.google.consent import SEND_SCOPE
from connectors.google.costs import PRICES
from connectors.google.door import Door
from tests.connectors.contract import last_cursor
from tests.connectors.google.accounts import HEADERS_TIER, ROOT, connection, gmail
from tests.connectors.google.test_contract import ANA, server_with_mails
from tests.connectors.memory_budget import MemoryBudget
from tests.google_server.faults import Reply
from tests.google_server.server import GoogleServer


def cut_to_nothing(server: GoogleServer, n: int) -> None:
    """The next n listings come with status 200 and no body at all."""
    whole, left = server.call, [n]

    def call(verb: str, path: str, *rest: object) -> Reply:
        if path.endswith("/messages") and left[0]:
            left[0] -= 1
            return Reply(200, b"")
        return whole(verb, path, *rest)  # type: ignore[arg-type]

    server.call = call  # type: ignore[method-assign]


def test_an_answer_without_a_body_is_not_an_empty_mailbox() -> None:
    server = server_with_mails(5)
    cursor = last_cursor(gmail(server).pages(None))
    cut_to_nothing(server, 3)

    pages = list(gmail(server, audited=lambda *_: None).pages(cursor))

    assert len({m.external_id for page in pages for m in page.interactions}) == 5


def test_a_batch_that_is_no_batch_is_sent_again() -> None:
    server = server_with_mails(5)
    whole, left = server._batch, [2]

    def batch(headers: object, body: bytes) -> Reply:
        if left[0]:
            left[0] -= 1
            return Reply(
                200, b"--x\r\nContent-ID: <nonsense>\r\n\r\n--x--", {"content-type": 'multipart/mixed; boundary="x"'}
            )
        return whole(headers, body)  # type: ignore[arg-type]

    server._batch = batch  # type: ignore[assignment,method-assign]

    assert len([m for page in gmail(server).pages(None) for m in page.interactions]) == 5


def test_a_slow_down_rests_the_mailbox_and_asks_again() -> None:
    server = server_with_mails(5)
    server.faults.queue = ["429", "403"]
    began = server.clock.now()

    assert len([m for page in gmail(server).pages(None) for m in page.interactions]) == 5
    assert server.clock.now() > began + 1


def test_a_revoked_consent_is_a_persons_business() -> None:
    server = server_with_mails(1)
    connector = gmail(server)
    server.desk.refresh.clear()

    with pytest.raises(AccessDenied, match="withdrawn"):
        list(connector.pages(None))


def test_a_mailbox_that_does_not_exist_is_a_persons_business() -> None:
    server = server_with_mails(1)
    connector = gmail(server)
    del server.mailboxes[ANA]

    with pytest.raises(AccessDenied, match="no Gmail mailbox"):
        list(connector.pages(None))


def test_a_headers_account_is_never_searched() -> None:
    server = server_with_mails(5)
    pages = gmail(server, first=["northwind.example"], since=None).pages(None)

    assert len([m for page in pages for m in page.interactions]) == 5  # the server refuses q under gmail.metadata


def test_batches_hold_at_most_fifty() -> None:
    server = server_with_mails(120)
    list(gmail(server).pages(None))

    assert server.biggest_batch == 50


def test_a_service_that_is_down_is_given_up_in_time() -> None:
    server = server_with_mails(5)
    server.faults.begin(["503"], 1.0, server.faults.dice)
    began = server.clock.now()

    with pytest.raises(ServiceUnavailable):
        list(gmail(server).pages(None))
    assert server.clock.now() - began < 300


@pytest.mark.parametrize(("fault", "calls"), [("429", 2), ("403", 2), ("timeout", 1), ("503", 1), ("lost answer", 1)])
def test_a_door_to_send_through_repeats_only_what_was_refused(fault: str, calls: int) -> None:
    server = server_with_mails(1)
    server.faults.queue = [fault]
    pacer = Pacer(MemoryBudget(), PRICES["new"].limits(ANA, "test"), server.clock)
    scopes = frozenset({*HEADERS_TIER, SEND_SCOPE})
    door = Door(connection(server, ANA, scopes), pacer, batch_uri="", name=ANA, repeats=False)
    request = service("gmail.v1", ROOT).of("users.messages").send(userId="me", body={"raw": "QQ=="})

    if calls == 1:
        with pytest.raises(ServiceUnavailable):
            door.call(request, 100)
    else:
        door.call(request, 100)

    assert server.requests - 1 == calls  # beside the token's
    assert len(server.mailbox(ANA).sent) == (fault in {"429", "403", "lost answer"})


def test_a_consent_of_a_project_in_testing_is_told_apart() -> None:
    server = server_with_mails(1)
    connector = gmail(server)
    connector._door._http.credentials.in_testing = True
    server.desk.refresh.clear()

    with pytest.raises(AccessDenied, match="still in testing"):
        list(connector.pages(None))
