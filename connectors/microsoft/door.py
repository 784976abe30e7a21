"""The one door to Microsoft Graph: time limits, retries, Retry-After, budget and errors, for one mailbox.

Graph allows an app 10,000 requests in 10 minutes and 4 at once on each mailbox, and 130,000 in 10 seconds over all
(learn.microsoft.com/graph/throttling-limits, Outlook service limits). The parts of a batch count each for itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import requests

from connectors.base import AccessDenied, ConnectorError, ServiceUnavailable
from connectors.budget import Lane, Limit, Pacer
from connectors.microsoft.refusals import NotThere, code_of, refused_request, wait_of
from connectors.microsoft.wire import unreachable

log = logging.getLogger(__name__)

IN_FLIGHT = 4
BATCH = 20
_TRIES = 6
_PATIENCE = 60.0  # a longer Retry-After is not ours to sit out
_BUSY = frozenset({408, 429, 500, 502, 503, 504, 509})
_seats: dict[str, threading.BoundedSemaphore] = {}
_seats_lock = threading.Lock()
# Spreads retries of many workers; nothing secret hangs on it.
_dice = random.Random()  # noqa: S311

Json = dict[str, Any]


class Tokens(Protocol):
    """Where the access token comes from."""

    app_only: bool

    def token(self, *, fresh: bool = False) -> str:
        """An access token; `fresh` = the last one was refused. AccessDenied, ServiceUnavailable."""


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one part of a batch; `body` None for an empty one."""

    status: int
    body: Json | None


def limits(mailbox: str, client_id: str) -> tuple[Limit, ...]:
    """What Graph allows for this mailbox, and for the application as a whole."""
    key = hashlib.blake2b(f"{client_id}:{mailbox}".encode(), digest_size=8).hexdigest()
    app = hashlib.blake2b(client_id.encode(), digest_size=8).hexdigest()
    return (
        Limit(bucket=f"graph:mailbox:{key}", units=10_000, seconds=600, reserve=0.1),
        Limit(bucket=f"graph:app:{app}", units=130_000, seconds=10),
    )


