"""Microsoft Graph v1.0 as far as this product uses it: users, mail, folders, events, batches, subscriptions, sendMail.

What Graph refuses is refused: delta over all of a mailbox, options that calendarView/delta does not know, filters
other than on the time of receipt, a fifth request at once, tokens that may not see a mailbox. Without
`Prefer: IdType="ImmutableId"` the answer carries mutable ids, as Graph's does.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tests.microsoft_server.agenda import Agenda
from tests.microsoft_server.hooks import Hooks
from tests.microsoft_server.mailbox import Folder, Mailbox, Raw
from tests.microsoft_server.shape import Shape
from tests.microsoft_server.tenant import Grant, Refused, Round, Tenant

VERSION = "/v1.0"
_DELTA = re.compile(r"^(?:microsoft\.graph\.)?delta(?:\(\))?$")
_FILTER = re.compile(r"receivedDateTime (ge|gt|lt|le) (\S+)")
_BODY = ("body", "bodyPreview", "uniqueBody")
_LIMIT = 5000
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


class Graph:
    """Answers below https://host/v1.0/."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.hooks = Hooks(tenant)
        self.shape = Shape()

    def user_of(self, call: Call) -> str:
        """The mailbox a request is about: what the four at once are counted by."""
        if call.parts[:1] == ["users"] and len(call.parts) > 1:
            return call.parts[1].lower()
        grant = self.tenant.grants.get(call.token)
        return (grant.user if grant else None) or "-"

    def answer(self, call: Call) -> Answer:
        """Status, headers and JSON; every row is held against the published shapes."""
        if call.parts == ["$batch"]:
            return self._batch(call)
        status, headers, answered = self._one(call)
        return status, headers, answered

    def _batch(self, call: Call) -> Answer:
        asked = call.body["requests"]
        if len(asked) > 20:
            raise Refused(400, "BadRequest", "Batch request contains more than 20 requests.")
        answers = []
        for part in asked:
            path, _, query = part["url"].partition("?")
            headers = {k.lower(): v for k, v in part.get("headers", {}).items()}
            headers["authorization"] = f"Bearer {call.token}"
            inner = Call(part["method"], path, query, headers, part.get("body"), call.base)
            try:
                status, _, answered = self._one(inner)
            except Refused as e:
                status, answered = e.status, error_body(e)
                if e.headers:
                    answers.append({"id": part["id"], "status": status, "headers": e.headers, "body": answered})
                    continue
            answers.append({"id": part["id"], "status": status, "body": answered})
        self.tenant.dice.shuffle(answers)  # replies come in any order
        return 200, {}, {"responses": answers}

    def _one(self, call: Call) -> Answer:
        grant = self._grant(call)
        if call.parts[:1] == ["subscriptions"]:
            self.tenant.asked["subscriptions"] += 1
            return self._shaped("subscription", self.hooks.answer(call.method, call.parts, call.body, grant))
        if call.parts[0] == "me":
            if grant.user is None:
                raise Refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
            box, rest = self.tenant.mailbox(grant.user), call.parts[1:]
        elif call.parts[0] == "users" and len(call.parts) > 1:
            box, rest = self.tenant.mailbox(call.parts[1]), call.parts[2:]
        else:
            raise Refused(400, "BadRequest", "Resource not found for the segment.")
        self._may_see(grant, box)
        self.tenant.charge(box.address)
        return self._mailbox(call, grant, box, rest)

    def _mailbox(self, call: Call, grant: Grant, box: Mailbox, rest: list[str]) -> Answer:
        if not rest:
            self.tenant.asked["user"] += 1
            row = {"id": box.id, "mail": box.address, "userPrincipalName": box.address, "displayName": box.address}
            return self._shaped("user", (200, {}, row))
        head, tail = rest[0], rest[1:]
        if head == "sendMail" and call.method == "POST":
            self._needs(grant, "Mail.Send")
            self.tenant.asked["sendMail"] += 1
            box.send(call.body, self.tenant.clock())
            return 202, {}, None
        if head in ("mailFolders", "messages"):
            self._needs(grant, "Mail.Read", "Mail.ReadBasic", "Mail.ReadWrite")
            return self._mail(call, grant, box, head, tail)
        if head in ("calendarView", "events", "calendar"):
            self._needs(grant, "Calendars.Read", "Calendars.ReadBasic", "Calendars.ReadWrite")
            return self._calendar(call, box, head, tail)
        raise Refused(400, "BadRequest", f"Resource not found for the segment '{head}'.")

    # --- who may ---

    def _grant(self, call: Call) -> Grant:
        grant = self.tenant.grants.get(call.token)
        if grant is None or grant.expires < self.tenant.clock():
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        return grant

    def _may_see(self, grant: Grant, box: Mailbox) -> None:
        allowed = self.tenant.apps[grant.client_id].allowed
        if grant.user is None:
            if allowed is not None and box.address not in allowed:
                raise Refused(
                    403,
                    "ErrorAccessDenied",
                    "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
                )
        elif grant.user != box.address:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    @staticmethod
    def _needs(grant: Grant, *scopes: str) -> None:
        held = {s.removesuffix(".All") for s in grant.scopes}
        if not held & set(scopes):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    # --- mail ---

    def _mail(self, call: Call, grant: Grant, box: Mailbox, head: str, tail: list[str]) -> Answer:
        if head == "messages":
            if tail and _DELTA.match(tail[0]):
                raise Refused(
                    400, "ErrorInvalidRequest", "Change tracking is not supported against 'microsoft.graph.message'."
                )
            if len(tail) == 1:
                self.tenant.asked["message"] += 1
                return self._shaped("message", (200, {}, self._message(call, grant, box, tail[0])))
            raise Refused(501, "NotImplemented")
        if tail and _DELTA.match(tail[0]):
            self.tenant.asked["folders"] += 1
            return self._folders(call, box)
        if len(tail) == 1:
            self.tenant.asked["folder"] += 1
            return self._shaped(
                "mailFolder", (200, {}, self._folder_row(box, self._folder(box, tail[0]), call.options))
            )
        if len(tail) >= 2 and tail[1] == "messages":
            folder = self._folder(box, tail[0])
            if len(tail) == 2:
                self.tenant.asked["list"] += 1
                return self._list(call, grant, box, folder)
            if _DELTA.match(tail[2]):
                self.tenant.asked["messages"] += 1
                return self._messages(call, grant, box, folder)
        raise Refused(501, "NotImplemented")

    @staticmethod
    def _folder(box: Mailbox, name: str) -> Folder:
        for folder in box.folders.values():
            if name in (folder.id, folder.well_known):
                return folder
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _folders(self, call: Call, box: Mailbox) -> Answer:
        state = self._state(call, "folders", box.address)
        if state is None:
            self._only(call, "includeHiddenFolders", "$select", "changeType")
            queue = box.folder_round(0)
            state = Round("folders", box.address, call.options, [e for e in queue if e.kind == "enter"], box.seq)
        elif not state.queue and "$deltatoken" in call.options:
            state = Round("folders", box.address, state.options, box.folder_round(state.since), box.seq)
        rows = []
        taken, link = self._take(call, state)
        for entry in taken:
            folder = box.folders.get(entry.id)
            if folder is None:
                rows.append({"id": entry.id, "@removed": {"reason": "deleted"}})
            elif not folder.hidden or state.options.get("includeHiddenFolders") == "true":
                rows.append(self._folder_row(box, folder, state.options))
        return self._page("mailFolder", call, rows, link, f"{call.path}")

    @staticmethod
    def _folder_row(box: Mailbox, folder: Folder, options: dict[str, str]) -> Raw:
        row = {
            "id": folder.id,
            "displayName": folder.name,
            "parentFolderId": folder.parent,
            "childFolderCount": sum(f.parent == folder.id for f in box.folders.values()),
            "totalItemCount": len(folder.members),
            "unreadItemCount": sum(not box.messages[m]["isRead"] for m in folder.members),
            "isHidden": folder.hidden,
        }
        return _selected(row, options)

    def _messages(self, call: Call, grant: Grant, box: Mailbox, folder: Folder) -> Answer:
        state = self._state(call, "messages", box.address)
        if state is not None and state.folder != folder.id:
            raise Refused(400, "ErrorInvalidRequest", "The token belongs to another folder.")
        if state is None:
            self._only(call, "$select", "$filter", "$orderby", "$top", "$expand", "changeType")
            self._check_select(call.options)
            queue = box.first_round(folder)
            wanted = call.options.get("$filter")
            if wanted:
                if not re.fullmatch(r"receivedDateTime (ge|gt) \S+", wanted):
                    raise Refused(400, "ErrorInvalidUrlQueryFilter", "The query filter is not supported.")
                queue = [e for e in queue if _passes(box.messages[e.id], wanted)][:_LIMIT]
            if call.options.get("$orderby", "receivedDateTime desc").lower() != "receiveddatetime desc":
                raise Refused(400, "ErrorInvalidUrlQuery", "The query order is not supported.")
            state = Round("messages", box.address, call.options, queue, box.seq, folder.id)
        elif not state.queue and "$deltatoken" in call.options:
            queue = box.next_round(folder, state.since)
            wanted = state.options.get("$filter")
            if wanted:
                queue = [e for e in queue if e.id not in box.messages or _passes(box.messages[e.id], wanted)]
            state = Round("messages", box.address, state.options, queue, box.seq, folder.id)
        rows = []
        taken, link = self._take(call, state)
        for entry in taken:
            if entry.kind == "leave" or entry.id not in folder.members:
                if entry.kind == "leave":
                    rows.append({"id": self._shown_id(call, box, entry.id), "@removed": {"reason": "deleted"}})
                continue
            raw = box.messages[entry.id]
            if entry.kind == "change":
                row = {k: raw[k] for k in ("parentFolderId", *entry.props) if k in raw}
                rows.append({**_selected(row, {}), "id": self._shown_id(call, box, entry.id)})
            else:
                rows.append(self._shown(call, grant, box, raw, state.options))
        return self._page("message", call, rows, link, call.path)

    def _list(self, call: Call, grant: Grant, box: Mailbox, folder: Folder) -> Answer:
        self._check_select(call.options)
        found = [e.id for e in box.first_round(folder)]
        if "$filter" in call.options:
            found = [i for i in found if _passes(box.messages[i], call.options["$filter"])]
        size = min(int(call.options.get("$top") or call.page_size or 10), self.tenant.page_limit)
        skip = int(call.options.get("$skip", "0"))
        rows = [self._shown(call, grant, box, box.messages[i], call.options) for i in found[skip : skip + size]]
        status, headers, answered = self._page("message", call, rows, None, call.path)
        assert answered is not None
        del answered["@odata.deltaLink"]
        if skip + size < len(found):
            options = {**call.options, "$skip": str(skip + size), "$top": str(size)}
            answered["@odata.nextLink"] = f"{call.base}{VERSION}/{call.path.strip('/')}?{urlencode(options)}"
        return status, headers, answered

    def _message(self, call: Call, grant: Grant, box: Mailbox, message_id: str) -> Raw:
        self._check_select(call.options)
        for immutable, mutable in box.mutable.items():
            if immutable in box.messages and message_id in (immutable, mutable):
                return self._shown(call, grant, box, box.messages[immutable], call.options)
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _check_select(self, options: dict[str, str]) -> None:
        if self.tenant.header_refused and "internetMessageHeaders" in options.get("$select", ""):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _shown(self, call: Call, grant: Grant, box: Mailbox, raw: Raw, options: dict[str, str]) -> Raw:
        row = {k: v for k, v in raw.items() if not k.startswith("@")}
        if "internetMessageHeaders" not in options.get("$select", ""):
            row.pop("internetMessageHeaders", None)
        row = _selected(row, options)
        if all("ReadBasic" in s for s in grant.scopes if s.startswith("Mail.Read")):
            row = {k: v for k, v in row.items() if k not in _BODY}
        row["id"] = self._shown_id(call, box, raw["id"])
        if "@odata.type" in raw:
            row["@odata.type"] = raw["@odata.type"]
        row["@odata.etag"] = 'W/"CQAAABYAAAB"'
        return row

    @staticmethod
    def _shown_id(call: Call, box: Mailbox, message_id: str) -> str:
        return message_id if call.immutable else box.mutable[message_id]

    # --- calendar ---

    def _calendar(self, call: Call, box: Mailbox, head: str, tail: list[str]) -> Answer:
        agenda = self.tenant.agendas[box.address]
        if head == "events" and len(tail) == 1:
            if _DELTA.match(tail[0]):
                raise Refused(
                    400, "ErrorInvalidRequest", "Change tracking is not supported against 'microsoft.graph.event'."
                )
            self.tenant.asked["event"] += 1
            row = agenda.find(tail[0])
            if row is None:
                raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
            return self._shaped("event", (200, {}, _selected(self._event(call, row), call.options)))
        if head == "calendarView" and len(tail) == 1 and _DELTA.match(tail[0]):
            self.tenant.asked["calendar"] += 1
            return self._view(call, box, agenda)
        raise Refused(501, "NotImplemented")

    def _view(self, call: Call, box: Mailbox, agenda: Agenda) -> Answer:
        for option in ("$select", "$filter", "$orderby", "$expand", "$search"):
            if option in call.options:
                raise Refused(
                    400,
                    "ErrorInvalidUrlQuery",
                    f"The following parameters are not supported with change tracking: '{option}'.",
                )
        state = self._state(call, "events", box.address)
        if state is None:
            try:
                start, end = _time(call.options["startDateTime"]), _time(call.options["endDateTime"])
            except (KeyError, ValueError) as e:
                raise Refused(400, "ErrorInvalidParameter", "startDateTime and endDateTime are needed.") from e
            queue: list[Any] = agenda.view(start, end)
            state = Round("events", box.address, call.options, queue, agenda.seq, start=start, end=end)
        elif not state.queue and "$deltatoken" in call.options:
            queue = agenda.touched(state.since)
            state = Round("events", box.address, state.options, queue, agenda.seq, start=state.start, end=state.end)
        assert state.start is not None
        assert state.end is not None
        rows = []
        taken, link = self._take(call, state)
        for event_id in taken:
            if agenda.inside(event_id, state.start, state.end):
                rows.append(self._event(call, agenda.shown(event_id)))
            else:  # deleted, or touched outside the window: the answer looks the same
                rows.append({"id": event_id, "@removed": {"reason": "deleted"}})
        return self._page("event", call, rows, link, call.path)

    @staticmethod
    def _event(call: Call, row: Raw) -> Raw:
        shown = {**row, "@odata.etag": 'W/"EWg0A"'}
        if not call.immutable:
            shown["id"] = f"mutable-{row['id']}"
        return shown

    # --- rounds and pages ---

    def _state(self, call: Call, kind: str, owner: str) -> Round | None:
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

    def _take(self, call: Call, state: Round) -> tuple[list[Any], str]:
        size = max(1, min(call.page_size or 10, self.tenant.page_limit))
        taken, rest = state.queue[:size], state.queue[size:]
        if self.tenant.replays and state.sent and self.tenant.dice.random() < 0.3:
            taken = [*taken, self.tenant.dice.choice(state.sent)]
            self.tenant.dice.shuffle(taken)
        if self.tenant.replays and rest and self.tenant.dice.random() < 0.15:
            taken, rest = [], state.queue  # an empty page that goes on
        following = Round(
            state.kind, state.owner, state.options, rest, state.since, state.folder, state.start, state.end,
            [*state.sent, *taken] if rest else [],
        )  # fmt: skip
        token = self.tenant.new_round(following)
        return taken, f"{'$skiptoken' if rest else '$deltatoken'}={token}"

    def _page(self, kind: str, call: Call, rows: list[Raw], link: str | None, path: str) -> Answer:
        for row in rows:
            self._check(kind, row)
        answered: Raw = {"@odata.context": f"{call.base}{VERSION}/$metadata#Collection({kind})", "value": rows}
        name = "@odata.nextLink" if link and link.startswith("$skip") else "@odata.deltaLink"
        where = "/".join(quote(part, safe="()$=") for part in path.strip("/").split("/"))
        answered[name] = f"{call.base}{VERSION}/{unquote(where)}?{link}"
        return 200, {}, answered

    def _shaped(self, kind: str, answered: Answer) -> Answer:
        if answered[2] is not None and "value" not in answered[2]:
            self._check(kind, answered[2])
        return answered

    def _check(self, kind: str, row: Raw) -> None:
        found = self.shape.problems(kind, row)
        self.tenant.violations += found
        if found:
            raise Refused(500, "ThisServerIsWrong", found[0])

    @staticmethod
    def _only(call: Call, *known: str) -> None:
        for option in call.options:
            if option not in known:
                raise Refused(400, "ErrorInvalidUrlQuery", f"'{option}' is not supported with change tracking.")


def error_body(e: Refused) -> Raw:
    """An error as Graph writes it."""
    return {"error": {"code": e.code, "message": str(e), "innerError": {"request-id": "0", "date": "0"}}}


def body_of(text: str) -> Any:
    """The JSON of a request; None for an empty one."""
    try:
        return json.loads(text) if text else None
    except ValueError as e:
        raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from e


@cache
def _names(wanted: str) -> frozenset[str]:
    return frozenset(name.strip() for name in wanted.split(",")) | {"id", "parentFolderId"}


def _selected(row: Raw, options: dict[str, str]) -> Raw:
    wanted = options.get("$select")
    if not wanted:
        return row
    names = _names(wanted)
    return {k: v for k, v in row.items() if k in names or k.startswith("@")}


def _passes(raw: Raw, wanted: str) -> bool:
    named = re.fullmatch(r"internetMessageId eq '(.*)'", wanted)
    if named is not None:
        return bool(raw.get("internetMessageId") == named.group(1).replace("''", "'"))
    at = _time(raw["receivedDateTime"])
    tests = {"ge": at.__ge__, "gt": at.__gt__, "lt": at.__lt__, "le": at.__le__}
    return all(tests[how](_time(edge)) for how, edge in _FILTER.findall(wanted))


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
