"""Push: Gmail tells a Pub/Sub topic, Calendar a web address, that something changed. Both are lossy: a hint, no more.

https://developers.google.com/workspace/gmail/api/guides/push and
https://developers.google.com/workspace/calendar/api/guides/push
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import ServiceUnavailable
from connectors.google.costs import PRICES
from connectors.google.door import NotThere
from connectors.google.opening import Access

_CHANNEL_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A promise of Google's to tell; `resource` is what it needs to be stopped by."""

    id: str
    resource: str
    expires_at: datetime
    secret: str = field(repr=False)


def watch_mail(access: Access, topic: str) -> Watch:
    """Have Gmail tell this topic; renewing is asking again. One topic a project: another one is stopped first."""
    users, units = access.gmail.of("users"), PRICES[access.place.prices].watch
    with access.gmail_door() as door:
        try:
            answer = door.call(users.watch(userId="me", body={"topicName": topic}), units)
        except ServiceUnavailable:
            door.call(users.stop(userId="me"), units, answers_nothing=True)
            answer = door.call(users.watch(userId="me", body={"topicName": topic}), units)
    return Watch(id=f"gmail:{access.mailbox}", resource="mail", secret="", expires_at=_moment(answer))


def stop_mail(access: Access) -> None:
    """No more of it."""
    with access.gmail_door() as door:
        stop = access.gmail.of("users").stop(userId="me")
        door.call(stop, PRICES[access.place.prices].watch, answers_nothing=True)


def watch_calendar(access: Access, calendar: str, address: str) -> Watch:
    """Have Calendar tell this https address; the secret comes back with every notification."""
    name, secret = str(uuid.uuid4()), secrets.token_urlsafe(32)
    body = {
        "id": name,
        "type": "web_hook",
        "address": address,
        "token": secret,
        "params": {"ttl": str(int(_CHANNEL_LIFE.total_seconds()))},
    }
    with access.calendar_door() as door:
        answer = door.call(access.calendar.of("events").watch(calendarId=calendar, body=body), 1)
    resource = str(answer.get("resourceId") or "")
    return Watch(id=name, resource=resource, secret=secret, expires_at=_moment(answer))


def stop_calendar(access: Access, channel: str, resource: str) -> None:
    """No more of it; one that has ended already is as good."""
    request = access.calendar.of("channels").stop(body={"id": channel, "resourceId": resource})
    with access.calendar_door() as door:
        try:
            door.call(request, 1, answers_nothing=True)
        except NotThere:
            return


def _moment(answer: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)
    except (KeyError, ValueError) as e:
        raise ServiceUnavailable("Google did not say how long it will tell us") from e
