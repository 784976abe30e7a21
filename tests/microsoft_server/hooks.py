"""Subscriptions: validation handshake, lifetime, renewal, notifications of changes and of their own life."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.microsoft_server.mailbox import Raw, instant
from tests.microsoft_server.tenant import Grant, Refused, Tenant

LONGEST = timedelta(minutes=10_080)
SHORTEST = timedelta(minutes=45)
_RESOURCE = re.compile(r"^/?(?:users/([^/]+)|me)/(messages|events)$")

# Posts to the receiver: address, query, JSON -> status, text. Set by who runs the server.
Post = Callable[[str, dict[str, str], Any], tuple[int, str]]


class Hooks:
    """Answers below /subscriptions."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.post: Post | None = None

    def answer(self, method: str, parts: list[str], body: Any, grant: Grant) -> tuple[int, dict[str, str], Raw | None]:
        """One request."""
        if method == "POST" and len(parts) == 1:
            return 201, {}, self._create(body, grant)
        if len(parts) == 1:
            return 200, {}, {"value": [self._shown(s) for s in self.tenant.subscriptions.values()]}
        held = self.tenant.subscriptions.get(parts[1])
        if held is None or datetime.fromisoformat(held["expirationDateTime"]) < self.tenant.clock():
            raise Refused(404, "ResourceNotFound", "The object was not found.")
        if method == "PATCH":
            held["expirationDateTime"] = self._expiry(body)
            return 200, {}, self._shown(held)
        if method == "POST" and parts[2:] == ["reauthorize"]:
            held["reauthorized"] = True
            return 200, {}, {"value": None}
        if method == "DELETE":
            del self.tenant.subscriptions[parts[1]]
            return 204, {}, None
        return 200, {}, self._shown(held)

    def _create(self, body: Raw, grant: Grant) -> Raw:
        found = _RESOURCE.match(body.get("resource", ""))
        if found is None:
            raise Refused(400, "InvalidRequest", "The resource is not supported.")
        held = {s.removesuffix(".All") for s in grant.scopes}
        if found.group(2) == "events" and "Calendars.Read" not in held:
            raise Refused(
                403,
                "ExtensionError",
                "Operation: Create; Exception: [Status Code: Forbidden; Reason: Access is denied]",
            )
        if len(body.get("clientState", "")) > 128 or not body.get("notificationUrl", "").startswith("https://"):
            raise Refused(400, "InvalidRequest", "notificationUrl or clientState is not acceptable.")
        expiry = self._expiry(body)
        for url in {body["notificationUrl"], body.get("lifecycleNotificationUrl")} - {None}:
            token = secrets.token_urlsafe(8) + " &<ok>"
            status, text = self.post(url, {"validationToken": token}, None) if self.post else (0, "")
            if status != 200 or text != token:
                raise Refused(400, "ValidationError", "Subscription validation request failed.")
        made = {
            **{k: v for k, v in body.items() if v is not None},
            "id": f"sub-{secrets.token_hex(8)}",
            "applicationId": grant.client_id,
            "creatorId": grant.user or grant.client_id,
            "expirationDateTime": expiry,
        }
        self.tenant.subscriptions[made["id"]] = {**made, "user": (found.group(1) or grant.user), "what": found.group(2)}
        return self._shown(self.tenant.subscriptions[made["id"]])

    def _expiry(self, body: Raw) -> str:
        asked = datetime.fromisoformat(body["expirationDateTime"])
        now = self.tenant.clock()
        if asked > now + LONGEST + timedelta(minutes=1):
            raise Refused(400, "ExtensionError", "Subscription expiration can only be 10080 minutes in the future.")
        return instant(max(asked, now + SHORTEST))

    @staticmethod
    def _shown(held: Raw) -> Raw:
        return {k: v for k, v in held.items() if k not in ("user", "what", "clientState", "reauthorized")}

    def notify(self, user: str, what: str) -> list[int]:
        """A change: every living subscription hears of it; gives the statuses of the answers."""
        change = {"changeType": "created"}
        heard = [s for s in self.tenant.subscriptions.values() if (s["user"], s["what"]) == (user, what)]
        return [self._send(s["notificationUrl"], s, {**change, "resource": s["resource"]}) for s in heard]

    def lifecycle(self, subscription_id: str, event: str) -> int:
        """reauthorizationRequired, subscriptionRemoved or missed; gives the status of the answer."""
        held = self.tenant.subscriptions[subscription_id]
        if event == "subscriptionRemoved":
            del self.tenant.subscriptions[subscription_id]
        return self._send(held["lifecycleNotificationUrl"], held, {"lifecycleEvent": event})

    def _send(self, url: str, held: Raw, more: Raw) -> int:
        note = {
            "subscriptionId": held["id"],
            "subscriptionExpirationDateTime": held["expirationDateTime"],
            "tenantId": self.tenant.id,
            "clientState": held.get("clientState"),
            **more,
        }
        assert self.post is not None
        return self.post(url, {}, {"value": [note]})[0]
