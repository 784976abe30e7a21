"""The web application of the service: the pages, and the receivers of push notifications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from models.clock import now
from web.app import create_app
from web.google_push import Certificates, Sender
from web.google_push import receivers as google_receivers
from web.microsoft_push import receivers as microsoft_receivers
from web.pages import Sight

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from cli.opening import Opened
    from metrics.history import History
    from models.records import Partner


def application(house: Opened) -> Starlette:
    """Pages, answers and receivers over one store."""

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
    return create_app(house.store, house.settings, clock=now, sight=sight_of(house), routes=routes)


def sight_of(house: Opened) -> Sight:
    """What the pages ask of the flows."""
    from flows.outlook import outlook  # noqa: PLC0415  only an open page needs these
    from flows.past import past_of  # noqa: PLC0415
    from flows.tone_facts import tone_section  # noqa: PLC0415

    store, settings = house.store, house.settings

    def past(partner: Partner, at: datetime) -> tuple[History, dict[str, str]]:
        store.interactions.forget_people()  # somebody may have been erased since the last page
        return past_of(store, settings, house.directory, partner, horizon=at)

    return Sight(
        past=past,
        tone=lambda key, at: tone_section(store, settings, key, now=at),
        outlook=lambda partner: outlook(store, settings, house.directory, partner),
    )
