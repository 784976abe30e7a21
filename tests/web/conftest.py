"""A browser on a store with one quiet partner."""

from __future__ import annotations

import pytest

from models.records import State
from models.store.store import Store
from tests.alerts.scene import NOW, add_partner, turn
from tests.web.browser import Browser
from tests.web.scene import SETTINGS, sight
from web.app import create_app


@pytest.fixture
def page(sqlite_store: Store) -> Browser:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    app = create_app(sqlite_store, SETTINGS, clock=lambda: NOW, sight=sight(sqlite_store))
    return Browser(app, "https://page.example")
