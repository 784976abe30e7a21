"""A Google calendar as the server keeps it: events, exceptions, tombstones, and the number of each change.

The admin door of the tests: meetings are made, moved, answered and cancelled the way people do it. `instances` is the
server's own truth of which meetings there are, expanded with dateutil, independently of the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

Event = dict[str, Any]
MANY = 3000


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as Google writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def when(place: dict[str, Any]) -> datetime:
    """The instant of a start or end; an all-day date is midnight UTC."""
    if "dateTime" in place:
        return datetime.fromisoformat(place["dateTime"]).astimezone(UTC)
    return datetime.combine(date.fromisoformat(place["date"]), datetime.min.time(), UTC)


@dataclass(slots=True)
class Agenda:
    """One calendar."""

    id: str
    owner: str
    zone: str = "Europe/Berlin"
    role: str = "owner"
    events: dict[str, Event] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    number: int = 1
    oldest_valid: int = 1
    sparse: bool = False  # tombstones carry nothing but the id
    _made: int = 0

    def put(self, event: Event, now: datetime) -> Event:
        """An event appears or changes."""
        self.number += 1
        event["updated"] = stamp(now)
        self.events[event["id"]] = event
        self.changed[event["id"]] = self.number
        return event

    def make(
        self,
        start: dict[str, Any],
        end: dict[str, Any],
        *,
        now: datetime,
        attendees: list[dict[str, Any]],
        organizer: str | None = None,
        recurrence: list[str] | None = None,
        ical_uid: str | None = None,
        **more: Any,
    ) -> Event:
        """A meeting is called."""
        self._made += 1
        name = f"{self.id.partition('@')[0].lower().replace('.', '')}event{self._made:05d}"
        who = organizer or self.owner
        event: Event = {
            "kind": "calendar#event",
            "id": name,
            "iCalUID": ical_uid or f"{name}@google.com",
            "status": "confirmed",
            "created": stamp(now),
            "sequence": 0,
            "eventType": "default",
            "start": start,
            "end": end,
            "organizer": {"email": who} | ({"self": True} if who == self.owner else {}),
            "creator": {"email": who},
            "attendees": attendees,
        } | more
        if recurrence:
            event["recurrence"] = recurrence
        return self.put(event, now)

    def exception(self, master: Event, original: dict[str, Any], now: datetime, **changes: Any) -> Event:
        """One instance of a series differs: moved, answered or cancelled."""
        name = instance_id(master["id"], original)
        known = self.events.get(name, {})
        before = (
            known
            if "iCalUID" in known
            else {  # a cancelled one may have kept nothing but its place
                **{k: v for k, v in master.items() if k not in {"recurrence", "id"}},
                "id": name,
                "recurringEventId": master["id"],
                "originalStartTime": original,
                "start": original,
                "end": _end_of(master, original),
            }
        )
        return self.put({**before, **changes}, now)

    def cancel(self, name: str, now: datetime) -> None:
        """A meeting is called off; of a series, all instances."""
        event = self.events[name]
        for other in [e for e in self.events.values() if e.get("recurringEventId") == name]:
            del self.events[other["id"]]  # exceptions vanish with their series, without a word
            del self.changed[other["id"]]
        keys = {"kind", "id"} | ({"recurringEventId", "originalStartTime"} & event.keys())
        kept = {k: v for k, v in event.items() if k in keys} if self.sparse else dict(event)
        self.put(kept | {"status": "cancelled"}, now)

    def age(self) -> None:
        """Old sync tokens are refused, and old tombstones are purged."""
        self.number += 1
        self.oldest_valid = self.number
        for name, event in list(self.events.items()):
            if event["status"] == "cancelled" and "recurringEventId" not in event:
                del self.events[name]
                del self.changed[name]

    def masters(self) -> list[Event]:
        """Series that are on."""
        return [e for e in self.events.values() if "recurrence" in e and e["status"] != "cancelled"]

    def singles(self) -> list[Event]:
        """Meetings of their own that are on."""
        return [
            e
            for e in self.events.values()
            if "recurrence" not in e and "recurringEventId" not in e and e["status"] != "cancelled"
        ]

    def exceptions_of(self, name: str) -> dict[str, Event]:
        """Exceptions of a series, by their id."""
        return {e["id"]: e for e in self.events.values() if e.get("recurringEventId") == name}


def instance_id(master: str, original: dict[str, Any]) -> str:
    """Google's id of an instance: the series' id and the original start."""
    if "date" in original:
        return f"{master}_{original['date'].replace('-', '')}"
    return f"{master}_{when(original).strftime('%Y%m%dT%H%M%SZ')}"


def _end_of(master: Event, original: dict[str, Any]) -> dict[str, Any]:
    length = when(master["end"]) - when(master["start"])
    if "date" in original:
        return {"date": (date.fromisoformat(original["date"]) + length).isoformat()}
    return {"dateTime": stamp(when(original) + length), "timeZone": original.get("timeZone", "UTC")}


def instances(master: Event, until: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, original start) of each instance that the rule itself gives, up to `until`, exceptions not applied."""
    start = master["start"]
    if "date" in start:
        first: datetime = datetime.fromisoformat(start["date"])
        zone = None
    else:
        zone = ZoneInfo(start["timeZone"])
        first = when(start).astimezone(zone).replace(tzinfo=None)
    # Rules run on the wall clock: UNTIL in UTC is taken to the same wall.
    lines = [_on_the_wall(line, zone) for line in master["recurrence"]]
    rule = rrulestr("\n".join(lines), dtstart=first, forceset=True)
    for n, naive in enumerate(rule):
        moment = naive.replace(tzinfo=zone or UTC).astimezone(UTC)
        if n >= MANY or moment >= until:
            return
        if zone is None:
            original: dict[str, Any] = {"date": naive.date().isoformat()}
        else:
            original = {"dateTime": stamp(moment), "timeZone": start["timeZone"]}
        yield instance_id(master["id"], original), original


def _on_the_wall(line: str, zone: ZoneInfo | None) -> str:
    head, _, values = line.partition(":")
    if head.startswith(("EXDATE", "RDATE")):
        return head.partition(";")[0] + ":" + ",".join(_wall(v, zone) for v in values.split(","))
    parts = [f"UNTIL={_wall(p[6:], zone)}" if p.startswith("UNTIL=") else p for p in values.split(";")]
    return head + ":" + ";".join(parts)


def _wall(value: str, zone: ZoneInfo | None) -> str:
    if not value.endswith("Z"):
        return value
    moment = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return moment.astimezone(zone or UTC).strftime("%Y%m%dT%H%M%S")


def length_of(event: Event) -> timedelta:
    """How long a meeting is."""
    return when(event["end"]) - when(event["start"])
