"""Calendar's methods, by the rules of Google's reference: sync tokens, tombstones, masters and exceptions."""

# ruff: noqa: N803 - parameters are named as in the discovery document
from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.google_server.agenda import Agenda, Event, instances, stamp, when
from tests.google_server.server import GoogleServer, Handler, Query, Refused

# https://developers.google.com/workspace/calendar/api/v3/reference/events/list: not together with syncToken
_NOT_WITH_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)


def _agenda(server: GoogleServer, address: str, name: str) -> Agenda:
    for agenda in server.agendas.get(address, []):
        if name in {agenda.id, "primary"}:
            return agenda
    raise Refused(404, "notFound", "Not Found")


def _sealed(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, sort_keys=True).encode()).decode().rstrip("=")


def _opened(token: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError as e:
        raise Refused(400, "invalid", "Invalid sync token value.") from e
    return found


def calendars(server: GoogleServer, address: str, _s: frozenset[str], query: Query, _b: Any) -> dict[str, Any]:
    items = [
        {
            "kind": "calendar#calendarListEntry",
            "id": agenda.id,
            "summary": agenda.id,
            "timeZone": agenda.zone,
            "accessRole": agenda.role,
        }
        | ({"primary": True} if agenda.id == address else {})
        for agenda in server.agendas.get(address, [])
    ]
    return {"kind": "calendar#calendarList", "items": items, "nextSyncToken": _sealed({"list": len(items)})}


def events(
    server: GoogleServer,
    address: str,
    _s: frozenset[str],
    query: Query,
    _b: Any,
    calendarId: str,
) -> dict[str, Any]:
    agenda = _agenda(server, address, calendarId)
    one = {name: values[0] for name, values in query.items()}
    size = min(2500, int(one.get("maxResults", "250")), server.page_size or 2500)
    options = {name: one.get(name, "false") for name in ("singleEvents", "showDeleted")}
    if options["singleEvents"] != "false":
        raise Refused(400, "invalid", "this server keeps masters and exceptions")
    since = 0
    if "syncToken" in one:
        clash = [name for name in _NOT_WITH_TOKEN if name in one]
        if clash:
            raise Refused(400, "invalid", f"Sync token cannot be used with {clash[0]}")
        token = _opened(one["syncToken"])
        if token["options"] != options:
            raise Refused(400, "invalid", "The sync token was made with other parameters")
        since = token["number"]
        if since < agenda.oldest_valid or server.faults.strikes("expired"):
            raise Refused(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
    page = _opened(one["pageToken"]) if "pageToken" in one else {"after": since, "upto": agenda.number}
    if "pageToken" not in one and server.faults.strikes("empty page"):
        return _envelope(agenda, [], next_page=_sealed(page))
    rows = sorted(
        (number, agenda.events[name])
        for name, number in agenda.changed.items()
        if page["after"] < number <= page["upto"]
    )
    found = [(number, event) for number, event in rows if _is_asked(event, one, since, agenda)]
    chosen, rest = found[:size], found[size:]
    items = server.faults.disorder([_shown(event) for _, event in chosen], [])
    if rest:
        return _envelope(agenda, items, next_page=_sealed({"after": chosen[-1][0], "upto": page["upto"]}))
    return _envelope(agenda, items, sync=_sealed({"number": page["upto"], "options": options}))


def _shown(event: Event) -> Event:
    return {**event, "etag": f'"{event["updated"]}"'}


def _is_asked(event: Event, one: dict[str, str], since: int, agenda: Agenda) -> bool:
    if "iCalUID" in one and event.get("iCalUID") != one["iCalUID"]:
        return False
    # Cancelled instances of a living series are always listed when series are not expanded.
    lives_in_series = event.get("recurringEventId") in agenda.events
    if event["status"] == "cancelled" and one.get("showDeleted") != "true" and not lives_in_series:
        return False
    if "timeMin" in one and not since:
        edge = datetime.fromisoformat(one["timeMin"])
        if "recurrence" in event:
            last = [when(original) for _, original in instances(event, edge + timedelta(days=4000))]
            return bool(last) and last[-1] + (when(event["end"]) - when(event["start"])) > edge
        if "end" in event:
            return when(event["end"]) > edge
    return True


def _envelope(agenda: Agenda, items: list[Event], *, next_page: str = "", sync: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = {
        "kind": "calendar#events",
        "summary": agenda.id,
        "timeZone": agenda.zone,
        "accessRole": agenda.role,
        "items": items,
    }
    if next_page:
        answer["nextPageToken"] = next_page
    if sync:
        answer["nextSyncToken"] = sync
    return answer


def event(
    server: GoogleServer,
    address: str,
    _s: frozenset[str],
    _q: Query,
    _b: Any,
    calendarId: str,
    eventId: str,
) -> dict[str, Any]:
    found = _agenda(server, address, calendarId).events.get(eventId)
    if found is None:
        raise Refused(404, "notFound", "Not Found")
    return _shown(found)


def watch(
    server: GoogleServer,
    address: str,
    _s: frozenset[str],
    _q: Query,
    body: Any,
    calendarId: str,
) -> dict[str, Any]:
    agenda = _agenda(server, address, calendarId)
    if body.get("type") != "web_hook" or not body.get("address", "").startswith(("https://", "http://127.0.0.1")):
        raise Refused(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS")
    if body["id"] in server.channels:
        raise Refused(400, "channelIdNotUnique", "Channel id not unique")
    ttl = float(body.get("params", {}).get("ttl", 604_800))
    expires = int((server.clock.now() + min(ttl, 2_592_000)) * 1000)
    channel = {
        "kind": "api#channel",
        "id": body["id"],
        "resourceId": f"resource-{agenda.id}",
        "resourceUri": f"https://www.googleapis.com/calendar/v3/calendars/{agenda.id}/events",
        "expiration": str(expires),
    }
    server.channels[body["id"]] = channel | {
        "address": body["address"],
        "token": body.get("token", ""),
        "calendar": agenda.id,
        "seen": agenda.number,
        "number": 1,
    }
    return channel


def stop(server: GoogleServer, _address: str, _s: frozenset[str], _q: Query, body: Any) -> dict[str, Any]:
    known = server.channels.get(body.get("id", ""))
    if known is None or known["resourceId"] != body.get("resourceId"):
        raise Refused(404, "notFound", "Channel not found")
    del server.channels[body["id"]]
    return {}


def now_of(server: GoogleServer) -> datetime:
    """The server's time."""
    return datetime.fromtimestamp(server.clock.now(), UTC)


__all__ = ["CALENDAR", "now_of", "stamp"]

CALENDAR: dict[str, Handler] = {
    "calendar.calendarList.list": calendars,
    "calendar.events.list": events,
    "calendar.events.get": event,
    "calendar.events.watch": watch,
    "calendar.channels.stop": stop,
}
