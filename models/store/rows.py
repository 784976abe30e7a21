"""How records stand in the tables: codes, columns, and whom a meeting concerns. No SQL here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum

from models.directory import Directory
from models.records import Meeting, MessageClass, Side
from models.store.keys import key_of

SIDES = (Side.US, Side.PARTNER, Side.OTHER)
CLASSES = tuple(MessageClass)
SIDE_CODE: Mapping[Side, int] = {side: code for code, side in enumerate(SIDES)}
CLASS_CODE: Mapping[MessageClass, int] = {kind: code for code, kind in enumerate(CLASSES)}
TO, CC, BCC, UNDELIVERED = range(4)
UNREAD = -1  # the generation of an id that is to be read again, whatever became of it

MESSAGE_COLUMNS = (
    "id",
    "key",
    "partner_id",
    "at",
    "sender_id",
    "side",
    "message_class",
    "thread_key",
    "root_key",
    "reply_key",
    "topic",
    "subject",
    "back_on",
    "suspect",
)


class ItemState(IntEnum):
    """What became of an id that a source listed."""

    STORED = 0
    SKIPPED = 1
    GONE = 2
    VANISHED = 3  # a mail that the service no longer shows: it counts until the grace is over


def content_of(meeting: Meeting) -> int:
    """A hash of everything a person can see of a meeting: the same content is the same version."""
    attendees = sorted(
        (a.person.address, a.response.value, a.optional, a.resource, a.answered_at) for a in meeting.attendees
    )
    seen: tuple[object, ...] = (
        meeting.at,
        meeting.until,
        meeting.status.value,
        meeting.organiser.address if meeting.organiser else None,
        attendees,
        meeting.all_day,
        meeting.free,
        meeting.original_start,
        meeting.present,
    )
    return key_of(repr(seen))


def partners_of(meeting: Meeting, directory: Directory) -> tuple[list[str], bool]:
    """Keys of the partners on a meeting, and whether one of ours is on it."""
    partners: list[str] = []
    us = False
    for person in meeting.people:
        found = directory.place(person.address)
        us = us or found.side is Side.US
        if found.partner is not None and found.partner not in partners:
            partners.append(found.partner)
    return partners, us


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp() // 1)
