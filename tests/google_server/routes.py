"""The methods of both APIs that the server answers, by their ids in the discovery documents."""

from __future__ import annotations

from typing import Any

from tests.google_server.routes_calendar import CALENDAR
from tests.google_server.routes_gmail import GMAIL
from tests.google_server.server import GoogleServer, Handler, Query


def users(server: GoogleServer, _a: str, _s: frozenset[str], query: Query, _b: Any) -> dict[str, Any]:
    """The directory: everyone in the domain."""
    domain = query["domain"][0]
    rows = [
        {"primaryEmail": address, "suspended": address in server.suspended, "isMailboxSetup": True}
        for address in sorted({*server.mailboxes, *server.suspended})
        if address.endswith("@" + domain)
    ]
    return {"kind": "admin#directory#users", "users": rows}


ROUTES: dict[str, Handler] = {**GMAIL, **CALENDAR, "directory.users.list": users}
