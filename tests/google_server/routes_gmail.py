"""Gmail's methods, by the rules of Google's reference: scopes, forms, pages, history."""

# ruff: noqa: A002, N803 - parameters are named as in the discovery document
from __future__ import annotations

import base64
import re
from email import message_from_bytes, policy
from typing import Any

from tests.google_server.mailbox import Change, Mail, Mailbox, resource
from tests.google_server.server import GoogleServer, Handler, Query, Refused

METADATA = "https://www.googleapis.com/auth/gmail.metadata"
READONLY = "https://www.googleapis.com/auth/gmail.readonly"
_WEEK_MS = 7 * 86_400_000


def _box(server: GoogleServer, address: str, user: str) -> Mailbox:
    if user not in {"me", address}:
        raise Refused(403, "forbidden", "Delegation denied for this user")
    if address not in server.mailboxes:
        raise Refused(400, "failedPrecondition", "Mail service not enabled")
    return server.mailboxes[address]


def _reads_all(scopes: frozenset[str]) -> bool:
    return READONLY in scopes


def profile(server: GoogleServer, address: str, _s: frozenset[str], _q: Query, _b: Any, userId: str) -> dict[str, Any]:
    box = _box(server, address, userId)
    return {
        "emailAddress": address,
        "messagesTotal": len(box.mails),
        "threadsTotal": box.threads_count(),
        "historyId": str(box.history_id),
    }


def messages(
    server: GoogleServer,
    address: str,
    scopes: frozenset[str],
    query: Query,
    _b: Any,
    userId: str,
) -> dict[str, Any]:
    box = _box(server, address, userId)
    found = box.newest_first()
    labels = set(query.get("labelIds", ()))
    if query.get("includeSpamTrash") != ["true"] and not labels & {"SPAM", "TRASH"}:
        found = [mail for mail in found if not mail.labels & {"SPAM", "TRASH"}]
    found = [mail for mail in found if labels <= mail.labels]
    if "q" in query:
        if not _reads_all(scopes):
            raise Refused(403, "forbidden", "Metadata scope does not support 'q' parameter")
        found = [mail for mail in found if _matches(mail, query["q"][0])]
    token = query.get("pageToken", [""])[0]
    if token:
        ms, _, name = token.partition("-")
        if not ms.isdigit():
            raise Refused(400, "invalidArgument", "Invalid pageToken")
        found = [mail for mail in found if (-mail.internal_ms, mail.id) > (-int(ms), name)]
    if not token and server.faults.strikes("empty page"):
        return {"nextPageToken": f"{1 << 60}-", "resultSizeEstimate": len(found)}
    size = _page_size(server, query)
    page, rest = found[:size], found[size:]
    answer: dict[str, Any] = {"resultSizeEstimate": len(found)}
    if page:
        rows = [{"id": mail.id, "threadId": mail.thread} for mail in page]
        answer["messages"] = server.faults.disorder(rows, [])
    if rest:
        answer["nextPageToken"] = f"{page[-1].internal_ms}-{page[-1].id}"
    return answer


def _page_size(server: GoogleServer, query: Query) -> int:
    asked = min(500, int(query.get("maxResults", ["100"])[0]))
    return min(asked, server.page_size or asked)


def _matches(mail: Mail, q: str) -> bool:
    """The part of Gmail's search language that is needed: {from:x to:x cc:x} and after:SECONDS."""
    group = re.search(r"\{([^}]*)\}", q)
    after = re.search(r"after:(\d+)", q)
    if after is not None and mail.internal_ms < int(after.group(1)) * 1000:
        return False
    if group is None:
        return True
    for field, value in re.findall(r"(from|to|cc|bcc):(\S+)", group.group(1)):
        if any(name.lower() == field and value.lower() in text.lower() for name, text in mail.headers):
            return True
    return False


def _form(query: Query, scopes: frozenset[str]) -> tuple[str, list[str]]:
    form = query.get("format", ["full"])[0].lower()
    if form in {"full", "raw"} and not _reads_all(scopes):
        raise Refused(403, "forbidden", "Metadata scope doesn't allow format FULL")
    return form, list(query.get("metadataHeaders", ()))


def message(
    server: GoogleServer,
    address: str,
    scopes: frozenset[str],
    query: Query,
    _b: Any,
    userId: str,
    id: str,
) -> dict[str, Any]:
    box = _box(server, address, userId)
    form, names = _form(query, scopes)
    if id not in box.mails:
        raise Refused(404, "notFound", "Requested entity was not found.")
    return resource(box.mails[id], form, names)


