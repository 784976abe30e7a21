"""What Graph's collections share: opaque positions, pages, selected fields, and every row held against the shapes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from tests.microsoft_server.mailbox import Raw
from tests.microsoft_server.shape import Shape
from tests.microsoft_server.tenant import Refused, Round, Tenant

VERSION = "/v1.0"
DELTA = re.compile(r"^(?:microsoft\.graph\.)?delta(?:\(\))?$")
_FILTER = re.compile(r"receivedDateTime (ge|gt|lt|le) (\S+)")
_PREFER = "prefer"

Answer = tuple[int, dict[str, str], Raw | None]


class Call:
    """One request, taken apart; an inner request of a batch is one too."""

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: Any, base: str) -> None:
        self.method, self.base, self.body = method, base, body
        self.path = path
        self.parts = [unquote(p) for p in path.strip("/").split("/")]
        self.options = dict(parse_qsl(query, keep_blank_values=True))
        prefer = headers.get(_PREFER, "")
        self.immutable = 'IdType="ImmutableId"' in prefer
        size = re.search(r"odata\.maxpagesize=(\d+)", prefer)
        self.page_size = int(size.group(1)) if size else None
        self.utc = 'outlook.timezone="UTC"' in prefer
        self.token = headers.get("authorization", "").removeprefix("Bearer ")


class Pages:
    """Rounds, pages and shapes of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.shape = Shape()

    def state_of(self, call: Call, kind: str, owner: str) -> Round | None:
        """The state behind a request's token; None for a first request, 410 for a forgotten one."""
        token = call.options.get("$skiptoken") or call.options.get("$deltatoken")
        if token is None:
            return None
        if token == "latest":
            raise Refused(400, "ErrorInvalidRequest", "Badly formed token.")
        state = self.tenant.rounds.get(token)
        if state is None:
            raise Refused(
                410, "SyncStateNotFound", "The sync state generation is not found; a full resync is required."
            )
        if state.kind != kind or state.owner != owner:
            raise Refused(400, "ErrorInvalidRequest", "The token belongs to another collection.")
        return state

    def take(self, call: Call, state: Round) -> tuple[list[Any], str]:
        """The next rows of a round, and the link that goes on."""
        size = max(1, min(call.page_size or 10, self.tenant.page_limit))
        taken, rest = state.queue[:size], state.queue[size:]
        if self.tenant.replays and state.sent and self.tenant.dice.random() < 0.3:
            taken = [*taken, self.tenant.dice.choice(state.sent)]
            self.tenant.dice.shuffle(taken)
        if self.tenant.replays and rest and self.tenant.dice.random() < 0.15:
            taken, rest = [], state.queue  # an empty page that goes on
        following = Round(
            state.kind,
            state.owner,
            state.options,
            rest,
            state.since,
            state.folder,
            state.start,
            state.end,
            [*state.sent, *taken] if rest else [],
        )
        token = self.tenant.new_round(following)
        return taken, f"{'$skiptoken' if rest else '$deltatoken'}={token}"

    def page(self, kind: str, call: Call, rows: list[Raw], link: str | None, path: str) -> Answer:
        """An answer of rows with its link."""
        for row in rows:
            self.check(kind, row)
        answered: Raw = {"@odata.context": f"{call.base}{VERSION}/$metadata#Collection({kind})", "value": rows}
        name = "@odata.nextLink" if link and link.startswith("$skip") else "@odata.deltaLink"
        where = "/".join(quote(part, safe="()$=") for part in path.strip("/").split("/"))
        answered[name] = f"{call.base}{VERSION}/{unquote(where)}?{link}"
        return 200, {}, answered

    def shaped(self, kind: str, answered: Answer) -> Answer:
        """An answer of one row, checked."""
        if answered[2] is not None and "value" not in answered[2]:
            self.check(kind, answered[2])
        return answered

    def check(self, kind: str, row: Raw) -> None:
        """Refuse to send what Graph's types do not allow."""
        found = self.shape.problems(kind, row)
        self.tenant.violations += found
        if found:
            raise Refused(500, "ThisServerIsWrong", found[0])

    @staticmethod
    def only(call: Call, *known: str) -> None:
        """Refuse options that change tracking does not know."""
        for option in call.options:
            if option not in known:
                raise Refused(400, "ErrorInvalidUrlQuery", f"'{option}' is not supported with change tracking.")


@cache
def _names(wanted: str) -> frozenset[str]:
    return frozenset(name.strip() for name in wanted.split(",")) | {"id", "parentFolderId"}


def selected(row: Raw, options: dict[str, str]) -> Raw:
    """The properties that were asked for."""
    wanted = options.get("$select")
    if not wanted:
        return row
    names = _names(wanted)
    return {k: v for k, v in row.items() if k in names or k.startswith("@")}


def passes(raw: Raw, wanted: str) -> bool:
    """Whether a message passes a filter."""
    named = re.fullmatch(r"internetMessageId eq '(.*)'", wanted)
    if named is not None:
        return bool(raw.get("internetMessageId") == named.group(1).replace("''", "'"))
    at = time_of(raw["receivedDateTime"])
    tests = {"ge": at.__ge__, "gt": at.__gt__, "lt": at.__lt__, "le": at.__le__}
    return all(tests[how](time_of(edge)) for how, edge in _FILTER.findall(wanted))


def time_of(text: str) -> datetime:
    """A time; UTC where it names no zone."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
