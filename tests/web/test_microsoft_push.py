"""The receiver over the store: a notification with its secret marks one source dirty, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from models.store.channels import Channel
from models.store.store import Store
from web.microsoft_push import CHANGES, LIFECYCLE, receivers

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "push.db")
    for name in ("outlook:ana", "outlook-calendar:ana"):
        opened.sources.ensure(name, live=True)
    expires = NOW + timedelta(days=7)
    opened.channels.keep(
        Channel(id="sub-1", source="outlook:ana", resource="messages", expires_at=expires, secret="right")
    )
    yield opened
    opened.close()


class Sender:
    """Whoever posts to the receiver."""

    def __init__(self, store: Store) -> None:
        self._app = Starlette(routes=receivers(store, clock=lambda: NOW))

    def post(self, path: str, **more: Any) -> httpx.Response:
        """One delivery."""
        return self.send("POST", path, **more)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request."""

        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://us") as client:
                return await client.request(method, path, **more)

        return asyncio.run(go())


@pytest.fixture
def client(store: Store) -> Sender:
    return Sender(store)


def note(secret: str, **more: str) -> dict[str, object]:
    return {"value": [{"subscriptionId": "sub-1", "clientState": secret, **more}]}


@pytest.mark.parametrize("address", [CHANGES, LIFECYCLE])
def test_the_handshake_gives_the_token_back_as_plain_text(client: Sender, address: str) -> None:
    answered = client.post(address, params={"validationToken": "<b>&+ ü"})

    assert (answered.status_code, answered.text) == (200, "<b>&+ ü")
    assert answered.headers["content-type"].startswith("text/plain")


def test_the_right_secret_marks_its_source_dirty_once(client: Sender, store: Store) -> None:
    burst = {"value": [{"subscriptionId": "sub-1", "clientState": "right", "changeType": "created"}] * 200}

    assert client.post(CHANGES, json=burst).status_code == 202
    assert store.sources.dirty() == ["outlook:ana"]


def test_a_wrong_secret_is_answered_alike_and_marks_nothing(client: Sender, store: Store) -> None:
    assert client.post(CHANGES, json=note("wrong")).status_code == 202
    assert store.sources.dirty() == []


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_a_lifecycle_event_waits_for_the_hourly_round(client: Sender, store: Store, event: str) -> None:
    client.post(LIFECYCLE, json=note("right", lifecycleEvent=event))

    held = store.channels.find("sub-1")
    assert held is not None
    assert held.config["events"] == [event]


def test_an_event_that_graph_does_not_know_is_dropped(client: Sender, store: Store) -> None:
    client.post(LIFECYCLE, json=note("right", lifecycleEvent="rm -rf"))

    assert store.sources.dirty() == []


def test_nothing_answers_a_get(client: Sender) -> None:
    assert client.send("GET", CHANGES).status_code == 405
