"""Lateness and losses of push over both local services, by what their own answers say of the time of a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from connectors.base import Connector
from connectors.microsoft.calendar_view import GraphCalendar
from connectors.microsoft.mail import GraphMail
from flows.pull import Ending, pull
from models.store.channels import Channel
from models.store.pushes import PushQuality
from models.store.store import Store
from tests.connectors.google.accounts import calendar, gmail
from tests.connectors.microsoft.harness import World
from tests.google_server import people
from tests.google_server.server import GoogleServer

ANA = "ana@example.org"
RAJ = "raj@northwind.example"


class Service(Protocol):
    """A local service: something happens there, time passes, and its connectors are opened."""

    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...
    def mail(self) -> None: ...
    def meeting(self) -> None: ...
    def connectors(self) -> dict[str, Connector]: ...


class Google:
    """Gmail and Calendar."""

    def __init__(self) -> None:
        self.server = GoogleServer()
        self.box, self.book = self.server.mailbox(ANA), self.server.agenda(ANA)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.server.clock.now(), UTC)

    def sleep(self, seconds: float) -> None:
        self.server.clock.sleep(seconds)

    def mail(self) -> None:
        people.write(self.box, self.now(), sender=RAJ, to=ANA)

    def meeting(self) -> None:
        people.meet(self.book, self.now() + timedelta(days=2), self.now(), with_whom=RAJ)

    def connectors(self) -> dict[str, Connector]:
        return {"mail": gmail(self.server, ANA), "meetings": calendar(self.server, ANA)}


class Microsoft:
    """Outlook and its calendar."""

    def __init__(self) -> None:
        self.world = World()

    def now(self) -> datetime:
        return self.world.clock.time()

    def sleep(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    def mail(self) -> None:
        self.world.box.deliver("inbox", at=self.now(), sender=RAJ)

    def meeting(self) -> None:
        start = (self.now() + timedelta(days=2)).replace(microsecond=0)
        self.world.agenda.add(start, now=self.now(), organiser=RAJ)

    def connectors(self) -> dict[str, Connector]:
        now = self.now()
        return {
            "mail": GraphMail(self.world.door(), now=now),
            "meetings": GraphCalendar(self.world.door(), now=now),
        }


@pytest.fixture(params=["google", "microsoft"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    if request.param == "google":
        yield Google()
        return
    made = Microsoft()
    yield made
    made.world.close()


class Desk:
    """Pulls of one service into a store, with a channel on each source."""

    def __init__(self, service: Service, store: Store) -> None:
        self.service, self.store = service, store
        self.sources = {what: each.source for what, each in service.connectors().items()}

    def listen(self) -> None:
        for what, source in self.sources.items():
            until = self.service.now() + timedelta(days=7)
            self.store.channels.keep(Channel(id=what, source=source, resource=what, secret="", expires_at=until))

    def told(self, what: str) -> None:
        assert self.store.channels.heard(what, now=self.service.now())

    def pull(self) -> None:
        directory = self.store.partners.directory(["example.org"])
        clock: Callable[[], datetime] = self.service.now
        for connector in self.service.connectors().values():
            assert pull(self.store, connector, directory, clock=clock, worker="test").ending is Ending.COMPLETE

    def quality(self, what: str) -> PushQuality:
        return self.store.pushes.quality(since=self.service.now() - timedelta(days=7))[self.sources[what]]


@pytest.mark.parametrize("what", ["mail", "meetings"])
def test_what_is_told_late_and_what_is_never_told_is_measured(what: str, service: Service, sqlite_store: Store) -> None:
    desk = Desk(service, sqlite_store)
    desk.pull()
    desk.listen()
    service.sleep(3600)
    desk.pull()
    happens = service.mail if what == "mail" else service.meeting

    service.sleep(60)
    happens()
    service.sleep(15)
    desk.told(what)
    service.sleep(2)
    desk.pull()
    service.sleep(1800)
    happens()  # and nobody says so
    service.sleep(1200)
    desk.pull()
    service.sleep(3600)
    desk.pull()

    found = desk.quality(what)
    assert (found.told, found.lost) == (1, 1)
    assert found.half == 20
    assert found.worst is not None
    assert 14 <= found.worst <= 16
