"""The local Google: what comes in is checked as Google checks it, what goes out fits Google's schemas.

`handle` answers one request and knows no sockets; `front.py` puts it behind a port, `wire.py` hands it to the real
client without one. Time is the server's own clock: it moves with each request by the latency set, and by sleeping.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.google_server import schemas
from tests.google_server.agenda import Agenda
from tests.google_server.faults import Faults, Reply, error
from tests.google_server.mailbox import Mailbox
from tests.google_server.tokens import TokenDesk

Query = Mapping[str, list[str]]
Handler = Callable[..., dict[str, Any]]
NEW = {"gmail.users.messages.get": 20, "gmail.users.threads.get": 40}
OLD = {"gmail.users.messages.get": 5, "gmail.users.threads.get": 10}
BOTH = {
    "gmail.users.getProfile": 1,
    "gmail.users.messages.list": 5,
    "gmail.users.threads.list": 10,
    "gmail.users.history.list": 2,
    "gmail.users.watch": 100,
    "gmail.users.stop": 50,
    "gmail.users.messages.send": 100,
}


class Refused(Exception):
    """The request is not answered; carries Google's answer."""

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.reply = error(status, reason, message, retry_after)


class ServerClock:
    """Time that moves with requests and sleeping."""

    def __init__(self, start: float = 1_790_000_000.0) -> None:  # 2026-09-21
        self.time = start

    def now(self) -> float:
        """Seconds since 1970."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.time += seconds


class GoogleServer:
    """Gmail, Calendar and the token endpoint over mailboxes and agendas in memory."""

    def __init__(self, clock: Any = None, *, prices: str = "new", quota: bool = True) -> None:
        self.clock = clock or ServerClock()
        self.prices = {**BOTH, **(NEW if prices == "new" else OLD)}
        self.per_minute = 6000 if prices == "new" else 15000
        self.calendar_per_minute = 600
        self.quota = quota
        self.validate = True
        self.latency = 0.0
        self.part_latency = 0.0
        self.page_size: int | None = None  # smaller pages than asked for, as Google may give
        self.mailboxes: dict[str, Mailbox] = {}
        self.agendas: dict[str, list[Agenda]] = {}
        self.desk = TokenDesk()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.requests = 0
        self.units: Counter[str] = Counter()
        self.refusals = 0
        self.biggest_batch = 0
        self.suspended: set[str] = set()
        self.channels: dict[str, dict[str, Any]] = {}
        self._spent: dict[str, list[tuple[float, int]]] = {}

    # --- admin door

    def mailbox(self, address: str) -> Mailbox:
        """The mailbox of this address, made if it is new."""
        return self.mailboxes.setdefault(address, Mailbox(address))

    def agenda(self, address: str) -> Agenda:
        """The primary calendar of this address, made if it is new."""
        return self.agendas.setdefault(address, [Agenda(address, address)])[0]

    def calm(self) -> None:
        """No faults, no quota in debt."""
        self.faults.end()
        self._spent.clear()

    # --- the wire

    def handle(self, verb: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One HTTP request."""
        self.requests += 1
        self.clock.sleep(self.latency)
        split = urlsplit(url)
        headers = {key.lower(): value for key, value in headers.items()}
        query = parse_qs(split.query, keep_blank_values=True)
        if split.path == "/o/oauth2/auth":
            return self.desk.consent(query)
        if split.path.startswith("/admin/") and not split.path.startswith("/admin/directory/"):
            from tests.google_server.admin import happen  # noqa: PLC0415 - the door stands over this class

            return happen(self, split.path.removeprefix("/admin/"), body)

        def forget_token() -> None:
            self.desk.access.pop(headers.get("authorization", "").removeprefix("Bearer "), None)

        def answer() -> Reply:
            if split.path == "/token":
                return self.desk.token(body, self.clock.now())
            if split.path == "/revoke":
                return self.desk.revoke(body, query)
            if split.path in {"/batch", "/batch/gmail/v1", "/batch/calendar/v3"}:
                return self._batch(headers, body)
            return self.call(verb, split.path, query, headers, body)

        if split.path == "/token" and not self.faults.on_token:
            return answer()
        return self.faults.around(answer, forget_token)

    def _batch(self, headers: Mapping[str, str], body: bytes) -> Reply:
        boundary = re.search(r'boundary="?([^";]+)', headers["content-type"])
        assert boundary is not None
        parts = body.decode().split("--" + boundary.group(1))[1:-1]
        if len(parts) > 100:
            return error(400, "badRequest", "The batch has too many calls")
        self.biggest_batch = max(self.biggest_batch, len(parts))
        answers = []
        for part in parts:
            head, _, request = part.lstrip("\r\n").replace("\r\n", "\n").partition("\n\n")
            name = re.search(r"(?im)^content-id:\s*<(.+)>", re.sub(r"\n[ \t]+", " ", head))  # long ones are folded
            assert name is not None
            line, _, rest = request.partition("\n")
            inner_head, _, inner_body = rest.partition("\n\n")
            verb, target, _ = line.split(" ", 2)
            inner = dict(h.split(": ", 1) for h in inner_head.splitlines() if ": " in h)
            inner = {key.lower(): value for key, value in inner.items()}
            split = urlsplit(target)
            self.clock.sleep(self.part_latency)
            if self.faults.poisons(split.path):
                reply = error(500, "backendError", "Internal error")
            elif self.faults.strikes("partial batch"):
                status = self.faults.dice.choice([403, 429, 500, 503, 400])
                reason = (
                    "failedPrecondition" if status == 400 else "rateLimitExceeded" if status < 500 else "backendError"
                )
                reply = error(status, reason, "Precondition check failed." if status == 400 else "try later")
            else:
                auth = {"authorization": inner.get("authorization", headers.get("authorization", ""))}
                reply = self.call(verb, split.path, parse_qs(split.query), auth, inner_body.encode())
            answers.append(
                f"Content-Type: application/http\r\nContent-ID: <response-{name.group(1)}>\r\n\r\n"
                f"HTTP/1.1 {reply.status} {'OK' if reply.status < 400 else 'Error'}\r\n"
                + "".join(f"{key}: {value}\r\n" for key, value in reply.headers.items())
                + f"Content-Length: {len(reply.body)}\r\n\r\n{reply.body.decode()}\r\n"
            )
        edge = "batch_local"
        text = "".join(f"--{edge}\r\n{answer}" for answer in answers) + f"--{edge}--\r\n"
        return Reply(200, text.encode(), {"content-type": f'multipart/mixed; boundary="{edge}"'})

    def call(self, verb: str, path: str, query: Query, headers: Mapping[str, str], body: bytes) -> Reply:
        """One API call, alone or in a batch: method, token, scope, quota, parameters, answer, schema."""
        # Imported here because the routes are declared over this class.
        from tests.google_server.routes import ROUTES  # noqa: PLC0415

        for method in schemas.methods():
            match = method.path.match(path) if method.verb == verb and method.id in ROUTES else None
            if match is not None:
                break
        else:
            return error(404, "notFound", "Not Found")
        try:
            address, scopes = self._bearer(headers)
            if method.scopes and not scopes & method.scopes:
                raise Refused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
            parameters = {name: unquote(value) for name, value in match.groupdict().items()}
            unknown = query.keys() - method.parameters - {"alt", "fields", "key", "prettyPrint", "quotaUser"}
            if unknown:
                raise Refused(400, "invalidParameter", f"Unknown name {min(unknown)}")
            self._charge(method, address)
            self.calls[method.id] += 1
            answer = ROUTES[method.id](self, address, scopes, query, json.loads(body.strip() or b"{}"), **parameters)
            if "fields" in query:
                answer = schemas.masked(answer, query["fields"][0])
        except Refused as refused:
            return refused.reply
        except ValueError as e:
            return error(400, "invalidParameter", str(e))
        if self.validate and method.answer is not None:
            schemas.check(method.api, method.answer, answer)
        return Reply(200 if method.answer else 204, json.dumps(answer).encode() if method.answer else b"")

    def _bearer(self, headers: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        grant = self.desk.access.get(headers.get("authorization", "").removeprefix("Bearer "))
        if grant is None or grant.expires < self.clock.now():
            raise Refused(401, "authError", "Invalid Credentials")
        return grant.address, grant.scopes

    def _charge(self, method: schemas.Method, address: str) -> None:
        gmail = method.api == "gmail.v1"
        price, limit = (self.prices.get(method.id, 5), self.per_minute) if gmail else (1, self.calendar_per_minute)
        bucket, now = f"{method.api}:{address}", self.clock.now()
        spent = [(at, units) for at, units in self._spent.get(bucket, []) if at > now - 60]
        if self.quota and sum(units for _, units in spent) + price > limit:
            self.refusals += 1
            status = 403 if self.refusals % 2 else 429
            reason = "userRateLimitExceeded" if status == 403 else "rateLimitExceeded"
            raise Refused(status, reason, "Quota exceeded for quota metric 'Queries'")
        self.units[bucket] += price
        if spent and spent[-1][0] == now:
            spent[-1] = (now, spent[-1][1] + price)
        else:
            spent.append((now, price))
        self._spent[bucket] = spent
