"""The calendars of one account as a connector: masters and exceptions by sync token, series expanded here.

A full listing costs a request per 2,500 events, so it is also how the horizon of endless series moves on, once a month.
All pages of a pull but the last have no cursor: reading them again costs as little as the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import CursorExpired, Known, Page, ServiceUnavailable, Skipped, knows_nothing
from connectors.google.calendar_reader import EVENT_FIELDS, FIELDS, is_sparse, read_meeting, stamp, why_not
from connectors.google.client import Resources
from connectors.google.door import Door, NotThere
from connectors.google.positions import AgendaPosition
from connectors.google.series import UNREADABLE, Instance, Schedule, instances, moment
from models.records import Meeting

PAGE = 2500
_AHEAD = timedelta(days=120)
_HISTORY = timedelta(days=730)
_CALENDARS_EVERY = 86_400  # seconds between looks at the list of calendars
_ITEMS_A_PAGE = 500


def horizon(now: datetime) -> datetime:
    """Up to when series are expanded: the first of a month, about four months ahead."""
    ahead = now + _AHEAD
    year, month = (ahead.year + 1, 1) if ahead.month == 12 else (ahead.year, ahead.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
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
class _Read:
    """What a listing of one calendar came to."""

    meetings: list[tuple[Meeting, datetime | None]] = field(default_factory=list)  # with Google's change time
    skipped: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    series: dict[str, Any] = field(default_factory=dict)


class CalendarConnector:
    """The meetings of one account.

    chosen      ids of the calendars to read; None = those the person owns
    since       meetings that ended before are not listed; default: two years before the first pull
    audited     the daily audit is due: everything is listed again, and the result told here
    page_size   events per listing; smaller only in tests
    """

    def __init__(
        self,
        mailbox: str,
        service: Resources,
        door: Door,
        *,
        known: Known = knows_nothing,
        chosen: Sequence[str] | None = None,
        since: datetime | None = None,
        audited: Callable[[int, int, int], None] | None = None,
        page_size: int = PAGE,
    ) -> None:
        self._events, self._calendars = service.of("events"), service.of("calendarList")
        self._mailbox = mailbox
        self._source = f"gcal:{mailbox}"
        self._door = door
        self._known = known
        self._chosen = chosen
        self._since = since
        self._audited = audited
        self._page_size = page_size

    @property
    def source(self) -> str:
        """gcal:ADDRESS"""
        return self._source

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Every meeting, or what changed since `cursor`."""
        try:
            yield from self._everything() if cursor is None else self._changes(AgendaPosition.read(cursor))
        except NotThere as e:
            raise ServiceUnavailable("a calendar is no longer there") from e
        finally:
            self._door.close()

    def _everything(self) -> Iterator[Page]:
        began = self._now()
        since, until = self._since or began - _HISTORY, horizon(began)
        position = AgendaPosition(
            tokens={},
            series={},
            since=int(since.timestamp()),
            until=int(until.timestamp()),
            pulled=int(began.timestamp()),
            listed=int(began.timestamp()),
        )
        reads = []
        for book in self._books(position):
            read, token = self._read_whole(book)
            reads.append(read)
            position.tokens[book.id] = token
            position.series[book.id] = read.series
        yield from self._as_pages(reads, position, began, previous=None, sweep=True)

    def _changes(self, position: AgendaPosition) -> Iterator[Page]:
        began = self._now()
        previous = datetime.fromtimestamp(position.pulled, UTC)
        look_again = began.timestamp() - position.listed >= _CALENDARS_EVERY
        further = horizon(began).timestamp() > position.until
        new = replace(position, tokens={}, series={}, pulled=int(began.timestamp()))
        if look_again:
            new = replace(new, listed=new.pulled)
        reads = []
        for book in self._books(position) if look_again else self._same_books(position):
            token = position.tokens.get(book.id)
            if token is not None:
                read, new.tokens[book.id] = self._read_changes(book, token, position.series.get(book.id, {}))
                new.series[book.id] = read.series
                reads.append(read)
            if token is None or further or self._audited is not None:
                read, new.tokens[book.id] = self._read_whole(replace(book, until=horizon(began)))
                new.series[book.id] = read.series
                reads.append(read)
        if position.tokens.keys() - new.tokens.keys():
            raise CursorExpired("a calendar is no longer read: all are listed again")
        if further:
            new = replace(new, until=int(horizon(began).timestamp()))
        if self._audited is not None:
            names = [m.external_id for read in reads for m, _ in read.meetings]
            missing = len(set(names)) - len(self._known(names))
            self._audited(len(set(names)), missing, missing)
        audit = self._audited is not None
        yield from self._as_pages(reads, new, began, previous=previous, sweep=audit, census=audit)

    def _books(self, position: AgendaPosition) -> list[_Book]:
        """The calendars to read, as Google lists them now."""
        found = []
        token: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._door.call(
                self._calendars.list(
                    maxResults=250,
                    pageToken=token,
                    showHidden=True,
                    fields="nextPageToken,items(id,primary,accessRole,timeZone)",
                ),
                1,
            )
            for row in answer.get("items") or ():
                wanted = row.get("accessRole") == "owner" if self._chosen is None else row["id"] in self._chosen
                if wanted or (row.get("primary") and self._chosen is not None and "primary" in self._chosen):
                    found.append(self._book(position, str(row["id"]), zone=str(row.get("timeZone") or "UTC")))
            token = answer.get("nextPageToken")
            if not token or token in seen:
                return list({book.id: book for book in found}.values())
            seen.add(token)

    def _same_books(self, position: AgendaPosition) -> list[_Book]:
        return [self._book(position, name) for name in position.tokens]

    def _book(self, position: AgendaPosition, name: str, zone: str = "UTC") -> _Book:
        return _Book(
            id=name,
            primary=name == self._mailbox,
            zone=zone,
            since=datetime.fromtimestamp(position.since, UTC),
            until=datetime.fromtimestamp(position.until, UTC),
        )

    # --- listings

    def _read_whole(self, book: _Book) -> tuple[_Read, str]:
        events, zone, token = self._list(book, timeMin=book.since.isoformat().replace("+00:00", "Z"))
        book = replace(book, zone=zone or book.zone)
        read = _Read()
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

    def _read_changes(self, book: _Book, token: str, series: dict[str, Any]) -> tuple[_Read, str]:
        events, zone, new_token = self._list(book, syncToken=token)
        book = replace(book, zone=zone or book.zone)
        read = _Read(series=dict(series))
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
        self, book: _Book, name: str, changed: dict[str, dict[str, Any]], old: Schedule | None, read: _Read
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

    def _list(self, book: _Book, **query: Any) -> tuple[dict[str, dict[str, Any]], str, str]:
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

    def _event(self, book: _Book, name: str) -> dict[str, Any] | None:
        try:
            return self._door.call(self._events.get(calendarId=book.id, eventId=name, fields=EVENT_FIELDS), 1)
        except NotThere:
            return None

    # --- events

    def _expand(
        self, book: _Book, master: dict[str, Any], exceptions: set[str], read: _Read, cancelled: set[str]
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

    def _exception(self, book: _Book, event: dict[str, Any], master: dict[str, Any] | None, read: _Read) -> None:
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

    def _single(self, book: _Book, event: dict[str, Any], read: _Read) -> None:
        name = str(event["id"])
        if is_sparse(event) or _ends(event, book.zone) <= book.since:
            read.gone.add(book.external(name))
        else:
            self._add(book, event, name, read)

    def _add(
        self,
        book: _Book,
        event: dict[str, Any],
        name: str,
        read: _Read,
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

    # --- pages

    def _as_pages(
        self,
        reads: Iterable[_Read],
        position: AgendaPosition,
        began: datetime,
        *,
        previous: datetime | None,
        sweep: bool = False,
        census: bool = False,
    ) -> Iterator[Page]:
        meetings: dict[str, tuple[Meeting, datetime | None]] = {}
        skipped: dict[str, str] = {}
        gone: set[str] = set()
        for read in reads:  # a later listing has the last word
            gone |= read.gone
            skipped |= read.skipped
            meetings |= {m.external_id: (m, changed) for m, changed in read.meetings}
            gone -= {m.external_id for m, _ in read.meetings}
        ready = list(meetings.values())
        for start in range(0, max(0, len(ready) - _ITEMS_A_PAGE), _ITEMS_A_PAGE):
            part = ready[start : start + _ITEMS_A_PAGE]
            dated = self._dated(part, began, previous)
            yield Page(interactions=dated, done=start + len(part), total=len(ready), census=census and start == 0)
        rest = ready[_ITEMS_A_PAGE * (max(0, len(ready) - 1) // _ITEMS_A_PAGE) :]
        yield Page(
            interactions=self._dated(rest, began, previous),
            skipped=tuple(Skipped(external_id=name, reason=why) for name, why in skipped.items()),
            gone=tuple(sorted(gone)),
            cursor=position.written(),
            read_until=began,
            sweep=sweep,
            census=census and len(rest) == len(ready),
            done=len(ready),
            total=len(ready),
        )

    def _dated(
        self, part: Sequence[tuple[Meeting, datetime | None]], began: datetime, previous: datetime | None
    ) -> tuple[Meeting, ...]:
        """Each version with the time it was made, or, where Google's change time is an old one, observed.

        An invitee's answer need not move `updated`: what is not newer than the last look was changed since.
        """
        known = self._known([meeting.external_id for meeting, _ in part])

        def observed(meeting: Meeting, changed: datetime | None) -> Meeting:
            fresh = changed is not None and previous is not None and changed > previous
            if meeting.external_id not in known or fresh:
                return meeting
            return replace(meeting, seen_at=began)

        return tuple(observed(meeting, changed) for meeting, changed in part)

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


def _instances(name: str, schedule: Schedule, book: _Book) -> list[Instance]:
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
