"""iCalendar (RFC 5545) as `Meeting` values: series expanded, time zones resolved, one broken event one skip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import icalendar
import recurring_ical_events
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from connectors.archive.recurrence import is_no_meeting
from connectors.base import Skipped
from connectors.meetings import instance_uid
from models.records import Attendee, Meeting, MeetingStatus, Message, Person, Response, bounded_uid

_MOST_INSTANCES = 12_000  # of one series: a daily one over thirty years; a hostile rule ends here
_MOST_BY_MAIL = 400
_MOST_IN_MAIL, _MOST_SERIES_IN_MAIL = 1_000, 20  # a mail invites to one series; a calendar may be attached
_STEP = timedelta(days=366)
_HORIZON_BY_MAIL = timedelta(days=400)
_MARK = rb"^%s:%s[ \t]*\r?$"
_RESPONSES = {"ACCEPTED": Response.ACCEPTED, "TENTATIVE": Response.TENTATIVE, "DECLINED": Response.DECLINED}
_STATUSES = {"CANCELLED": MeetingStatus.CANCELLED, "TENTATIVE": MeetingStatus.TENTATIVE}
# What reading one hostile event may raise; nothing of it may end the archive.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What part of endless series is expanded, and what stands in for missing change times.

    until   expansion ends here, UTC
    seen_at when the calendar was observed, for events that tell no change time
    since   instances before are left out; None = from the first event
    """

    until: datetime
    seen_at: datetime
    since: datetime | None = None
    most: int = _MOST_INSTANCES


def is_calendar(head: bytes) -> bool:
    """Whether these first bytes of a file are those of an iCalendar file."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR"


def read_calendar(raw: bytes, *, source: str, window: Window) -> Iterator[Meeting | Skipped]:
    """Every instance of every event in the file up to `window.until`; what cannot be read is a Skipped."""
    for events, zone, _, broken in _groups(raw):
        if broken is not None:
            yield broken
            continue
        yield from read_event(events, zone, source=source, window=window)


def read_event(events: list[Any], zone: tzinfo, *, source: str, window: Window) -> Iterator[Meeting | Skipped]:
    """All instances of one UID: `events` holds the master and its exceptions; `zone` is for times that have none."""
    uid = str(events[0].get("UID") or "")
    name = uid[:200] or "event without UID"
    try:
        in_series = any(e.get("RRULE") or e.get("RDATE") or e.get("RECURRENCE-ID") for e in events)
        if in_series and any(is_no_meeting(e) for e in events):
            yield Skipped(external_id=name, reason="no rule of meetings")
            return
        found = list(_expand(events, zone, window)) if in_series else events[-1:]
        for event in found:
            meeting = _meeting(event, zone, source=source, window=window, in_series=in_series)
            if window.since is None or meeting.at >= window.since:
                yield meeting
    except _UNREADABLE:
        yield Skipped(external_id=name, reason="unreadable event")


def meetings_in_mail(parts: Iterable[bytes], message: Message) -> list[Meeting]:
    """The meeting versions an invitation mail carries: requests, moves, and cancellations by the organiser.

    An answer (METHOD:REPLY) names one invitee only, so it makes no version of its own.
    """
    found: list[Meeting] = []
    # What lies before the mail has been held as it was: an update of the series moves only what is to come.
    window = Window(
        until=message.at + _HORIZON_BY_MAIL,
        seen_at=message.at,
        since=message.at - timedelta(days=1),
        most=_MOST_BY_MAIL,
    )
    series = 0
    for part in parts:
        for events, zone, method, broken in _groups(part):
            series += any(e.get("RRULE") for e in events)
            if len(found) >= _MOST_IN_MAIL or series > _MOST_SERIES_IN_MAIL:
                return found
            if broken is not None or method not in ("REQUEST", "PUBLISH", "CANCEL", ""):
                continue
            if method == "CANCEL" and not all(str(e.get("STATUS", "")).upper() == "CANCELLED" for e in events):
                continue  # an invitee was taken off the list, the meeting stands
            for item in read_event(events, zone, source=message.source, window=window):
                if isinstance(item, Meeting):
                    name = bounded_uid(f"{message.external_id}#{item.uid}")
                    found.append(replace(item, external_id=name, seen_at=message.at))
    return found


def _groups(raw: bytes) -> Iterator[tuple[list[Any], tzinfo, str, Skipped | None]]:
    """Events by UID, with the calendar's zone and method; a part that cannot be parsed as a Skipped."""
    try:
        calendars = icalendar.Calendar.from_ical(raw, multiple=True)
        for calendar in calendars:
            zone, method = _zone_of(calendar), str(calendar.get("METHOD") or "").upper()
            yield from ((events, zone, method, None) for events in _by_uid(calendar))
        return
    except _UNREADABLE:
        pass
    zones = b"\r\n".join(_blocks(raw, b"VTIMEZONE"))
    prefix = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + zones + b"\r\n"
    number = 0
    for number, block in enumerate(_blocks(raw, b"VEVENT"), 1):
        try:
            calendar = icalendar.Calendar.from_ical(prefix + block + b"\r\nEND:VCALENDAR\r\n")
            for events in _by_uid(calendar):
                yield events, UTC, "", None
        except _UNREADABLE:
            yield [], UTC, "", Skipped(external_id=f"event {number}", reason="unreadable event")
    if number == 0:
        yield [], UTC, "", Skipped(external_id="calendar", reason="unreadable calendar")


