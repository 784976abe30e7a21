"""Subscriptions from birth to renewal and loss, over the real receiver on a local port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from connectors.base import ServiceUnavailable
from connectors.microsoft.refusals import NotThere
from connectors.microsoft.subscriptions import LIFE, Lifecycle, Receiver, Watched, keep_alive, renew, stop, subscribe
from tests.connectors.microsoft.harness import ANA, World
from web.microsoft_push import CHANGES, LIFECYCLE, routes


class Post:
    """The receiver, served; what it believed, and the secrets it knows."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.heard: list[tuple[str, str | None]] = []
        app = Starlette(routes=routes(self.secrets.get, lambda who, what: self.heard.append((who, what))))
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    @property
    def receiver(self) -> Receiver:
        """Graph wants https; the local server delivers to the same port in the clear."""
        base = f"https://127.0.0.1:{self.port}"
        return Receiver(changes=base + CHANGES, lifecycle=base + LIFECYCLE)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    yield made
    made.close()


def test_a_subscription_lives_as_long_as_graph_allows_with_a_secret_of_its_own(world: World, post: Post) -> None:
    now = world.clock.time()

    kept, blind = keep_alive(world.door(), [], post.receiver, now=now)

    assert blind
    assert [one.watched for one in kept] == [Watched.MAIL, Watched.CALENDAR]
    assert all(one.expires_at - now == LIFE for one in kept)
    assert len({one.client_state for one in kept}) == 2
    assert all(one.client_state not in repr(one) for one in kept)


def test_an_address_that_does_not_answer_the_handshake_is_refused(world: World, post: Post) -> None:
    nowhere = Receiver(changes=f"https://127.0.0.1:{post.port}/nothing", lifecycle=post.receiver.lifecycle)

    with pytest.raises((ServiceUnavailable, NotThere)):
        subscribe(world.door(), Watched.MAIL, nowhere, now=world.clock.time())
    assert world.tenant.subscriptions == {}


def test_a_notification_is_believed_by_its_secret_alone(world: World, post: Post) -> None:
    one = subscribe(world.door(), Watched.MAIL, post.receiver, now=world.clock.time())
    hooks = world.server.graph.hooks

    assert hooks.notify(ANA, "messages") == [202]
    assert post.heard == []  # its secret is not known to the receiver yet

    post.secrets[one.id] = one.client_state
    assert hooks.notify(ANA, "messages") == [202]
    assert post.heard == [(one.id, None)]

    world.tenant.subscriptions[one.id]["clientState"] = "a guess"
    assert hooks.notify(ANA, "messages") == [202]
    assert len(post.heard) == 1


@pytest.mark.parametrize("event", list(Lifecycle))
def test_every_lifecycle_notification_is_passed_on(world: World, post: Post, event: Lifecycle) -> None:
    one = subscribe(world.door(), Watched.MAIL, post.receiver, now=world.clock.time())
    post.secrets[one.id] = one.client_state

    assert world.server.graph.hooks.lifecycle(one.id, event) == 202
    assert post.heard == [(one.id, event.value)]


def test_a_young_subscription_is_left_alone_and_an_old_one_renewed(world: World, post: Post) -> None:
    door, now = world.door(), world.clock.time()
    kept, _ = keep_alive(door, [], post.receiver, now=now)
    asked = world.tenant.asked["subscriptions"]

    again, blind = keep_alive(door, kept, post.receiver, now=now + timedelta(days=1))
    assert (again, blind) == (kept, False)
    assert world.tenant.asked["subscriptions"] == asked

    world.clock.sleep(6 * 86_400)
    renewed, blind = keep_alive(door, kept, post.receiver, now=world.clock.time())
    assert not blind
    assert [one.id for one in renewed] == [one.id for one in kept]
    assert all(one.expires_at > world.clock.time() + timedelta(days=6) for one in renewed)


def test_what_graph_dropped_or_let_run_out_is_made_again_and_read_over(world: World, post: Post) -> None:
    door = world.door()
    kept, _ = keep_alive(door, [], post.receiver, now=world.clock.time())
    del world.tenant.subscriptions[kept[0].id]

    heard = frozenset({(kept[0].id, Lifecycle.REMOVED)})
    again, blind = keep_alive(door, kept, post.receiver, now=world.clock.time(), heard=heard)
    assert blind
    assert again[0].id != kept[0].id
    assert again[1] == kept[1]

    world.clock.sleep(8 * 86_400)
    assert renew(door, again[0], now=world.clock.time()) is None
    anew, blind = keep_alive(door, again, post.receiver, now=world.clock.time())
    assert blind
    assert not {one.id for one in anew} & {one.id for one in again}


def test_reauthorization_renews_and_missed_reads_over(world: World, post: Post) -> None:
    door = world.door()
    kept, _ = keep_alive(door, [], post.receiver, now=world.clock.time())
    world.clock.sleep(86_400)

    heard = frozenset({(kept[0].id, Lifecycle.REAUTHORIZE)})
    renewed, blind = keep_alive(door, kept, post.receiver, now=world.clock.time(), heard=heard)
    assert not blind
    assert renewed[0].expires_at > kept[0].expires_at

    missed = frozenset({(kept[1].id, Lifecycle.MISSED)})
    assert keep_alive(door, renewed, post.receiver, now=world.clock.time(), heard=missed)[1]


def test_stopping_twice_is_stopping_once(world: World, post: Post) -> None:
    one = subscribe(world.door(), Watched.MAIL, post.receiver, now=world.clock.time())

    stop(world.door(), one)
    stop(world.door(), one)

    assert world.tenant.subscriptions == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"value": 7}', b"\xff", b"[" * 2000, b"x" * 1_100_000])
def test_nonsense_is_refused_and_believed_by_nobody(post: Post, body: bytes) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answered = session.post(f"http://127.0.0.1:{post.port}{CHANGES}", data=body, timeout=5)

    assert answered.status_code == 400
    assert post.heard == []


@pytest.mark.parametrize("value", [[7], [{}], [{"subscriptionId": 1, "clientState": []}], [{"subscriptionId": "x"}]])
def test_notes_without_a_known_secret_are_accepted_and_dropped(post: Post, value: list[object]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answered = session.post(f"http://127.0.0.1:{post.port}{CHANGES}", json={"value": value}, timeout=5)

    assert answered.status_code == 202
    assert post.heard == []
