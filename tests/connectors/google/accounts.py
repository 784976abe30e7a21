"""Connectors over the local server, as the product opens them, without a socket."""

from __future__ import annotations

from typing import Any

import google_auth_httplib2

from connectors.base import Known, knows_nothing
from connectors.budget import Budget, Pacer
from connectors.google.calendar import CalendarConnector
from connectors.google.client import UserCredentials, batch_address, service
from connectors.google.costs import PRICES, calendar_limits
from connectors.google.door import Door
from connectors.google.gmail import GmailConnector
from tests.connectors.memory_budget import MemoryBudget
from tests.google_server.server import GoogleServer
from tests.google_server.wire import Wire

ROOT = "http://google.test/"
METADATA = "https://www.googleapis.com/auth/gmail.metadata"
READONLY = "https://www.googleapis.com/auth/gmail.readonly"
CALENDAR = "https://www.googleapis.com/auth/calendar.events.readonly"
CALENDARS = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
HEADERS_TIER = frozenset({METADATA, CALENDAR, CALENDARS})
TEXT_TIER = frozenset({READONLY, CALENDAR, CALENDARS})


def connection(server: GoogleServer, address: str, scopes: frozenset[str] = HEADERS_TIER) -> Any:
    """An authorised connection of this account; its refresh token is issued on the spot."""
    token = next((t for t, g in server.desk.refresh.items() if g.address == address and g.scopes == scopes), None)
    wire = Wire(server)
    credentials = UserCredentials(
        None,
        refresh_token=token or server.desk.standing(address, scopes),
        client_id="local-client",
        client_secret="local-secret",
        token_uri=ROOT + "token",
    )
    credentials.bounded = google_auth_httplib2.Request(wire)
    return google_auth_httplib2.AuthorizedHttp(credentials, http=wire)


def gmail(
    server: GoogleServer,
    address: str = "ana@example.org",
    *,
    known: Known = knows_nothing,
    scopes: frozenset[str] = HEADERS_TIER,
    budget: Budget | None = None,
    prices: str = "new",
    patience: float = 1e9,
    **options: Any,
) -> GmailConnector:
    """The mail of this account."""
    pacer = Pacer(budget or MemoryBudget(), PRICES[prices].limits(address, "test"), server.clock, patience=patience)
    door = Door(
        connection(server, address, scopes), pacer, batch_uri=batch_address("gmail.v1", ROOT), name=f"gmail:{address}"
    )
    return GmailConnector(address, service("gmail.v1", ROOT), door, prices=PRICES[prices], known=known, **options)


def calendar(
    server: GoogleServer,
    address: str = "ana@example.org",
    *,
    known: Known = knows_nothing,
    budget: Budget | None = None,
    patience: float = 1e9,
    **options: Any,
) -> CalendarConnector:
    """The meetings of this account."""
    pacer = Pacer(budget or MemoryBudget(), calendar_limits(address, "test"), server.clock, patience=patience)
    door = Door(
        connection(server, address), pacer, batch_uri=batch_address("calendar.v3", ROOT), name=f"gcal:{address}"
    )
    return CalendarConnector(address, service("calendar.v3", ROOT), door, known=known, **options)