class GraphDoor:
    """Requests about one mailbox. Safe between threads; never more than four at once on a mailbox in this process."""

    def __init__(
        self,
        *,
        root: str,
        mailbox: str,
        tokens: Tokens,
        session: Callable[[], requests.Session],
        pacer: Pacer,
    ) -> None:
        self.root = root.rstrip("/")
        self.mailbox = mailbox
        self.base = f"/users/{quote(mailbox, safe='@')}" if tokens.app_only else "/me"
        self.lane = Lane.LIVE
        self._tokens = tokens
        self._session = session
        self._idle: list[requests.Session] = []
        self._pacer = pacer
        with _seats_lock:
            self._seats = _seats.setdefault(mailbox, threading.BoundedSemaphore(IN_FLIGHT))

    @property
    def way(self) -> str:
        """What links of this door belong to: they mean nothing at another Graph, or asked as somebody else."""
        return f"{self.root}{self.base}"

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()

    def get(self, address: str, prefer: str = "") -> Json:
        """The JSON at a path below the root, or at an absolute link that Graph gave.

        StateLost, NotThere; AccessDenied, ServiceUnavailable.
        """
        answered = self._ask("GET", self._absolute(address), prefer=prefer)
        if answered is None:
            raise ServiceUnavailable("Microsoft Graph sent an empty answer")
        return answered

    def send(self, method: str, address: str, body: Json | None = None, prefer: str = "") -> Json | None:
        """A POST, PATCH or DELETE; None for an empty answer. Raises as `get` does."""
        return self._ask(method, self._absolute(address), body, prefer=prefer, repeatable=method != "POST")

    def send_mime(self, address: str, encoded: str) -> None:
        """A POST of a mail as it is: Graph takes MIME as base64 in text/plain. Never sent twice by itself."""
        self._ask("POST", self._absolute(address), encoded.encode("ascii"), repeatable=False)

    def batch(self, addresses: Sequence[str], prefer: str = "") -> dict[str, Part]:
        """Many GETs in few round trips; each counts as a request. Parts that were refused for now are asked again.

        Gives an answer for each address: found, NotThere's 404 or another refusal, as its status.
        """
        found: dict[str, Part] = {}
        waiting = list(dict.fromkeys(addresses))
        for _ in range(_TRIES):
            again: list[str] = []
            rest = 0.0
            for some in _chunks(waiting, BATCH):
                answers, wanted = self._batch_once(some, prefer)
                rest = max(rest, wanted)
                for address in some:
                    part = answers.get(address)
                    if part is None or part.status in _BUSY:
                        again.append(address)
                    else:
                        found[address] = part
            if not again:
                return found
            waiting = again
            if rest > _PATIENCE:
                break
            self._pacer.pause(max(rest, 1.0))
        raise ServiceUnavailable("Microsoft Graph is busy")

    def get_each(self, addresses: Sequence[str], prefer: str = "") -> dict[str, Json | None]:
        """What is found at each address; None where nothing is. Other refusals raise."""
        found: dict[str, Json | None] = {}
        for address, part in self.batch(addresses, prefer).items():
            if part.status == 200 and part.body is not None:
                found[address] = part.body
                continue
            refused = refused_request(part.status, part.body, app_only=self._tokens.app_only)
            if not isinstance(refused, NotThere):
                raise refused
            found[address] = None
        return found

    def _batch_once(self, addresses: Sequence[str], prefer: str) -> tuple[dict[str, Part], float]:
        headers = {"headers": {"Prefer": prefer}} if prefer else {}
        parts = [{"id": str(n), "method": "GET", "url": a, **headers} for n, a in enumerate(addresses)]
        answered = self._ask("POST", f"{self.root}/$batch", {"requests": parts}, units=len(parts)) or {}
        found: dict[str, Part] = {}
        rest = 0.0
        for part in answered.get("responses") or ():
            if not isinstance(part, dict) or not str(part.get("id")).isdigit() or int(part["id"]) >= len(addresses):
                continue
            status = int(part.get("status") or 0)
            if status in _BUSY:
                rest = max(rest, wait_of(part.get("headers") or {}, 1.0).total_seconds())
            body = part.get("body")
            found[addresses[int(part["id"])]] = Part(status, body if isinstance(body, dict) else None)
        return found, rest

    def _absolute(self, address: str) -> str:
        if not address.startswith("http"):
            return f"{self.root}{address}"
        if not address.startswith(f"{self.root}/"):
            # A link is followed with our token: never to another host than the one we were told.
            raise ServiceUnavailable("Microsoft Graph gave a link to another host")
        return address

    def _ask(
        self,
        method: str,
        url: str,
        body: Json | bytes | None = None,
        *,
        prefer: str = "",
        units: int = 1,
        repeatable: bool = True,
    ) -> Json | None:
        trouble: ConnectorError = ServiceUnavailable("Microsoft Graph is busy")
        fresh, refused_tokens = False, 0
        for attempt in range(_TRIES):
            token = self._tokens.token(fresh=fresh)
            fresh = False
            self._pacer.spend(units, self.lane)
            try:
                response = self._once(method, url, body, token, prefer)
                answered = _json_of(response)
            except (OSError, ValueError) as e:  # requests raises OSErrors
                trouble = _lost(e)
                if not repeatable:  # it may have been done all the same
                    raise trouble from e
                trouble.__cause__ = e
                self._pacer.pause(_backoff(attempt))
                continue
            status = response.status_code
            if status < 300:
                return answered
            if status == 401 and refused_tokens < 2:
                fresh, refused_tokens = True, refused_tokens + 1
                trouble = AccessDenied(
                    "Microsoft no longer accepts our sign-in: run `gonequiet connect microsoft` again"
                )
                continue
            if status in _BUSY and "sync" not in code_of(answered):  # a lost position is none that waiting mends
                wait = wait_of(response.headers, _backoff(attempt))
                trouble = ServiceUnavailable(f"Microsoft Graph is busy (HTTP {status})", wait)
                log.info("graph: HTTP %d, %.0f s to wait", status, wait.total_seconds())
                if status == 429:
                    self._pacer.refused(wait.total_seconds())
                if wait.total_seconds() > _PATIENCE:
                    raise trouble
                if status != 429:
                    self._pacer.pause(wait.total_seconds())
                continue
            raise refused_request(status, answered, app_only=self._tokens.app_only)
        raise trouble

    def _once(self, method: str, url: str, body: Json | bytes | None, token: str, prefer: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if prefer:
            headers["Prefer"] = prefer
        with self._seats, self._borrowed() as session:
            if isinstance(body, bytes):
                return session.request(method, url, data=body, headers={**headers, "Content-Type": "text/plain"})
            return session.request(method, url, json=body, headers=headers)

    @contextmanager
    def _borrowed(self) -> Iterator[requests.Session]:
        """A session for one request: none serves two threads at once, and its connection stays open for the next."""
        try:
            session = self._idle.pop()
        except IndexError:
            session = self._session()
        try:
            yield session
        finally:
            self._idle.append(session)


def _lost(e: OSError | ValueError) -> ServiceUnavailable:
    """Why there is no answer: none came, or an error page in HTML, or half of one."""
    if isinstance(e, OSError):
        return ServiceUnavailable(unreachable("Microsoft Graph", e))
    return ServiceUnavailable("Microsoft Graph sent something that is not JSON")


def _json_of(response: requests.Response) -> Json | None:
    if response.status_code in (202, 204) or (response.status_code < 300 and not response.content):
        return None
    try:
        answered = json.loads(response.content)
    except ValueError:
        if response.status_code < 300:
            raise
        return None  # an error whose page is not JSON is still that error
    if not isinstance(answered, dict):
        raise ValueError("not a JSON object")
    return answered


def _backoff(attempt: int) -> float:
    return float(min(30.0, 0.5 * 2**attempt) * _dice.uniform(0.5, 1.0))


def _chunks(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[i : i + size] for i in range(0, len(items), size))