def _blocks(raw: bytes, name: bytes) -> Iterator[bytes]:
    """What stands between BEGIN and END of this name, both included; in one pass."""
    begin, end = (re.compile(_MARK % (word, name), re.MULTILINE | re.IGNORECASE) for word in (b"BEGIN", b"END"))
    at = 0
    while (first := begin.search(raw, at)) is not None and (last := end.search(raw, first.end())) is not None:
        yield raw[first.start() : last.end()]
        at = last.end()


def _by_uid(calendar: Any) -> list[list[Any]]:
    groups: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        groups.setdefault(str(event.get("UID") or f"\0{number}"), []).append(event)
    return list(groups.values())


def _zone_of(calendar: Any) -> tzinfo:
    name = str(calendar.get("X-WR-TIMEZONE") or "").strip()
    if name:
        try:
            return ZoneInfo(WINDOWS_TO_OLSON.get(name, name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return UTC


def _expand(events: list[Any], zone: tzinfo, window: Window) -> Iterator[Any]:
    calendar = icalendar.Calendar()
    for event in events:
        calendar.add_component(event)
    starts = [_moment(e["DTSTART"].dt, zone) for e in events if "DTSTART" in e]
    first = max(min(starts) - timedelta(days=1), window.since or min(starts) - timedelta(days=1))
    if first >= window.until:
        return
    query = recurring_ical_events.of(calendar)
    seen: set[object] = set()
    while first < window.until:
        after = min(first + _STEP, window.until)
        for event in query.between(first, after):
            at = event["DTSTART"].dt
            name = (getattr(event.get("RECURRENCE-ID"), "dt", None), at)
            if name in seen or _moment(at, zone) >= window.until:  # one that lies across two steps is in both
                continue
            seen.add(name)
            yield event
            if len(seen) >= window.most:
                return
        first = after


def _meeting(event: Any, zone: tzinfo, *, source: str, window: Window, in_series: bool) -> Meeting:
    uid = str(event.get("UID") or "")
    begin = event["DTSTART"].dt
    at = _moment(begin, zone)
    all_day = not isinstance(begin, datetime)
    original = event.get("RECURRENCE-ID")
    original_start = _moment(original.dt, zone) if in_series and original is not None else None
    if not uid:
        uid = f"{at:%Y%m%dT%H%M%SZ} {event.get('SUMMARY', '')}"
    name = instance_uid(uid, original_start)
    stamps = [_stamp(event, key) for key in ("LAST-MODIFIED", "DTSTAMP")]
    created = _stamp(event, "CREATED")
    summary = event.get("SUMMARY")
    return Meeting(
        source=source,
        external_id=name,
        uid=name,
        at=at,
        until=max(at, _end(event, begin, zone)),
        seen_at=next((s for s in stamps if s is not None and s <= window.seen_at), window.seen_at),
        organiser=_person(event.get("ORGANIZER")),
        attendees=_attendees(event),
        status=_STATUSES.get(str(event.get("STATUS") or "").upper(), MeetingStatus.CONFIRMED),
        series=bounded_uid(uid) if in_series else None,
        original_start=original_start,
        created_at=created,
        sequence=max(0, int(event.get("SEQUENCE") or 0)),
        all_day=all_day,
        free=str(event.get("TRANSP") or "").upper() == "TRANSPARENT",
        subject=" ".join(str(summary).split()).replace("\0", "") if summary else None,
    )


def _end(event: Any, begin: date | datetime, zone: tzinfo) -> datetime:
    if "DTEND" in event:
        return _moment(event["DTEND"].dt, zone)
    if "DURATION" in event:
        return _moment(begin, zone) + event["DURATION"].dt  # type: ignore[no-any-return]
    return _moment(begin, zone) + (timedelta() if isinstance(begin, datetime) else timedelta(days=1))


def _moment(value: date | datetime, zone: tzinfo) -> datetime:
    """UTC; a floating time or a day is placed in the calendar's zone."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), zone)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def _stamp(event: Any, key: str) -> datetime | None:
    value = getattr(event.get(key), "dt", None)
    return _moment(value, UTC) if isinstance(value, date) else None


def _attendees(event: Any) -> tuple[Attendee, ...]:
    raw = event.get("ATTENDEE") or []
    seen: dict[str, Attendee] = {}
    for one in raw if isinstance(raw, list) else [raw]:
        person = _person(one)
        if person is None or person.address in seen:
            continue
        params = one.params
        seen[person.address] = Attendee(
            person=person,
            response=_RESPONSES.get(str(params.get("PARTSTAT", "")).upper(), Response.NONE),
            optional=str(params.get("ROLE", "")).upper() in ("OPT-PARTICIPANT", "NON-PARTICIPANT"),
            resource=str(params.get("CUTYPE", "")).upper() in ("ROOM", "RESOURCE"),
        )
    return tuple(seen.values())


def _person(value: Any) -> Person | None:
    """Whom ORGANIZER or ATTENDEE names; some programs put the address into EMAIL and an identifier into the value."""
    if value is None:
        return None
    if isinstance(value, list):
        value = value[0]
    params = getattr(value, "params", {})
    for text in (str(params.get("EMAIL", "")), str(value)):
        address = re.sub(r"^mailto:", "", text.strip(), flags=re.IGNORECASE).strip().strip("<>").lower()
        local, at, domain = address.rpartition("@")
        if at and local and domain and not any(c.isspace() for c in address):
            return Person(address=address, name=" ".join(str(params.get("CN", "")).split()))
    return None
