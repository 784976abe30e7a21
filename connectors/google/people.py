"""The mailboxes of a Workspace domain, as its directory lists them."""

from __future__ import annotations

from typing import Any

from connectors.budget import Budget, Clock, Pacer
from connectors.google.client import authorised, batch_address, delegate, service
from connectors.google.consent import DIRECTORY_SCOPE
from connectors.google.costs import calendar_limits
from connectors.google.door import Door
from connectors.google.opening import Place


def mailboxes_of(
    key: dict[str, Any], domain: str, admin: str, *, root: str, place: Place, budget: Budget, clock: Clock
) -> list[str]:
    """Addresses of everyone in the domain who is neither suspended nor archived; the connector's errors otherwise."""
    api = service("admin.directory_v1", root)
    credentials = delegate(key, admin, (DIRECTORY_SCOPE,), token_uri=place.token_uri, http=(http := place.http()))
    # The directory's own quota (2,400 queries a minute) is never reached by one listing; Calendar's is narrower.
    pacer = Pacer(budget, calendar_limits(admin, "directory"), clock)
    door = Door(
        authorised(credentials, http),
        pacer,
        batch_uri=batch_address("admin.directory_v1", root),
        name=f"directory:{domain}",
    )
    found: set[str] = set()
    token: str | None = None
    seen: set[str] = set()
    with door:
        while True:
            answer = door.call(
                api.of("users").list(
                    domain=domain,
                    maxResults=500,
                    pageToken=token,
                    fields="nextPageToken,users(primaryEmail,suspended,archived,isMailboxSetup)",
                ),
                1,
            )
            for row in answer.get("users") or ():
                if not (row.get("suspended") or row.get("archived") or row.get("isMailboxSetup") is False):
                    found.add(str(row["primaryEmail"]).lower())
            token = answer.get("nextPageToken")
            if not token or token in seen:
                return sorted(found)
            seen.add(token)
