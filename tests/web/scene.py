"""What tests of the pages share: their settings, what a page may see, links as mails bear them, every stored row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from alerts.links import Links, Ticket
from flows.outlook import outlook
from flows.past import past_of
from metrics.history import History
from models.records import Partner
from models.store.store import Store
from tests.alerts.scene import ANA, NOW, settings
from web.pages import Sight

SETTINGS = settings(link_base="https://page.example")


def sight(store: Store) -> Sight:
    directory = store.partners.directory(("ourco.example",))

    def past(partner: Partner, at: datetime) -> tuple[History, dict[str, str]]:
        return past_of(store, SETTINGS, directory, partner, horizon=at)

    return Sight(past=past, outlook=lambda partner: outlook(store, SETTINGS, directory, partner))


def link(store: Store, action: str, *, at: datetime = NOW, partner: str = "northwind") -> str:
    ticket = Ticket(action=action, reader=ANA, partner=partner)
    url = Links("https://page.example", store.readers.link_key()).url(ticket, now=at)
    assert url is not None
    return url


def everything(store: Store) -> list[object]:
    """Every row of every table: equal before and after means that nothing changed."""
    with store.database.read() as conn:
        names = conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).scalars().all()
        return [conn.execute(text(f'SELECT * FROM "{name}"')).all() for name in names]
