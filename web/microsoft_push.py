"""Where Graph's notifications arrive: answered at once, checked by their secret, and passed on as "look again".

Graph validates an address by sending a token that must come back as plain text within ten seconds
(learn.microsoft.com/graph/change-notifications-delivery-webhooks). Nothing in a notification is believed but that
the owner of its secret sent it; what changed is read by the delta.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from models.store.store import Store

log = logging.getLogger(__name__)

CHANGES = "/push/microsoft"
LIFECYCLE = "/push/microsoft/lifecycle"
_LARGEST = 1_000_000
_LONGEST_TOKEN = 2_000
_EVENTS = frozenset({"missed", "subscriptionRemoved", "reauthorizationRequired"})

SecretOf = Callable[[str], str | None]
Heard = Callable[[str, str | None], None]


def receivers(store: Store, *, clock: Callable[[], datetime]) -> list[Route]:
    """The two addresses over the store: a notification with the right secret marks its source dirty."""

    def secret_of(subscription: str) -> str | None:
        held = store.channels.find(subscription)
        return held.secret if held is not None else None

    def heard(subscription: str, event: str | None) -> None:
        store.channels.heard(subscription, now=clock(), event=event)

    return routes(secret_of, heard)


def routes(secret_of: SecretOf, heard: Heard) -> list[Route]:
    """The two addresses. `secret_of` gives a subscription's clientState, None for one that is not ours.

    `heard` is called once a subscription in a delivery: with None for a change, or with the name of the lifecycle
    event. It only marks the mailbox dirty; it must not read it.
    """

    async def receive(request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            return PlainTextResponse(token[:_LONGEST_TOKEN])
        notes = await _notes(request)
        if notes is None:
            return Response(status_code=400)
        believed = await run_in_threadpool(_believed, notes, secret_of)
        for subscription, event in believed:
            await run_in_threadpool(heard, subscription, event)
        log.info("microsoft push: %d notifications, %d believed", len(notes), len(believed))
        # Always accepted: to tell a stranger which secrets are wrong would be telling too much.
        return Response(status_code=202)

    return [Route(CHANGES, receive, methods=["POST"]), Route(LIFECYCLE, receive, methods=["POST"])]


async def _notes(request: Request) -> list[dict[str, object]] | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    try:
        notes = json.loads(body)["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(notes, list):
        return None
    return [note for note in notes if isinstance(note, dict)]


def _believed(notes: list[dict[str, object]], secret_of: SecretOf) -> list[tuple[str, str | None]]:
    """(subscription, lifecycle event or None), each once: a burst of changes is one reason to look."""
    found: dict[tuple[str, str | None], None] = {}
    secrets: dict[str, str | None] = {}
    for note in notes:
        subscription, shown = note.get("subscriptionId"), note.get("clientState")
        if not isinstance(subscription, str) or not isinstance(shown, str):
            continue
        if subscription not in secrets:
            secrets[subscription] = secret_of(subscription)
        secret = secrets[subscription]
        if secret is None or not hmac.compare_digest(secret.encode(), shown.encode("utf-8", "replace")):
            continue
        event = note.get("lifecycleEvent")
        if event is None:
            found[subscription, None] = None
        elif event in _EVENTS:
            found[subscription, str(event)] = None
    return list(found)
