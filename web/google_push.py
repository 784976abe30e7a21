"""Where Google's notifications arrive: Gmail's through Pub/Sub with a signed token, Calendar's with a channel's secret.

A notification only marks the mailbox as dirty; what changed is read from the cursor. Answered at once: Pub/Sub
delivers again what is not acknowledged, and Google drops a channel that is slow.
https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.store.store import Store

log = logging.getLogger(__name__)

MAIL = "/push/google/mail"
CALENDAR = "/push/google/calendar"
_LARGEST = 100_000
_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
_CERTIFICATES_LAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who may tell us of new mail: the push subscription's audience and, where named, its service account."""

    audience: str
    account: str | None = None


class Certificates:
    """Google's signing certificates by key id, fetched anew every hour, and once more for a key not seen before."""

    def __init__(self, uri: str, *, clock: Callable[[], datetime]) -> None:
        self._uri, self._clock = uri, clock
        self._found: Mapping[str, str] = {}
        self._until: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> Mapping[str, str]:
        """The certificates; those known before where Google cannot be reached."""
        with self._lock:
            now = self._clock()
            if self._until is None or now >= self._until:
                try:
                    answer = requests.get(self._uri, timeout=10)
                    answer.raise_for_status()
                    self._found = {str(k): str(v) for k, v in answer.json().items()}
                    self._until = now + _CERTIFICATES_LAST
                except (requests.RequestException, ValueError) as e:
                    log.warning("google push: certificates could not be fetched: %s", type(e).__name__)
            return self._found


def receivers(
    store: Store, *, clock: Callable[[], datetime], sender: Sender | None, certificates: Callable[[], Mapping[str, str]]
) -> list[Route]:
    """The two addresses over the store. Without a `sender` no mail push is believed."""

    def mail_changed(mailbox: str) -> bool:
        return store.channels.heard(f"gmail:{mailbox}", now=clock())

    def calendar_changed(channel: str, secret: str, state: str) -> bool:
        held = store.channels.find(channel)
        if held is None or not held.secret:
            return False
        if not hmac.compare_digest(held.secret.encode(), secret.encode("utf-8", "replace")):
            return False
        # "sync" only says that the channel works.
        return state == "sync" or store.channels.heard(channel, now=clock())

    async def mail(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        body = await _body(request)
        if sender is None or body is None:
            return Response(status_code=400)
        if not await run_in_threadpool(is_from, sender, token, certificates):
            return Response(status_code=401)
        mailbox = mailbox_in(body)
        if mailbox is None:
            return Response(status_code=204)  # acknowledged: a broken one does not get better by coming again
        await run_in_threadpool(mail_changed, mailbox)
        return Response(status_code=204)

    async def calendar(request: Request) -> Response:
        headers = request.headers
        await run_in_threadpool(
            calendar_changed,
            headers.get("x-goog-channel-id", ""),
            headers.get("x-goog-channel-token", ""),
            headers.get("x-goog-resource-state", ""),
        )
        # Always accepted: to tell a stranger which secrets are wrong would be telling too much.
        return Response(status_code=200)

    return [Route(MAIL, mail, methods=["POST"]), Route(CALENDAR, calendar, methods=["POST"])]


def is_from(sender: Sender, token: str, certificates: Callable[[], Mapping[str, str]]) -> bool:
    """Whether Google signed this token for our push subscription, and it has not run out."""
    try:
        claims = jwt.decode(token, certs=dict(certificates()), audience=sender.audience)  # type: ignore[no-untyped-call]
    except (GoogleAuthError, ValueError, TypeError, KeyError):
        return False
    if claims.get("iss") not in _ISSUERS:
        return False
    return sender.account is None or (claims.get("email") == sender.account and claims.get("email_verified") is True)


def mailbox_in(body: bytes) -> str | None:
    """The address in a Pub/Sub delivery of Gmail's; None where there is none."""
    try:
        data = json.loads(body)["message"]["data"]
        found = json.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))["emailAddress"]
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return None
    return found.lower() if isinstance(found, str) else None


async def _body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return body