def thread(
    server: GoogleServer,
    address: str,
    scopes: frozenset[str],
    query: Query,
    _b: Any,
    userId: str,
    id: str,
) -> dict[str, Any]:
    box = _box(server, address, userId)
    form, names = _form(query, scopes)
    members = sorted((m for m in box.mails.values() if m.thread == id), key=lambda m: m.internal_ms)
    if not members:
        raise Refused(404, "notFound", "Requested entity was not found.")
    return {
        "id": id,
        "historyId": str(max(m.history for m in members)),
        "messages": [resource(mail, form, names) for mail in members],
    }


def history(
    server: GoogleServer,
    address: str,
    _s: frozenset[str],
    query: Query,
    _b: Any,
    userId: str,
) -> dict[str, Any]:
    box = _box(server, address, userId)
    start = int(query["startHistoryId"][0])
    if start < box.oldest_valid or start > box.history_id or server.faults.strikes("expired"):
        raise Refused(404, "notFound", "Requested entity was not found.")
    token = query.get("pageToken", [""])[0]
    if not token and server.faults.strikes("empty page"):
        return {"nextPageToken": "f0-0", "historyId": str(box.history_id)}
    kinds = {kind.rstrip("s").lower() for kind in query.get("historyTypes", ())}
    rows = [c for c in box.history if c.id > start and (not kinds or _singular(c.kind) in kinds)]
    size = _page_size(server, query)
    pages = [rows[i : i + size] for i in range(0, len(rows), size)] or [[]]
    direction, _, number = token.partition("-") if token else ("f0", "-", "0")
    if not token and len(pages) > 1 and server.faults.strikes("reordered"):
        direction = "b0"  # the last page first
    index = int(number)
    if index >= len(pages):
        return {"historyId": str(box.history_id)}
    page = pages[-1 - index if direction == "b0" else index]
    answer: dict[str, Any] = {"historyId": str(box.history_id)}
    if page:
        answer["history"] = server.faults.disorder([_row(c) for c in page], [_row(c) for c in rows[:5]])
    if index + 1 < len(pages):
        answer["nextPageToken"] = f"{direction}-{index + 1}"
    return answer


def _singular(kind: str) -> str:
    return {"messagesAdded": "messageadded", "messagesDeleted": "messagedeleted"}.get(kind) or {
        "labelsAdded": "labeladded",
        "labelsRemoved": "labelremoved",
    }[kind]


def _row(change: Change) -> dict[str, Any]:
    mail: dict[str, Any] = {"id": change.mail, "threadId": change.thread, "labelIds": list(change.labels_then)}
    detail: dict[str, Any] = {"message": mail}
    if change.labels:
        detail["labelIds"] = list(change.labels)
    return {
        "id": str(change.id),
        "messages": [{"id": change.mail, "threadId": change.thread}],
        change.kind: [detail],
    }


def watch(server: GoogleServer, address: str, _s: frozenset[str], _q: Query, body: Any, userId: str) -> dict[str, Any]:
    box = _box(server, address, userId)
    if not re.fullmatch(r"projects/[^/]+/topics/[^/]+", body.get("topicName", "")):
        raise Refused(400, "invalidArgument", "Invalid topicName does not match projects/*/topics/*")
    if box.watch is not None and box.watch["topic"] != body["topicName"]:
        raise Refused(400, "invalidArgument", "Only one user push notification client allowed per developer")
    expires = int(server.clock.now() * 1000) + _WEEK_MS
    box.watch = {"topic": body["topicName"], "expires": expires, "pending": False}
    return {"historyId": str(box.history_id), "expiration": str(expires)}


def stop(server: GoogleServer, address: str, _s: frozenset[str], _q: Query, _b: Any, userId: str) -> dict[str, Any]:
    _box(server, address, userId).watch = None
    return {}


def send(server: GoogleServer, address: str, _s: frozenset[str], _q: Query, body: Any, userId: str) -> dict[str, Any]:
    box = _box(server, address, userId)
    raw = base64.urlsafe_b64decode(body["raw"] + "==")
    box.sent.append(raw)
    given = message_from_bytes(raw, policy=policy.default)
    headers = [(name, str(value)) for name, value in given.items() if name.lower() != "message-id"]
    headers.append(("Message-ID", f"<CA+{len(box.sent)}@mail.gmail.com>"))  # Gmail's own, whatever was given
    mail = box.arrive(headers, at_ms=int(server.clock.now() * 1000), labels=["SENT"])
    return {"id": mail.id, "threadId": mail.thread, "labelIds": ["SENT"]}


GMAIL: dict[str, Handler] = {
    "gmail.users.getProfile": profile,
    "gmail.users.messages.list": messages,
    "gmail.users.messages.get": message,
    "gmail.users.threads.get": thread,
    "gmail.users.history.list": history,
    "gmail.users.watch": watch,
    "gmail.users.stop": stop,
    "gmail.users.messages.send": send,
}
