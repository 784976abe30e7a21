"""The web application of the service: the pages, and the receivers of push notifications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flows.past import past_of
from models.clock import now
from web.app import create_app
from web.microsoft_push import receivers as microsoft_receivers

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from cli.opening import Opened
    from metrics.history import History
    from models.records import Partner


def application(house: Opened) -> Starlette:
    """Pages, answers and receivers over one store."""

    def past(partner: Partner, at: datetime) -> tuple[History, dict[str, str]]:
        return past_of(house.store, house.settings, house.directory, partner, horizon=at)

    routes = microsoft_receivers(house.store, clock=now)
    return create_app(house.store, house.settings, clock=now, past=past, routes=routes)
