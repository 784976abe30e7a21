"""The web application of the service: the pages, and the receivers of push notifications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starlette.routing import Route

from flows.past import past_of
from models.clock import now
from web import google_push
from web.app import create_app
from web.google_push import Certificates, Sender
from web.google_push import receivers as google_receivers
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

    google = house.settings.google
    # Pub/Sub signs its tokens for the address it pushes to, unless the subscription names another audience.
    audience = google.push_audience or (google.push_address and f"{google.push_address.rstrip('/')}/push/google/mail")
    routes = [
        *microsoft_receivers(house.store, clock=now),
        *google_receivers(
            house.store,
            clock=now,
            sender=Sender(audience=audience, account=google.push_account) if audience else None,
            certificates=Certificates(google.certificates_uri, clock=now).now,
        ),
    ]
    return create_app(house.store, house.settings, clock=now, past=past, routes=routes)


def _google(house: Opened) -> list[Route]:
    google = house.settings.google
    base = google.push_address or house.settings.alerts.link_base
    audience = google.push_audience or (f"{base.rstrip('/')}{google_push.MAIL}" if base is not None else None)
    return google_push.receivers(
        house.store,
        clock=now,
        sender=google_push.Sender(audience=audience, account=google.push_account)
        if audience and google.topic
        else None,
        certificates=google_push.Certificates(google.certificates_uri, clock=now).now,
    )
