"""Google's own client, pointed at the roots of the settings, with a time limit on every call, the token call too."""

from __future__ import annotations

import functools
import http.client
import json
from pathlib import Path
from typing import Any

import google_auth_httplib2
import googleapiclient
import httplib2
from google.auth.exceptions import RefreshError
from google.oauth2 import credentials as user
from google.oauth2 import service_account as robot
from googleapiclient.discovery import build_from_document

from connectors.google.refusals import TEST_PROJECT

_DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"


def http_door(*, timeout: float, ca_file: Path | None = None, repeats: bool = True) -> httplib2.Http:
    """A connection with a time limit in seconds and, where given, our own certificate authority.

    httplib2 by itself sends a request again that the server hung up on; without `repeats` it fails instead.
    """
    made = httplib2.Http if repeats else _SendsOnce
    return made(timeout=timeout, ca_certs=str(ca_file) if ca_file is not None else None)


class _AnswersOnce:
    """A connection on which a missing answer is a broken connection, not an invitation to try again."""

    def getresponse(self) -> Any:
        try:
            return super().getresponse()  # type: ignore[misc]
        except http.client.BadStatusLine as e:
            raise ConnectionAbortedError("the server hung up without an answer") from e


class _Plain(_AnswersOnce, httplib2.HTTPConnectionWithTimeout):  # type: ignore[misc]
    pass


class _Protected(_AnswersOnce, httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc]
    pass


class _SendsOnce(httplib2.Http):  # type: ignore[misc]
    def request(self, uri: str, *args: Any, **options: Any) -> Any:
        options["connection_type"] = _Plain if uri.startswith("http:") else _Protected
        return super().request(uri, *args, **options)


class UserCredentials(user.Credentials):
    """A person's consent. The client refreshes through requests of its own making that never time out; not so here."""

    bounded: Any = None
    in_testing = False  # Google said that the consent ends after seven days

    def refresh(self, request: Any) -> None:
        """A new access token, within our time limit."""
        try:
            super().refresh(self.bounded or request)  # type: ignore[no-untyped-call]
        except RefreshError as e:
            detail = e.args[1] if len(e.args) > 1 and isinstance(e.args[1], dict) else {}
            if self.in_testing and detail.get("error") == "invalid_grant":
                raise RefreshError(e.args[0], {**detail, "error_subtype": TEST_PROJECT}) from e  # type: ignore[no-untyped-call]
            raise


class RobotCredentials(robot.Credentials):
    """A service account that acts for a mailbox; the same time limit."""

    bounded: Any = None

    def refresh(self, request: Any) -> None:
        """A new access token, within our time limit."""
        super().refresh(self.bounded or request)  # type: ignore[no-untyped-call]


def person(secret: dict[str, Any], *, token_uri: str, http: httplib2.Http) -> UserCredentials:
    """Credentials from what a consent left: refresh token, client id and secret, scopes."""
    found = UserCredentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=secret["refresh_token"],
        client_id=secret["client_id"],
        client_secret=secret.get("client_secret"),
        token_uri=token_uri,
        scopes=secret.get("scopes"),
    )
    found.bounded = google_auth_httplib2.Request(http)
    found.in_testing = "expires_in" in secret
    return found


def delegate(
    key: dict[str, Any], mailbox: str, scopes: tuple[str, ...], *, token_uri: str, http: httplib2.Http
) -> RobotCredentials:
    """Credentials of a service account for one mailbox. ValueError for a key file that is none."""
    found: RobotCredentials = RobotCredentials.from_service_account_info(  # type: ignore[no-untyped-call]
        {**key, "token_uri": token_uri}, scopes=list(scopes), subject=mailbox
    )
    found.bounded = google_auth_httplib2.Request(http)
    return found


def authorised(credentials: Any, http: httplib2.Http) -> Any:
    """The connection that sends these credentials along and renews them when refused."""
    return google_auth_httplib2.AuthorizedHttp(credentials, http=http)


class Resources:
    """The resources of one API, each made once: the client makes them anew, with all methods, at every mention."""

    def __init__(self, made: Any) -> None:
        self._made: dict[str, Any] = {"": made}

    def of(self, path: str) -> Any:
        """ "users.messages" and the like."""
        found = self._made.get(path)
        if found is None:
            above, _, last = path.rpartition(".")
            found = self._made[path] = getattr(self.of(above), last)()
        return found


@functools.cache
def service(api: str, root: str) -> Resources:
    """The API ("gmail.v1", "calendar.v3") at this root, from the document that ships with the client: no network.

    Root and batch address come from the document, so one change moves both. The object holds no connection and may
    be shared; each call names its own.
    """
    document = json.loads((_DOCUMENTS / f"{api}.json").read_text(encoding="utf-8"))
    document["rootUrl"] = root.rstrip("/") + "/"
    document.pop("mtlsRootUrl", None)
    document["baseUrl"] = document["rootUrl"] + document["servicePath"]
    return Resources(build_from_document(document, http=httplib2.Http(timeout=60)))


@functools.cache
def batch_address(api: str, root: str) -> str:
    """Where batches of this API go."""
    document = json.loads((_DOCUMENTS / f"{api}.json").read_text(encoding="utf-8"))
    return f"{root.rstrip('/')}/{document['batchPath']}"
