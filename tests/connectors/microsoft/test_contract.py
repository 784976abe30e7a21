"""Outlook mail and calendar keep what every connector promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest

from connectors.base import Connector
from connectors.microsoft.calendar_view import GraphCalendar
from connectors.microsoft.mail import GraphMail
from tests.connectors.contract import ConnectorContract
from tests.connectors.microsoft.harness import ANA, START, World
from tests.microsoft_server.agenda import attendee


class _OverTheServer(ConnectorContract):
    worlds: dict[int, World]

    @pytest.fixture(autouse=True)
    def _servers(self) -> Iterator[None]:
        self.worlds = {}
        yield
        for world in {id(w): w for w in self.worlds.values()}.values():
            world.close()

    def open(self, world: World, page_size: int) -> Connector:
        raise NotImplementedError

    def fill(self, world: World, n: int) -> None:
        raise NotImplementedError

    def make(self, n: int, page_size: int) -> Connector:
        world = World()
        self.fill(world, n)
        return self._known(world, self.open(world, page_size))

    def reopen(self, connector: Connector) -> Connector:
        world = self.worlds[id(connector)]
        return self._known(world, self.open(world, 4))

    def more(self, connector: Connector, k: int) -> int:
        self.fill(self.worlds[id(connector)], k)
        return k

    def expired(self) -> tuple[Connector, str]:
        return self.make(3, 10), '{"version":"graph-of-old/0"}'

    def broken(self) -> Iterable[Connector]:
        for fault in ("429 long", "503", "html", "truncated", "hang up", "401"):
            connector = self.make(3, 10)
            self.worlds[id(connector)].tenant.fault_plan.extend([fault] * 400)
            yield connector
        for problem in ("unlicensed", "disabled"):
            connector = self.make(3, 10)
            self.worlds[id(connector)].box.problem = problem
            yield connector
        world = World()
        world.tenant.scopes[ANA] = ()
        yield self._known(world, self.without_permission(world))

    def without_permission(self, world: World) -> Connector:
        raise NotImplementedError

    def _known(self, world: World, connector: Connector) -> Connector:
        self.worlds[id(connector)] = world
        self._kept = [*getattr(self, "_kept", []), connector]  # ids of living objects do not repeat
        return connector


class TestGraphMail(_OverTheServer):
    """Mail."""

    def open(self, world: World, page_size: int) -> Connector:
        return GraphMail(world.door(), now=world.clock.time(), page_size=page_size)

    def fill(self, world: World, n: int) -> None:
        for i in range(n):
            folder, sender = (("inbox", "ann@northwind.example"), ("sentitems", ANA), ("archive", "b@c.example"))[i % 3]
            world.box.deliver(folder, at=START - timedelta(hours=i), sender=sender)

    def without_permission(self, world: World) -> Connector:
        return GraphMail(world.door(scopes=("User.Read",)), now=START)


class TestGraphCalendar(_OverTheServer):
    """Calendar: every fourth item is an occurrence of a series whose rows come almost empty."""

    def open(self, world: World, page_size: int) -> Connector:
        return GraphCalendar(world.door(), now=world.clock.time(), page_size=page_size)

    def fill(self, world: World, n: int) -> None:
        guests = (attendee("ann@northwind.example", "accepted"),)
        in_series = n // 4
        if in_series:
            starts = [START + timedelta(days=7 * i) for i in range(in_series)]
            world.agenda.add_series(starts, attendees=guests, now=START)
        for i in range(n - in_series):
            world.agenda.add(START + timedelta(hours=3 * i), attendees=guests, now=START)

    def without_permission(self, world: World) -> Connector:
        return GraphCalendar(world.door(scopes=("User.Read",)), now=START)
