"""The contract of every connector, for Gmail and for Calendar, over the local server and Google's own client."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from connectors.base import Connector
from tests.connectors.contract import ConnectorContract, last_cursor
from tests.connectors.google.accounts import calendar, gmail
from tests.google_server import people
from tests.google_server.server import GoogleServer

ANA = "ana@example.org"


def server_with_mails(n: int) -> GoogleServer:
    server = GoogleServer()
    box = server.mailbox(ANA)
    for i in range(n):
        add_mail(server, i)
    assert len(box.mails) == n
    return server


def add_mail(server: GoogleServer, i: int) -> None:
    at = people.when(server.clock.now()) - timedelta(days=30 - i / 10)
    people.write(server.mailbox(ANA), at, sender=people.PARTNERS[i % 3], to=ANA)


def server_with_meetings(n: int) -> GoogleServer:
    server = GoogleServer()
    server.agenda(ANA)
    for i in range(n):
        add_meeting(server, i)
    return server


def add_meeting(server: GoogleServer, i: int) -> None:
    now = people.when(server.clock.now())
    people.meet(server.agenda(ANA), now + timedelta(hours=i), now, with_whom=people.PARTNERS[i % 3])


class Google(ConnectorContract):
    """What both have in common: a server per connector."""

    servers: dict[int, tuple[GoogleServer, int]]

    def setup_method(self) -> None:
        self.servers = {}

    def noted(self, connector: Connector, server: GoogleServer, page_size: int) -> Connector:
        self.servers[id(connector)] = (server, page_size)
        return connector

    def server_of(self, connector: Connector) -> tuple[GoogleServer, int]:
        return self.servers[id(connector)]


class TestGmail(Google):
    def make(self, n: int, page_size: int) -> Connector:
        server = server_with_mails(n)
        server.page_size = page_size
        return self.noted(gmail(server), server, page_size)

    def reopen(self, connector: Connector) -> Connector:
        server, page_size = self.server_of(connector)
        return self.noted(gmail(server), server, page_size)

    def more(self, connector: Connector, k: int) -> int:
        server, _ = self.server_of(connector)
        for i in range(k):
            add_mail(server, 100 + i)
        return k

    def expired(self) -> tuple[Connector, str]:
        server = server_with_mails(3)
        cursor = last_cursor(gmail(server).pages(None))
        server.mailbox(ANA).age()
        assert cursor is not None
        return gmail(server), cursor

    def broken(self) -> Iterable[Connector]:
        return broken(lambda: server_with_mails(3), gmail)


class TestCalendar(Google):
    def make(self, n: int, page_size: int) -> Connector:
        server = server_with_meetings(n)
        server.page_size = page_size
        return self.noted(calendar(server), server, page_size)

    def reopen(self, connector: Connector) -> Connector:
        server, page_size = self.server_of(connector)
        return self.noted(calendar(server), server, page_size)

    def more(self, connector: Connector, k: int) -> int:
        server, _ = self.server_of(connector)
        for i in range(k):
            add_meeting(server, 100 + i)
        return k

    def expired(self) -> tuple[Connector, str]:
        server = server_with_meetings(3)
        cursor = last_cursor(calendar(server).pages(None))
        server.agenda(ANA).age()
        assert cursor is not None
        return calendar(server), cursor

    def broken(self) -> Iterable[Connector]:
        return broken(lambda: server_with_meetings(3), calendar)


def broken(make: Any, connect: Any) -> Iterable[Connector]:
    for kind in ("429", "403", "500", "503", "html error", "html body", "truncated", "timeout", "401"):
        server = make()
        server.faults.begin([kind], 1.0, server.faults.dice)
        yield connect(server, patience=60)
    server = make()
    connector = connect(server)
    for token in list(server.desk.refresh):
        del server.desk.refresh[token]
    yield connector
