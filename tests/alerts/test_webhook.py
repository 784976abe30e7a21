"""The webhook: signed, repeated under one id, and a refusal says whether trying again will help."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from alerts.mailer import MailerError
from alerts.sample import sample_facts
from alerts.webhook import AppriseTargets, Webhook, payload
from flows.notify import notify
from models.records import State
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import HOUR, NOW, add_partner, settings, turn


class Hook(HTTPServer):
    """Answers with `status`, and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 204
        self.calls: list[tuple[bytes, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((body, self.headers["X-Gonequiet-Signature"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_call_is_signed_over_its_time_and_body(hook: Hook) -> None:
    Webhook(hook.url, "the secret").tell(payload(sample_facts(NOW), message_id="<x@y>"), now=NOW)

    body, signature = hook.calls[0]
    seconds = int(NOW.timestamp())
    digest = hmac.new(b"the secret", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"t={seconds},v1={digest}"
    assert json.loads(body)["event"] == "partner.silent"


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (429, False), (404, True), (302, True)])
def test_a_refusal_is_permanent_or_not(hook: Hook, status: int, permanent: bool) -> None:
    hook.status = status

    with pytest.raises(MailerError) as refused:
        Webhook(hook.url, None).tell({}, now=NOW)

    assert refused.value.permanent == permanent


def test_a_silence_and_its_end_are_told_once_each(hook: Hook, sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    chosen = settings(webhook=hook.url, webhook_secret="the secret")
    hook.status = 503
    notify(sqlite_store, chosen, now=NOW, mailer=Mailbox())
    hook.status = 204
    notify(sqlite_store, chosen, now=NOW + HOUR, mailer=Mailbox())
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW + 2 * HOUR)

    notify(sqlite_store, chosen, now=NOW + 3 * HOUR, mailer=Mailbox())

    told = [json.loads(body) for body, _ in hook.calls]
    assert [(said["event"], said["state"]) for said in told] == [
        ("partner.silent", "quiet"),
        ("partner.silent", "quiet"),
        ("partner.back", "on_rhythm"),
    ]
    assert told[0]["id"] == told[1]["id"] != told[2]["id"]


def test_no_address_and_no_subject_leaves_by_the_webhook() -> None:
    said = json.dumps(payload(sample_facts(NOW), message_id="<x@gonequiet.ourco.example>"))

    assert said.count("@") == 1  # the id
    assert "Iyer" not in said


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_an_apprise_address_that_is_not_understood_is_permanent() -> None:
    with pytest.raises(MailerError, match="not understood") as refused:
        AppriseTargets(["nonsense://x"]).tell("title", "text")

    assert refused.value.permanent


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_an_apprise_target_hears_title_and_text(hook: Hook) -> None:
    hook.status = 200

    AppriseTargets([hook.url.replace("http://", "json://")]).tell("Quiet: Northwind", "No word.")

    said = json.loads(hook.calls[0][0])
    assert (said["title"], said["message"]) == ("Quiet: Northwind", "No word.")
