"""A tenant: mailboxes, calendars, app registrations, tokens, and what goes wrong on demand."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import random
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.microsoft_server.agenda import Agenda
from tests.microsoft_server.mailbox import Mailbox, Raw

TENANT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
SECRET = "a-client-secret"
READ_BASIC = ("Mail.ReadBasic", "Calendars.Read")

FAULTS = ("429", "429 long", "500", "503", "html", "truncated", "hang up", "410", "401", "timeout")


class Refused(Exception):
    """An answer that is an error: HTTP status, Graph's code, a message, further headers."""

    def __init__(self, status: int, code: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message or code)
        self.status, self.code, self.headers = status, code, headers or {}


@dataclass
class App:
    """An app registration. `problem` is an AADSTS number that its next sign-in gets."""

    client_id: str = CLIENT_ID
    secret: str | None = SECRET
    certificates: list[bytes] = field(default_factory=list)  # PEM
    roles: tuple[str, ...] = ("Mail.ReadBasic.All", "Calendars.Read", "Mail.Send")
    from_exchange: bool = False  # its roles are granted by Exchange alone: no token of Entra names them
    allowed: set[str] | None = None  # RBAC for Applications: only these mailboxes; None = all
    problem: str | None = None


@dataclass
class Grant:
    """What a token allows: `user` None = the app itself."""

    user: str | None
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime


@dataclass
class Round:
    """The state behind a nextLink or deltaLink: an opaque token on the wire."""

    kind: str  # messages, folders, events
    owner: str
    options: dict[str, str]
    queue: list[Any]
    since: int
    folder: str = ""
    start: datetime | None = None
    end: datetime | None = None
    sent: list[Any] = field(default_factory=list)


class Tenant:
    """Everything the local servers know; hold `lock` to touch it."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = clock or (lambda: datetime.now(UTC))
        self.id = TENANT_ID
        self.mailboxes: dict[str, Mailbox] = {}
        self.agendas: dict[str, Agenda] = {}
        self.apps = {CLIENT_ID: App()}
        self.problems: dict[str, str] = {}  # user -> AADSTS number of the next refresh or sign-in
        self.scopes: dict[str, tuple[str, ...]] = {}  # user -> what was consented
        self.grants: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.devices: dict[str, Raw] = {}
        self.codes: dict[str, Raw] = {}
        self.rounds: dict[str, Round] = {}
        self._count = itertools.count(1)
        self.subscriptions: dict[str, Raw] = {}
        self.events: deque[tuple[str, str]] = deque()  # (user, resource) to notify
        self.asked: Counter[str] = Counter()  # counted requests by kind, inner ones of a batch too
        self.trips = 0  # HTTP round trips
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight = 0
        self.limit_in_flight = 4
        self.spent: dict[str, deque[datetime]] = {}
        self.latency = 0.0
        self.page_limit = 1000
        self.replays = False
        self.header_refused = False  # whether internetMessageHeaders is refused under Mail.ReadBasic (UNVERIFIED)
        self.faults: tuple[str, ...] = ()
        self.fault_rate = 0.0
        self.fault_plan: deque[str] = deque()
        self.dice = random.Random(0)
        self.violations: list[str] = []

    def add_mailbox(self, address: str) -> Mailbox:
        """A user with an empty mailbox and calendar."""
        number = len(self.mailboxes) + 1
        self.mailboxes[address] = Mailbox(address, number)
        self.agendas[address] = Agenda(address, number)
        return self.mailboxes[address]

    def mailbox(self, name: str) -> Mailbox:
        """By address or object id; refuses as Graph does."""
        for box in self.mailboxes.values():
            if name.lower() in (box.address, box.id):
                if box.problem == "unlicensed":
                    raise Refused(
                        404,
                        "MailboxNotEnabledForRESTAPI",
                        "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
                    )
                if box.problem == "disabled":
                    raise Refused(403, "ErrorAccountSuspend", "The account is disabled.")
                return box
        raise Refused(404, "ErrorInvalidUser", "The requested user is invalid.")

    def token_for(
        self, user: str | None, client_id: str, scopes: tuple[str, ...], *, from_exchange: bool = False
    ) -> str:
        """A fresh access token, good for an hour: a JWT as Entra's, whose claims say what it may do."""
        names = [s.rsplit("/", 1)[-1] for s in scopes]
        claims: dict[str, object] = {"aud": "https://graph.microsoft.com", "appid": client_id}
        if user is not None:
            claims["scp"] = " ".join(names)
        elif names and not from_exchange:
            claims["roles"] = names
        parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "RS256"}, claims)]
        token = ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in [*parts, secrets.token_bytes(18)])
        self.grants[token] = Grant(user, client_id, scopes, self.clock() + timedelta(hours=1))
        return token

    def new_round(self, state: Round) -> str:
        """The opaque token of a state."""
        token = hashlib.blake2b(f"{id(self)} {next(self._count)}".encode(), digest_size=15).hexdigest()
        self.rounds[token] = state
        return token

    def age_tokens(self, user: str | None = None, folder: str | None = None) -> None:
        """Forget delta states: all, one user's, or one folder's."""
        self.rounds = {
            k: r for k, r in self.rounds.items() if (user and r.owner != user) or (folder and r.folder != folder)
        }

    def next_fault(self) -> str | None:
        """What goes wrong with this request; None = nothing."""
        if self.fault_plan:
            return self.fault_plan.popleft() or None
        if self.faults and self.dice.random() < self.fault_rate:
            return self.dice.choice(self.faults)
        return None

    def charge(self, user: str) -> None:
        """10,000 requests in 10 minutes for an app and mailbox."""
        now = self.clock()
        spent = self.spent.setdefault(user, deque())
        while spent and spent[0] < now - timedelta(minutes=10):
            spent.popleft()
        spent.append(now)
        if len(spent) > 10_000:
            raise Refused(429, "ApplicationThrottled", "Application is over its limit.", {"Retry-After": "30"})

    def enter(self, user: str) -> None:
        """One more request in flight for a mailbox; a fifth is refused."""
        self.in_flight[user] += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight[user])
        if self.in_flight[user] > self.limit_in_flight:
            raise Refused(429, "ApplicationThrottled", "MailboxConcurrency limit of 4.", {"Retry-After": "1"})

    def leave(self, user: str) -> None:
        """It is answered."""
        self.in_flight[user] -= 1
