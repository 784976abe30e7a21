"""Consent in the browser and by pasting, over the local server; refusals told apart in words."""

from __future__ import annotations

import threading
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httplib2
import pytest

from connectors.base import AccessDenied
from connectors.google.consent import SCOPES, Client, by_browser, by_pasting, has_browser, read_client, revoke
from connectors.google.refusals import why_refused
from tests.google_server.files import write_client, write_key
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer


@pytest.fixture
def front() -> Iterator[Front]:
    server = GoogleServer()
    server.mailbox("ana@example.org")
    with Front(server) as opened:
        yield opened


@pytest.fixture
def client(front: Front, tmp_path: Path) -> Client:
    write_client(tmp_path / "client.json", front.root)
    return read_client(tmp_path / "client.json", auth_uri=f"{front.root}o/oauth2/auth", token_uri=f"{front.root}token")


class _Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def led_to(address: str) -> str:
    """Where the consent page sends the browser."""
    try:
        urllib.request.build_opener(_Stop).open(address, timeout=10)
    except urllib.error.HTTPError as e:
        return str(e.headers["location"])
    raise AssertionError("no redirect")


def in_a_browser(address: str) -> None:
    threading.Thread(target=lambda: urllib.request.urlopen(address, timeout=10).read()).start()


def test_consent_in_the_browser_leaves_a_lasting_token(front: Front, client: Client) -> None:
    consent = by_browser(client, SCOPES["headers"], timeout=10, show=in_a_browser, open_browser=False)

    assert consent.granted == frozenset(SCOPES["headers"])
    assert consent.secret["refresh_token"] in front.google.desk.refresh
    assert consent.secret["refresh_token"] not in repr(consent)


def test_a_machine_without_a_browser_waits_for_whoever_follows_the_address(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    monkeypatch.setattr(webbrowser, "_browsers", {})

    assert not has_browser()
    assert by_browser(client, SCOPES["headers"], timeout=10, show=in_a_browser).granted == frozenset(SCOPES["headers"])


def test_consent_by_pasting_needs_no_browser_here(client: Client) -> None:
    shown: list[str] = []

    consent = by_pasting(client, SCOPES["text"], timeout=10, show=shown.append, ask=lambda: led_to(shown[0]))

    assert consent.granted == frozenset(SCOPES["text"])


@pytest.mark.parametrize(
    "pasted", ["", "http://127.0.0.1:1/?error=access_denied&state=x", "http://127.0.0.1:1/?state=x"]
)
def test_what_is_no_consent_is_refused_in_words(client: Client, pasted: str) -> None:
    with pytest.raises(AccessDenied, match="run the command again"):
        by_pasting(client, SCOPES["text"], timeout=10, show=lambda _: None, ask=lambda: pasted)


def test_an_answer_to_somebody_elses_question_is_refused(client: Client) -> None:
    def forged() -> str:
        return led_to(shown[0]).replace("state=", "state=x")

    shown: list[str] = []
    with pytest.raises(AccessDenied):
        by_pasting(client, SCOPES["text"], timeout=10, show=shown.append, ask=forged)


def test_a_withdrawn_consent_gives_no_more_tokens(front: Front, client: Client) -> None:
    shown: list[str] = []
    consent = by_pasting(client, SCOPES["text"], timeout=10, show=shown.append, ask=lambda: led_to(shown[0]))

    assert revoke(consent.secret, f"{front.root}revoke", httplib2.Http(timeout=10))
    assert not front.google.desk.refresh
    assert revoke(consent.secret, f"{front.root}revoke", httplib2.Http(timeout=10))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"web": {}}', "web application"),
        ("{}", "Desktop app"),
        ("[]", "not an OAuth client"),
        ("not json", "not an OAuth client"),
    ],
)
def test_a_wrong_client_file_is_refused_in_words(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=words):
        read_client(path, auth_uri="http://x/", token_uri="http://x/")


@pytest.mark.parametrize(
    ("error", "description", "subtype", "words"),
    [
        ("invalid_grant", "Token has been expired or revoked.", "", "removed the app or changed the password"),
        ("invalid_grant", "reauth related error (invalid_rapt)", "invalid_rapt", "session rules"),
        ("invalid_grant", "Bad Request", "", "connect again"),
        ("admin_policy_enforced", "Access blocked", "", "administrator has blocked"),
        ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "", "domain-wide delegation"),
        ("invalid_grant", "Invalid JWT Signature.", "", "no longer valid"),
        ("invalid_grant", "Invalid email or User ID", "", "no longer exists"),
        ("invalid_grant", "Account has been deleted", "", "no longer exists"),
        ("disabled_account", "account is suspended", "", "suspended"),
        ("deleted_client", "The OAuth client was deleted.", "", "no longer valid"),
    ],
)
def test_each_refusal_has_its_sentence(error: str, description: str, subtype: str, words: str) -> None:
    assert words in why_refused(error, description, subtype)


def test_a_key_file_of_the_local_server_is_one(front: Front, tmp_path: Path) -> None:
    write_key(tmp_path / "key.json", front.google, front.root)

    assert "BEGIN PRIVATE KEY" in (tmp_path / "key.json").read_text(encoding="utf-8")
