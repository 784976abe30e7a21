"""One raw Calendar event as a `Meeting`: a single one, one instance of a series, or an exception to it. Pure.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.base import Skipped
from connectors.google.series import UNREADABLE, Instance, moment
from connectors.meetings import instance_uid
from models.records import Attendee, Meeting, MeetingStatus, Person, Response, bounded_uid

FIELDS = (
    "nextPageToken,nextSyncToken,timeZone,items(id,iCalUID,status,created,updated,sequence,eventType,transparency,"
    "start,end,recurrence,recurringEventId,originalStartTime,organizer(email,displayName,self),"
    "attendees(email,displayName,self,organizer,resource,optional,responseStatus),attendeesOmitted,"
    "guestsCanModify)"
)
EVENT_FIELDS = FIELDS.partition("items(")[2][:-1]
# Blocks in one's own calendar that nobody is invited to.
_NO_MEETINGS = {
    "outOfOffice": "out of office",
    "focusTime": "focus time",
    "workingLocation": "working location",
    "birthday": "birthday",
    "fromGmail": "made from a mail",
}
_RESPONSES = {
    "accepted": Response.ACCEPTED,
    "tentative": Response.TENTATIVE,
    "declined": Response.DECLINED,
    "needsAction": Response.NONE,
}
_STATUSES = {"cancelled": MeetingStatus.CANCELLED, "tentative": MeetingStatus.TENTATIVE}


def why_not(event: dict[str, Any]) -> str | None:
    """Why an event is no meeting; None where it is one."""
    return _NO_MEETINGS.get(str(event.get("eventType")))


def is_sparse(event: dict[str, Any]) -> bool:
    """Whether this is a tombstone that tells nothing but its id."""
    return "start" not in event or "end" not in event


def read_meeting(
    event: dict[str, Any],
    *,
    source: str,
    external_id: str,
    zone: str,
    seen_at: datetime,
    instance: Instance | None = None,
    cancelled: bool = False,
) -> Meeting | Skipped:
    """The meeting. `instance` places one of a series whose master `event` is; `zone` is the calendar's.

    `seen_at` stands in for a missing or later change time. `cancelled` = Google withdrew this instance.
    """
    try:
        original = instance.at if instance is not None else _original(event, zone)
        at = instance.at if instance is not None else moment(event["start"], zone)
        until = instance.until if instance is not None else moment(event["end"], zone)
        name = str(event.get("iCalUID") or event["id"])
        organiser = _person(event.get("organizer"))
        sequence = max(0, int(event.get("sequence") or 0))
        moved = sequence > 0 and not event.get("guestsCanModify")
        return Meeting(
            source=source,
            external_id=external_id,
            uid=instance_uid(name, original),
            at=at,
            until=max(at, until),
            seen_at=seen_at,
            organiser=organiser,
            attendees=_attendees(event.get("attendees") or ()),
            status=MeetingStatus.CANCELLED if cancelled else _STATUSES.get(event["status"], MeetingStatus.CONFIRMED),
            series=bounded_uid(name) if original is not None else None,
            original_start=original,
            created_at=stamp(event.get("created")),
            sequence=sequence,
            all_day="date" in event["start"],
            free=event.get("transparency") == "transparent",
            moved_by=organiser if moved else None,  # only the organiser may move it then
        )
    except UNREADABLE:
        return Skipped(external_id=external_id, reason="unreadable event")


def stamp(value: object) -> datetime | None:
    """An RFC 3339 time in UTC; None for none, or one that is no time."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC) if value else None
    except ValueError:
        return None


def _original(event: dict[str, Any], zone: str) -> datetime | None:
    place = event.get("originalStartTime")
    return moment(place, zone) if place and "recurringEventId" in event else None


def _attendees(raw: Any) -> tuple[Attendee, ...]:
    found: dict[str, Attendee] = {}
    for one in raw:
        person = _person(one)
        if person is not None:
            found.setdefault(
                person.address,
                Attendee(
                    person=person,
                    response=_RESPONSES.get(str(one.get("responseStatus")), Response.NONE),
                    optional=bool(one.get("optional")),
                    resource=bool(one.get("resource")),
                ),
            )
    return tuple(found.values())


def _person(raw: Any) -> Person | None:
    address = str((raw or {}).get("email") or "").strip().lower()
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or any(c.isspace() for c in address):
        return None
    return Person(address=address, name=" ".join(str(raw.get("displayName") or "").split()))
