"""What the tests of the Microsoft connector share: a server, and doors over it that never really wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connectors.budget import Pacer
from connectors.microsoft.door import GraphDoor, limits
from tests.connectors.memory_budget import MemoryBudget
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, READ_BASIC, Tenant

ANA = "ana@example.org"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovingClock:
    """A clock of both sides: waiting moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = threading.Lock()

    def time(self) -> datetime:
        """The moment, UTC."""
        with self._lock:
            return self._now

    def now(self) -> float:
        """Seconds since 1970."""
        return self.time().timestamp()

    def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        with self._lock:
            self._now += timedelta(seconds=seconds)


class IssuedTokens:
    """Tokens straight from the tenant: what msal does is tested by itself."""

    def __init__(self, tenant: Tenant, user: str | None = ANA, scopes: tuple[str, ...] = READ_BASIC) -> None:
        self.app_only = user is None
        self._tenant, self._user, self._scopes = tenant, user, scopes
        self._token = ""

    def token(self, *, fresh: bool = False) -> str:
        """The current one, or a new one."""
        if fresh or self._token not in self._tenant.grants or self._expired():
            self._token = self._tenant.token_for(self._user, CLIENT_ID, self._scopes)
        return self._token

    def _expired(self) -> bool:
        return self._tenant.grants[self._token].expires < self._tenant.clock()


class World:
    """One server with one mailbox, and doors to it."""

    def __init__(self) -> None:
        self.clock = MovingClock()
        self.tenant = Tenant(self.clock.time)
        self.server = MicrosoftServer(self.tenant)
        self.box = self.tenant.add_mailbox(ANA)
        self.agenda = self.tenant.agendas[ANA]
        self.doors: list[GraphDoor] = []
        self.budget = MemoryBudget()
        self._sessions: list[requests.Session] = []
        self._idle: list[requests.Session] = []

    def door(self, mailbox: str = ANA, *, user: str | None = ANA, **more: Any) -> GraphDoor:
        """A new door, as after a restart."""
        made = GraphDoor(
            root=self.server.graph_root,
            mailbox=mailbox,
            tokens=IssuedTokens(self.tenant, user, **more),
            session=self.session_maker(),
            pacer=Pacer(self.budget, limits(mailbox, CLIENT_ID), self.clock),
        )
        self.doors.append(made)
        return made

    def session_maker(self) -> Callable[[], requests.Session]:
        """Sessions that trust the server and give up soon."""

        def make() -> requests.Session:
            if self._idle:
                return self._idle.pop()
            session = self.server.session()
            plain = session.request
            session.request = lambda *a, **k: plain(*a, **{"timeout": 5, **k})  # type: ignore[method-assign]
            self._sessions.append(session)
            # A door that is closed gives its connection to the next one: handshakes would take most of the time.
            session.close = lambda: self._idle.append(session)  # type: ignore[method-assign]
            return session

        return make

    def close(self) -> None:
        """Close every door and the server."""
        for door in self.doors:
            door.close()
        for session in self._sessions:
            requests.Session.close(session)
        self.server.close()
