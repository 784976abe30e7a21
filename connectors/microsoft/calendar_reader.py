"""One event of Graph as a `Meeting`: pure, with golden pairs as its test.

An occurrence may come with nothing but its times; what it lacks stands on its series' master.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Skipped
from connectors.meetings import instance_uid
from connectors.microsoft.mail_reader import person_of, time_of
from connectors.microsoft.windows_zones import zone_of
from models.records import Attendee, Meeting, MeetingStatus, Response, bounded_uid

Json = Mapping[str, Any]

MASTER_FIELDS = (
    "id,iCalUId,subject,organizer,attendees,isAllDay,isCancelled,isDraft,showAs,createdDateTime,lastModifiedDateTime,"
    "originalStartTimeZone,type"
)
INSTANCE_FIELDS = f"{MASTER_FIELDS},start,end,originalStart,seriesMasterId"
_ANSWERS = {
    "accepted": Response.ACCEPTED,
    "organizer": Response.ACCEPTED,
    "tentativelyaccepted": Response.TENTATIVE,
    "declined": Response.DECLINED,
}
# Exchange's global object id (MS-OXOCAL 2.2.1.27): 16 fixed bytes, then the day of the instance, zero on the master.
_GLOBAL_ID = re.compile(r"^(040000008200E00074C5B7101A82E008)[0-9A-F]{8}([0-9A-F]+)$", re.IGNORECASE)
_FOREIGN = "7643616C2D55696401000000"  # "vCal-Uid", 1: a UID that another calendar gave, as text
_NEVER = datetime(1900, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=3660)


def needs_master(raw: Json) -> bool:
    """Whether an occurrence came without what stands on its master."""
    return bool(raw.get("seriesMasterId")) and ("organizer" not in raw or "iCalUId" not in raw)


def read_event(raw: Json, *, source: str, now: datetime, master: Json | None = None) -> Meeting | Skipped:
    """An instance, whole or completed from its master; Skipped with its reason for what is no meeting."""
    external_id = str(raw["id"])
    if raw.get("type") == "seriesMaster":
        return Skipped(external_id=external_id, reason="series master")
    both: Json = {**(master or {}), **raw}
    if both.get("isDraft"):
        return Skipped(external_id=external_id, reason="draft")
    in_series = bool(raw.get("seriesMasterId")) and raw.get("type") != "singleInstance"
    all_day = bool(both.get("isAllDay"))
    start, end = (_moment(both, edge, all_day=all_day) for edge in ("start", "end"))
    if start is None or end is None:
        return Skipped(external_id=external_id, reason="no date")
    if not timedelta(0) <= end - start <= _LONGEST:
        return Skipped(external_id=external_id, reason="ends before it starts")
    series = clean_uid(str((master or both).get("iCalUId") or both.get("iCalUId") or external_id))
    original = (_time(raw.get("originalStart")) or start) if in_series else None
    modified = [
        m for m in (_time(raw.get("lastModifiedDateTime")), _time((master or {}).get("lastModifiedDateTime"))) if m
    ]
    attendees: dict[str, Attendee] = {}
    for invited in both.get("attendees") or ():
        attendee = _attendee(invited)
        if attendee is not None:
            attendees.setdefault(attendee.person.address, attendee)
    return Meeting(
        source=source,
        external_id=external_id,
        uid=instance_uid(series, original),
        series=bounded_uid(series) if in_series else None,
        at=start,
        until=end,
        seen_at=max(modified) if modified else now,
        original_start=original,
        created_at=_time(both.get("createdDateTime")),
        organiser=person_of(both.get("organizer")),
        attendees=tuple(attendees.values()),
        status=MeetingStatus.CANCELLED if both.get("isCancelled") else MeetingStatus.CONFIRMED,
        all_day=all_day,
        free=both.get("showAs") == "free",
        subject=str(both["subject"]) if both.get("subject") else None,
    )


def clean_uid(uid: str) -> str:
    """The iCalendar UID that everybody else knows the series by.

    Exchange writes the day of an instance into its id, and wraps ids of other calendars in its own.
    """
    found = _GLOBAL_ID.match(uid)
    if found is None:
        return uid
    _, _, data = found[2].upper().partition(_FOREIGN)
    if data:
        try:
            return bytes.fromhex(data).split(b"\0")[0].decode("ascii")
        except ValueError:
            pass
    return f"{found[1].upper()}00000000{found[2].upper()}"


def _attendee(raw: Json) -> Attendee | None:
    person = person_of(raw)
    if person is None:
        return None
    status = raw.get("status") or {}
    answered = _time(status.get("time"))
    response = _ANSWERS.get(str(status.get("response") or "").lower(), Response.NONE)
    return Attendee(
        person=person,
        response=response,
        optional=raw.get("type") == "optional",
        resource=raw.get("type") == "resource",
        answered_at=answered if response is not Response.NONE else None,
    )


def _moment(raw: Json, edge: str, *, all_day: bool) -> datetime | None:
    """Start or end, UTC. An all-day event has midnights of no zone: they are those of the zone it was made in."""
    written = raw.get(edge)
    if not isinstance(written, Mapping):
        return None
    try:
        moment = datetime.fromisoformat(str(written.get("dateTime"))[:26])
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    zone = zone_of(str(written.get("timeZone") or "UTC"))
    if all_day:
        own = raw.get("originalStartTimeZone")
        zone = zone_of(str(own)) if own else zone
    return moment.replace(tzinfo=zone or UTC).astimezone(UTC)


def _time(value: object) -> datetime | None:
    moment = time_of(value)
    return moment if moment is not None and moment > _NEVER else None  # 0001-01-01 is Graph's "never"
