"""The door: retries, Retry-After, refused tokens, batches, links to elsewhere; and what each refusal says."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
import requests

from connectors.base import AccessDenied, ConnectorError, ServiceUnavailable
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.refusals import NotThere, StateLost, refused_request, refused_sign_in, wait_of
from connectors.microsoft.send import post, was_sent
from connectors.microsoft.wire import Session
from tests.connectors.microsoft.harness import ANA, START, World


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.mark.parametrize("fault", ["429", "500", "503", "html", "truncated", "hang up", "401"])
def test_a_passing_fault_is_outlived(world: World, fault: str) -> None:
    world.tenant.fault_plan.extend([fault] * 2)

    assert world.door().get("/me/mailFolders/inbox")["totalItemCount"] == 0


def test_a_service_that_is_silent_too_long_is_given_up(world: World) -> None:
    world.tenant.fault_plan.extend(["timeout"] * 20)
    door = world.door()
    door._session = lambda: _hasty(world)

    with pytest.raises(ServiceUnavailable, match=r"in time|reached|busy"):
        door.get("/me/mailFolders/inbox")


def _hasty(world: World) -> requests.Session:
    return Session(timeout=0.05, ca_file=world.server.ca_file, address=world.server.base)


def test_retry_after_is_obeyed_and_rests_the_mailbox_only(world: World) -> None:
    world.tenant.fault_plan.append("429")
    before = world.clock.now()

    world.door().get("/me/mailFolders/inbox")

    assert world.clock.now() - before >= 2


def test_a_long_retry_after_is_handed_on(world: World) -> None:
    world.tenant.fault_plan.append("429 long")

    with pytest.raises(ServiceUnavailable) as caught:
        world.door().get("/me/mailFolders/inbox")

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 600


def test_every_inner_request_of_a_batch_gets_its_answer(world: World) -> None:
    ids = [world.box.deliver(at=START) for _ in range(45)]
    addresses = [f"/me/messages/{i}?$select=id" for i in ids] + ["/me/messages/nothing-here"]

    found = world.door().get_each(addresses, 'IdType="ImmutableId"')

    assert [found[a] is not None for a in addresses] == [True] * 45 + [False]
    assert world.tenant.trips == 3


def test_a_link_to_another_host_is_not_followed_with_our_token(world: World) -> None:
    door = world.door()

    with pytest.raises(ServiceUnavailable, match="another host"):
        door.get("https://graph.example.net/v1.0/me/messages")
    assert world.tenant.trips == 0


def test_a_certificate_that_is_not_trusted_is_named(world: World) -> None:
    door = world.door()
    door._session = lambda: Session(timeout=5, ca_file=None, address=world.server.base)

    with pytest.raises(ServiceUnavailable, match="ca_file"):
        door.get("/me/mailFolders/inbox")


def test_a_mail_is_sent_once_with_its_own_message_id(world: World) -> None:
    lines = (
        "From: ana@example.org",
        "To: bo@example.org",
        "Message-ID: <flip-7@gonequiet>",
        "Subject: Quiet",
        "",
        "Hi",
    )
    mime = "\r\n".join(lines).encode()
    door = world.door(scopes=("Mail.Send", "Mail.ReadBasic"))
    assert not was_sent(door, "<flip-7@gonequiet>")

    post(door, base64.b64encode(mime).decode())

    assert [m["Message-ID"] for m in world.box.sent] == ["<flip-7@gonequiet>"]
    assert was_sent(door, "<flip-7@gonequiet>")


def test_a_mail_that_may_have_left_is_not_sent_again(world: World) -> None:
    world.tenant.fault_plan.append("truncated")
    world.tenant.fault_plan.append("hang up")
    door = world.door(scopes=("Mail.Send",))

    post(door, "aGVsbG8=")  # 202 has no body to cut
    with pytest.raises(ServiceUnavailable):
        post(door, "aGVsbG8=")

    assert world.tenant.asked["sendMail"] == 1


CASES = [
    (404, "MailboxNotEnabledForRESTAPI", "no mailbox in Exchange Online"),
    (403, "ErrorAccountSuspend", "disabled"),
    (404, "ErrorInvalidUser", "no such mailbox"),
    (403, "ErrorAccessDenied", "permission"),
    (401, "InvalidAuthenticationToken", "sign-in"),
]


@pytest.mark.parametrize(("status", "code", "words"), CASES)
def test_each_refusal_has_its_own_sentence(status: int, code: str, words: str) -> None:
    refused = refused_request(status, {"error": {"code": code, "message": "ana@example.org"}})

    assert isinstance(refused, AccessDenied)
    assert words in str(refused)
    assert "@" not in str(refused)
    assert len({str(refused_request(s, {"error": {"code": c}})) for s, c, _ in CASES}) == len(CASES)


@pytest.mark.parametrize("code", ["SyncStateNotFound", "resyncRequired", "SyncStateInvalid"])
@pytest.mark.parametrize("status", [400, 410])
def test_a_lost_state_is_told_by_its_code_whatever_the_status(status: int, code: str) -> None:
    assert isinstance(refused_request(status, {"error": {"code": code}}), StateLost)


def test_a_missing_item_is_no_refusal() -> None:
    assert isinstance(refused_request(404, {"error": {"code": "ErrorItemNotFound"}}), NotThere)


SIGN_INS = [
    ("AADSTS65001", "consent"),
    ("AADSTS53003", "Conditional Access"),
    ("AADSTS50057", "disabled"),
    ("AADSTS50076", "multi-factor"),
    ("AADSTS50173", "revoked"),
    ("AADSTS7000222", "secret has expired"),
    ("AADSTS7000215", "secret is wrong"),
    ("AADSTS700027", "certificate"),
    ("AADSTS700016", "client_id"),
]


@pytest.mark.parametrize(("number", "words"), SIGN_INS)
def test_each_refused_sign_in_has_its_own_sentence(number: str, words: str) -> None:
    refused = refused_sign_in({"error": "invalid_grant", "error_description": f"{number}: ana@example.org"})

    assert isinstance(refused, AccessDenied)
    assert words in str(refused)
    assert "@" not in str(refused)


def test_an_unknown_refusal_shows_its_number_and_nothing_else() -> None:
    refused = refused_sign_in({"error": "invalid_grant", "error_description": "AADSTS99: secret words"})

    assert "AADSTS99" in str(refused)
    assert "secret words" not in str(refused)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), (None, 3), ("Tue, 1 Jan", 3), ("-4", 1)])
def test_how_long_to_wait(header: str | None, seconds: float) -> None:
    assert wait_of({} if header is None else {"Retry-After": header}, 3).total_seconds() == seconds


def test_the_door_names_its_mailbox_in_no_error(world: World) -> None:
    world.box.problem = "unlicensed"
    door: GraphDoor = world.door()

    with pytest.raises(ConnectorError) as caught:
        door.get("/me/mailFolders/inbox")

    assert ANA not in str(caught.value)
