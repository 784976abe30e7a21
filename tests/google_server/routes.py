"""The methods of both APIs that the server answers, by their ids in the discovery documents."""

from __future__ import annotations

from tests.google_server.routes_calendar import CALENDAR
from tests.google_server.routes_gmail import GMAIL
from tests.google_server.server import Handler

ROUTES: dict[str, Handler] = {**GMAIL, **CALENDAR}
