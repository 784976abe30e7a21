"""Graph's subscriptions: made with a secret of their own, renewed in time, made again when Graph drops them.

A notification only says that something changed. Graph: learn.microsoft.com/graph/change-notifications-overview (at
most 10,080 minutes for Outlook), .../change-notifications-lifecycle-events.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from connectors.base import ServiceUnavailable
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.refusals import NotThere

LIFE = timedelta(minutes=10_080)
RENEW_BEFORE = timedelta(hours=48)
# Subscriptions keep the id format that they were made with.
_PREFER = 'IdType="ImmutableId"'


class Watched(StrEnum):
    """What of a mailbox is watched."""

    MAIL = "messages"
    CALENDAR = "events"


class Lifecycle(StrEnum):
    """What Graph says about a subscription itself."""

    MISSED = "missed"
    REMOVED = "subscriptionRemoved"
    REAUTHORIZE = "reauthorizationRequired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription; `client_state` is the secret that every notification must carry."""

    id: str
    watched: Watched
    expires_at: datetime
    client_state: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where notifications go: two https addresses of ours that Graph can reach. They may be the same."""

    changes: str
    lifecycle: str


def subscribe(door: GraphDoor, watched: Watched, receiver: Receiver, *, now: datetime) -> Subscription:
    """A new subscription; Graph calls both addresses back before it answers."""
    client_state = secrets.token_urlsafe(32)
    made = door.send(
        "POST",
        "/subscriptions",
        {
            "changeType": "created,updated,deleted",
            "resource": f"{door.base}/{watched}",
            "notificationUrl": receiver.changes,
            "lifecycleNotificationUrl": receiver.lifecycle,  # can be set at creation only
            "clientState": client_state,
            "expirationDateTime": _text(now + LIFE),
        },
        prefer=_PREFER,
    )
    if made is None or "id" not in made:
        raise ServiceUnavailable("Microsoft Graph made a subscription without saying which")
    return Subscription(
        id=str(made["id"]), watched=watched, expires_at=_expiry(made, now + LIFE), client_state=client_state
    )


def renew(door: GraphDoor, held: Subscription, *, now: datetime) -> Subscription | None:
    """The same with a new life, reauthorised at the same time; None where Graph dropped it."""
    try:
        answered = door.send("PATCH", f"/subscriptions/{held.id}", {"expirationDateTime": _text(now + LIFE)})
    except NotThere:
        return None
    return replace(held, expires_at=_expiry(answered or {}, now + LIFE))


def stop(door: GraphDoor, held: Subscription) -> None:
    """End it; one that is gone already is fine."""
    try:
        door.send("DELETE", f"/subscriptions/{held.id}")
    except NotThere:
        return


def keep_alive(
    door: GraphDoor,
    held: Iterable[Subscription],
    receiver: Receiver,
    *,
    now: datetime,
    heard: frozenset[tuple[str, Lifecycle]] = frozenset(),
) -> tuple[list[Subscription], bool]:
    """One subscription each for mail and calendar, alive for two more days at least.

    `heard` are lifecycle notifications (subscription id, event) since the last time. True in the answer: there was a
    stretch in which nobody watched, or notifications were dropped, so the delta must be read now.
    """
    kept: list[Subscription] = []
    blind = any(event is Lifecycle.MISSED for _, event in heard)
    by_kind = {one.watched: one for one in held}
    for watched in Watched:
        one: Subscription | None = by_kind.get(watched)
        if one is not None and (one.id, Lifecycle.REMOVED) in heard:
            one = None
        if one is not None and ((one.id, Lifecycle.REAUTHORIZE) in heard or one.expires_at - now < RENEW_BEFORE):
            one = renew(door, one, now=now) if one.expires_at > now else None
        if one is None:
            one = subscribe(door, watched, receiver, now=now)
            blind = True
        kept.append(one)
    return kept, blind


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _expiry(answered: dict[str, object], otherwise: datetime) -> datetime:
    written = answered.get("expirationDateTime")
    return datetime.fromisoformat(str(written)).astimezone(UTC) if written else otherwise
