"""A person gives consent: in the browser with PKCE and a loopback address, or by pasting the answer on a server.

https://developers.google.com/identity/protocols/oauth2/native-app
"""

from __future__ import annotations

import json
import os
import urllib.parse
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httplib2
import requests
from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
from oauthlib.oauth2 import OAuth2Error
from requests.adapters import HTTPAdapter

from connectors.base import AccessDenied, ServiceUnavailable
from connectors.google.refusals import why_refused

_SCOPE = "https://www.googleapis.com/auth/"
CALENDAR_SCOPES = (_SCOPE + "calendar.events.readonly", _SCOPE + "calendar.calendarlist.readonly")
SEND_SCOPE = _SCOPE + "gmail.send"
DIRECTORY_SCOPE = _SCOPE + "admin.directory.user.readonly"
SCOPES = {
    "headers": (_SCOPE + "gmail.metadata", *CALENDAR_SCOPES),
    "text": (_SCOPE + "gmail.readonly", *CALENDAR_SCOPES),
}
_PATIENCE = 300  # seconds a person has for the browser
_DONE = "Gonequiet is connected. You may close this page and go back to the terminal."
_PASTED_TO = "http://127.0.0.1:1/"  # nothing listens there: the browser shows an error, and the answer in its address


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The OAuth client of the operator's own Cloud project."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person gave: `secret` is kept sealed."""

    secret: dict[str, Any] = field(repr=False)
    granted: frozenset[str]


def read_client(path: Path, *, auth_uri: str, token_uri: str) -> Client:
    """From the JSON file that the Cloud console gives; ValueError in words for any other."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        inner = found.get("installed")
        if inner is None:
            kind = "of a web application" if "web" in found else "of something else"
            raise ValueError(f"{path} is the client {kind}: make one of type Desktop app (docs/google.md, step 3)")
        return Client(
            client_id=inner["client_id"], client_secret=inner["client_secret"], auth_uri=auth_uri, token_uri=token_uri
        )
    except OSError as e:
        raise ValueError(f"{path} cannot be read: {e.strerror}") from e
    except (KeyError, AttributeError, json.JSONDecodeError, UnicodeDecodeError) as e:
        raise ValueError(f"{path} is not an OAuth client file of the Cloud console (docs/google.md, step 3)") from e


def has_browser() -> bool:
    """Whether this machine can open a page by itself."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def by_browser(
    client: Client,
    scopes: tuple[str, ...],
    *,
    timeout: float,
    show: Callable[[str], None],
    hint: str | None = None,
    open_browser: bool = True,
    ca_file: Path | None = None,
) -> Consent:
    """Wait for the person at this machine's browser; AccessDenied if they say no or do not come.

    Where no browser can be opened, whoever follows the shown address on this machine is waited for all the same.
    """
    with _flow(client, scopes, timeout, ca_file) as flow:
        try:
            flow.run_local_server(
                host="127.0.0.1",
                port=0,
                open_browser=open_browser and has_browser(),
                timeout_seconds=_PATIENCE,
                success_message=_DONE,
                authorization_prompt_message="",
                **_asking(hint, show, flow),
            )
        except WSGITimeoutError as e:
            raise AccessDenied("nobody gave consent within five minutes: run the command again") from e
        return _given(flow, client)


def by_pasting(
    client: Client,
    scopes: tuple[str, ...],
    *,
    timeout: float,
    show: Callable[[str], None],
    ask: Callable[[], str],
    hint: str | None = None,
    ca_file: Path | None = None,
) -> Consent:
    """For a server without a browser: the person opens the address elsewhere and pastes back where it led."""
    with _flow(client, scopes, timeout, ca_file) as flow:
        flow.redirect_uri = _PASTED_TO
        address, _ = flow.authorization_url(**_options(hint))
        show(address)
        answer = ask().strip()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)
        if "error" in query:
            raise AccessDenied("consent was not given: run the command again to be asked once more")
        if "code" not in query:
            raise AccessDenied(
                "that is not the address the browser went to after consent: it begins with http://127.0.0.1 and holds "
                "code=...; run the command again"
            )
        flow.fetch_token(authorization_response=answer.replace("http://", "https://", 1))
        return _given(flow, client)


def revoke(secret: dict[str, Any], revoke_uri: str, http: httplib2.Http) -> bool:
    """Withdraw a consent at Google; True if Google did, or no longer knew it."""
    body = urllib.parse.urlencode({"token": secret["refresh_token"]})
    try:
        response, content = http.request(
            revoke_uri, "POST", body=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )
    except (OSError, httplib2.HttpLib2Error) as e:
        raise ServiceUnavailable("Google cannot be reached to withdraw the consent") from e
    finally:
        http.close()
    return int(response.status) == 200 or b"invalid_token" in content


class _Timed(HTTPAdapter):
    """Every request of the token exchange ends within a time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        options["timeout"] = options.get("timeout") or self._seconds
        return super().send(request, *args, **options)


@contextmanager
def _flow(client: Client, scopes: tuple[str, ...], timeout: float, ca_file: Path | None) -> Iterator[Any]:
    config = {
        "installed": {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "auth_uri": client.auth_uri,
            "token_uri": client.token_uri,
        }
    }
    flow = InstalledAppFlow.from_client_config(config, scopes=list(scopes), autogenerate_code_verifier=True)
    for scheme in ("https://", "http://"):
        flow.oauth2session.mount(scheme, _Timed(timeout))
    if ca_file is not None:
        flow.oauth2session.trust_env = False
        flow.oauth2session.verify = str(ca_file)
    # A person may untick a scope; what was granted is looked at afterwards, in words. Plain http is for a server on
    # this machine only.
    relaxed = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"}
    if urllib.parse.urlsplit(client.token_uri).hostname in {"127.0.0.1", "localhost"}:
        relaxed["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    before = {name: os.environ.get(name) for name in relaxed}
    os.environ.update(relaxed)
    try:
        yield flow
    except OAuth2Error as e:
        if e.error in {"access_denied", "mismatching_state"}:
            raise AccessDenied("consent was not given: run the command again to be asked once more") from e
        raise AccessDenied(why_refused(str(e.error), str(e.description))) from e
    except requests.RequestException as e:
        raise ServiceUnavailable("Google cannot be reached") from e
    finally:
        flow.oauth2session.close()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _options(hint: str | None) -> dict[str, str]:
    # `consent` makes Google hand out a new refresh token even where one was given before.
    return {"access_type": "offline", "prompt": "consent", **({"login_hint": hint} if hint else {})}


def _asking(hint: str | None, show: Callable[[str], None], flow: Any) -> dict[str, str]:
    """The options of the consent page; shows its address once the flow knows it."""
    plain = flow.authorization_url

    def shown(**options: Any) -> Any:
        address, state = plain(**options)
        show(address)
        return address, state

    flow.authorization_url = shown
    return _options(hint)


def _given(flow: Any, client: Client) -> Consent:
    credentials = flow.credentials
    if not credentials.refresh_token:
        raise AccessDenied("Google gave no lasting consent: remove the app under myaccount.google.com and try again")
    token = flow.oauth2session.token
    told = token.get("scope") or flow.oauth2session.scope
    granted = frozenset(told.split() if isinstance(told, str) else told)
    secret = {
        "kind": "person",
        "refresh_token": credentials.refresh_token,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "scopes": sorted(granted),
    }
    if "refresh_token_expires_in" in token:  # only while the Cloud project is in testing: seven days
        secret["expires_in"] = int(token["refresh_token_expires_in"])
    return Consent(secret=secret, granted=granted)
