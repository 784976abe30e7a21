"""Reading one calendar: every event, or those that changed, as meetings, skips and what is gone.

A series that changed is read with all its exceptions; what its old rule gave and the new one does not is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connectors.base import ServiceUnavailable, Skipped
from connectors.google.calendar_reader import EVENT_FIELDS, FIELDS, is_sparse, read_meeting, stamp, why_not
from connectors.google.client import Resources
from connectors.google.door import Door, NotThere
from connectors.google.series import UNREADABLE, Instance, Schedule, instances, moment
from models.records import Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One calendar as it is being read."""

    id: str
    primary: bool
    zone: str
    since: datetime
    until: datetime

    def external(self, event_id: str) -> str:
        """The id of an event in this account: calendars of one account may hold the same event."""
        return event_id if self.primary else f"{self.id}/{event_id}"


@dataclass(slots=True)
class Read:
    """What a listing of one calendar came to."""

    meetings: list[tuple[Meeting, datetime | None]] = field(default_factory=list)  # with Google's change time
    skipped: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    series: dict[str, Any] = field(default_factory=dict)


class Listing:
    """The events of one account's calendars."""

    def __init__(self, service: Resources, door: Door, *, source: str, page_size: int) -> None:
        self._events = service.of("events")
        self._door = door
        self._source = source
        self._page_size = page_size

    def whole(self, book: Book) -> tuple[Read, str]:
        """Everything in one calendar, and the sync token to ask with for what changes."""
        events, zone, token = self._list(book, timeMin=book.since.isoformat().replace("+00:00", "Z"))
        book = replace(book, zone=zone or book.zone)
        read = Read()
        exceptions: dict[str, set[str]] = {}
        for event in events.values():
            if "recurringEventId" in event:
                exceptions.setdefault(str(event["recurringEventId"]), set()).add(str(event["id"]))
        for event in events.values():
            if "recurrence" in event and event.get("status") != "cancelled":
                self._expand(book, event, exceptions.get(str(event["id"]), set()), read, _cancelled(events))
            elif "recurringEventId" in event:
                self._exception(book, event, events.get(str(event["recurringEventId"])), read)
            elif "recurrence" not in event:
                self._single(book, event, read)
        return read, token

    def changes(self, book: Book, token: str, series: dict[str, Any]) -> tuple[Read, str]:
        """What changed since the token, given the series known then; and the next token. CursorExpired."""
        events, zone, new_token = self._list(book, syncToken=token)
        book = replace(book, zone=zone or book.zone)
        read = Read(series=dict(series))
        old = {name: Schedule.read(value) for name, value in series.items()}
        masters: dict[str, dict[str, Any] | None] = {}
        whole: set[str] = set()  # series that are read anew with all their exceptions
        for name, event in events.items():
            if "recurrence" in event or name in old:
                whole.add(name)
        for name in whole:
            self._series_changed(book, name, events, old.get(name), read)
        for event in events.values():
            of = str(event.get("recurringEventId") or "")
            if event["id"] in whole or of in whole:
                continue
            if not of:
                self._single(book, event, read)
                continue
            if of in read.series:
                kept = {*_remembered(read.series[of])} - {str(event["id"])}
                if event.get("status") == "cancelled":
                    kept.add(str(event["id"]))
                read.series[of] = [*read.series[of][:4], sorted(kept)]
            if is_sparse(event) and of not in masters:
                masters[of] = self._event(book, of)
            self._exception(book, event, masters.get(of), read)
        return read, new_token

    def _series_changed(
        self, book: Book, name: str, changed: dict[str, dict[str, Any]], old: Schedule | None, read: Read
    ) -> None:
        """A series with everything in it, and what its old rule gave that no longer is.

        Google asks its clients to remember cancelled instances for the life of the series: a listing may leave them
        out. They hold as long as the series begins where it did.
        """
        master = changed[name]
        before = _instances(name, old, book) if old is not None else []
        remembered = _remembered(read.series.pop(name, []))
        if "recurrence" not in master and master.get("status") != "cancelled":
            self._single(book, master, read)  # it became a meeting of its own
        kept: set[str] = set()
        if "recurrence" in master and master.get("status") != "cancelled":
            events, _, _ = self._list(book, iCalUID=str(master["iCalUID"]))
            current = events.get(name, master)
            exceptions = {
                str(e["id"]): e for e in (*changed.values(), *events.values()) if e.get("recurringEventId") == name
            }
            for event in exceptions.values():
                self._exception(book, event, current, read)
            if "recurrence" in current and current.get("status") != "cancelled":
                cancelled = _cancelled(exceptions)
                if old is not None and _begins_as(current, old):
                    cancelled |= set(remembered) - exceptions.keys()
                kept = self._expand(book, current, exceptions.keys() | cancelled, read, cancelled) - cancelled
            kept |= exceptions.keys()
            master = current
        for instance in before:
            if instance.id in kept:
                continue
            if instance.at > self._now() and master.get("status") == "cancelled" and not is_sparse(master):
                self._add(book, master, instance.id, read, instance=instance, cancelled=True)
            else:
                read.gone.add(book.external(instance.id))

    def _list(self, book: Book, **query: Any) -> tuple[dict[str, dict[str, Any]], str, str]:
        """Events by id, the calendar's zone, and the next sync token ("" where the listing gives none)."""
        events: dict[str, dict[str, Any]] = {}
        page: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._door.call(
                self._events.list(
                    calendarId=book.id,
                    maxResults=self._page_size,
                    singleEvents=False,
                    showDeleted=True,
                    pageToken=page,
                    fields=FIELDS,
                    **query,
                ),
                1,
            )
            events |= {str(event["id"]): event for event in answer.get("items") or ()}
            page = answer.get("nextPageToken")
            if not page:
                token = str(answer.get("nextSyncToken") or "")
                if not token and "iCalUID" not in query:
                    raise ServiceUnavailable("Calendar gave no position")
                return events, str(answer.get("timeZone") or ""), token
            if page in seen:
                raise ServiceUnavailable("Calendar gave the same page token twice")
            seen.add(page)

    def _event(self, book: Book, name: str) -> dict[str, Any] | None:
        try:
            return self._door.call(self._events.get(calendarId=book.id, eventId=name, fields=EVENT_FIELDS), 1)
        except NotThere:
            return None

    def _expand(
        self, book: Book, master: dict[str, Any], exceptions: set[str], read: Read, cancelled: set[str]
    ) -> set[str]:
        """Every instance that is as the rule says; gives the ids of all that the rule gives."""
        name = str(master["id"])
        reason = why_not(master)
        try:
            schedule = Schedule.of(master, book.zone)
            found = instances(name, schedule, since=book.since, until=book.until)
        except UNREADABLE:
            reason = reason or "unreadable rule"
        if reason is not None:
            read.skipped[book.external(name)] = reason
            return set()
        # Ids of other series' instances are left out: an instance's id begins with its series'.
        read.series[name] = [*schedule.written(), sorted(i for i in cancelled if i.startswith(f"{name}_"))]
        for instance in found:
            if instance.id not in exceptions:
                self._add(book, master, instance.id, read, instance=instance)
        return {instance.id for instance in found}

    def _exception(self, book: Book, event: dict[str, Any], master: dict[str, Any] | None, read: Read) -> None:
        """One instance that is not as the rule says: moved, answered apart, or cancelled."""
        name = str(event["id"])
        if not is_sparse(event):
            if _ends(event, book.zone) > book.since:
                self._add(book, event, name, read)
            else:
                read.gone.add(book.external(name))
            return
        if (
            master is None
            or is_sparse(master)
            or master.get("status") == "cancelled"
            or "originalStartTime" not in event
        ):
            read.gone.add(book.external(name))
            return
        # A cancelled instance tells only where it was: who was invited stands in the series.
        told = {**master, **event, "iCalUID": master.get("iCalUID"), "start": event["originalStartTime"]}
        schedule = Schedule.of(master, book.zone)
        told["end"] = event["originalStartTime"]
        at = _starts(told, book.zone)
        instance = Instance(id=name, at=at, until=at + schedule.length)
        told.pop("recurrence", None)
        self._add(book, told, name, read, instance=instance, cancelled=True)

    def _single(self, book: Book, event: dict[str, Any], read: Read) -> None:
        name = str(event["id"])
        if is_sparse(event) or _ends(event, book.zone) <= book.since:
            read.gone.add(book.external(name))
        else:
            self._add(book, event, name, read)

    def _add(
        self,
        book: Book,
        event: dict[str, Any],
        name: str,
        read: Read,
        *,
        instance: Instance | None = None,
        cancelled: bool = False,
    ) -> None:
        external_id, changed, now = book.external(name), stamp(event.get("updated")), self._now()
        reason = why_not(event)
        item = (
            Skipped(external_id=external_id, reason=reason)
            if reason is not None
            else read_meeting(
                event,
                source=self._source,
                external_id=external_id,
                zone=book.zone,
                seen_at=changed if changed is not None and changed <= now else now,
                instance=instance,
                cancelled=cancelled,
            )
        )
        if isinstance(item, Skipped):
            read.skipped[item.external_id] = item.reason
        else:
            read.meetings.append((item, changed))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._door.pacer.now, UTC)


def _cancelled(events: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, event in events.items() if event.get("status") == "cancelled"}


def _begins_as(master: dict[str, Any], old: Schedule) -> bool:
    try:
        return Schedule.of(master, old.zone).start == old.start
    except UNREADABLE:
        return False


def _remembered(series: list[Any]) -> list[str]:
    return list(series[4]) if len(series) > 4 else []


def _instances(name: str, schedule: Schedule, book: Book) -> list[Instance]:
    try:
        return instances(name, schedule, since=book.since, until=book.until)
    except UNREADABLE:
        return []


def _starts(event: dict[str, Any], zone: str) -> datetime:
    return moment(event["start"], zone)


def _ends(event: dict[str, Any], zone: str) -> datetime:
    try:
        return moment(event["end"], zone)
    except UNREADABLE:
        return datetime.max.replace(tzinfo=UTC)  # the reader will say what is wrong with it
