"""Everything that goes wrong between a client and Google, at random or on order."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "429",
    "403",
    "500",
    "503",
    "401",
    "html error",
    "html body",
    "truncated",
    "timeout",
    "lost answer",
    "partial batch",
    "poison",
    "duplicates",
    "reordered",
    "empty page",
    "expired",
)
_HTML = b"<!DOCTYPE html><html><head><title>Error 502 (Server Error)!!1</title></head><body>That's all we know."
REASONS = {429: "rateLimitExceeded", 403: "rateLimitExceeded", 500: "backendError", 503: "backendError"}


class Timeout(TimeoutError):
    """The client would wait in vain."""


@dataclass(slots=True)
class Reply:
    """An HTTP answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json; charset=UTF-8"})


def error(status: int, reason: str, message: str, retry_after: float | None = None) -> Reply:
    """Google's error answer."""
    body = {
        "error": {
            "code": status,
            "message": message,
            "errors": [
                {"domain": "usageLimits" if "Limit" in reason else "global", "reason": reason, "message": message}
            ],
        }
    }
    reply = Reply(status, json.dumps(body).encode())
    if retry_after is not None:
        reply.headers["retry-after"] = f"{retry_after:.0f}"
    return reply


class Faults:
    """Which requests suffer what: a share of all, or the next ones on a list."""

    def __init__(self) -> None:
        self.kinds: tuple[str, ...] = ()
        self.rate = 0.0
        self.dice = random.Random(0)
        self.queue: list[str] = []
        self.on_token = False  # google-auth really sleeps between its own attempts there
        self.suffered: dict[str, int] = {}

    def begin(self, kinds: Sequence[str], rate: float, dice: random.Random) -> None:
        """From now on."""
        self.kinds, self.rate, self.dice = tuple(kinds), rate, dice

    def end(self) -> None:
        """All well."""
        self.kinds, self.rate, self.queue = (), 0.0, []

    def strikes(self, *kinds: str) -> str | None:
        """One of these faults, if it strikes now."""
        if self.queue and self.queue[0] in kinds:
            return self._suffer(self.queue.pop(0))
        chosen = [kind for kind in kinds if kind in self.kinds]
        if chosen and self.dice.random() < self.rate:
            return self._suffer(self.dice.choice(chosen))
        return None

    def poisons(self, name: str) -> bool:
        """Whether this item cannot be read while such a fault is on: one in three, always the same."""
        poisoned = "poison" in self.kinds and zlib.crc32(name.encode()) % 3 == 0
        if poisoned:
            self._suffer("poison")
        return poisoned

    def _suffer(self, kind: str) -> str:
        self.suffered[kind] = self.suffered.get(kind, 0) + 1
        return kind

    def around(self, answer: Callable[[], Reply], forget_token: Callable[[], None]) -> Reply:
        """The answer, or what became of it on the way."""
        kind = self.strikes(
            "429", "403", "500", "503", "401", "html error", "html body", "truncated", "timeout", "lost answer"
        )
        match kind:
            case None:
                return answer()
            case "timeout":
                raise Timeout("timed out")
            case "lost answer":  # done, but nobody hears of it
                answer()
                raise Timeout("timed out")
            case "401":
                forget_token()
                return error(401, "authError", "Invalid Credentials")
            case "html error":
                return Reply(502, _HTML, {"content-type": "text/html; charset=UTF-8"})
            case "html body":
                return Reply(200, _HTML, {"content-type": "text/html; charset=UTF-8"})
            case "truncated":
                whole = answer()
                return Reply(whole.status, whole.body[: self.dice.randrange(len(whole.body) + 1)], whole.headers)
            case _:
                status = int(kind)
                return error(status, REASONS[status], "Rate Limit Exceeded", 2 if self.dice.random() < 0.5 else None)

    def disorder(self, items: list[Any], earlier: list[Any]) -> list[Any]:
        """A page with items twice, items of another page, or in another order."""
        kind = self.strikes("duplicates", "reordered")
        if kind == "duplicates":
            extra = [*items, *earlier]
            return [*items, *(self.dice.choice(extra) for _ in range(min(3, len(extra))))] if extra else items
        if kind == "reordered":
            return self.dice.sample(items, len(items))
        return items
