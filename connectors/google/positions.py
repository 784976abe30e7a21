"""Where a pull of Gmail or Calendar stands, as the text that the store keeps. Provider and version stand in it."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.base import CursorExpired

_GMAIL = "gmail.1:"
_CALENDAR = "gcal.1:"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPosition:
    """A position in a mailbox.

    history   Gmail's own position; everything later is still to come
    backfill  the first reading is not complete: list the ids again and read what is not known
    owed      ids that could not be read yet -> pulls that tried
    """

    history: str
    backfill: bool = False
    owed: dict[str, int] = field(default_factory=dict)

    def written(self) -> str:
        """As a cursor."""
        return _GMAIL + json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def read(cls, cursor: str) -> MailPosition:
        """From a cursor; CursorExpired if another version wrote it."""
        if not cursor.startswith(_GMAIL):
            raise CursorExpired("the position in this mailbox was written by another version")
        try:
            found = json.loads(cursor.removeprefix(_GMAIL))
            return cls(history=str(int(found["history"])), backfill=bool(found["backfill"]), owed=dict(found["owed"]))
        except (ValueError, KeyError, TypeError) as e:
            raise CursorExpired("the position in this mailbox cannot be read") from e


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaPosition:
    """A position in all calendars of an account. Times are seconds since 1970.

    tokens      calendar id -> Google's sync token
    series      calendar id -> series id -> [start, end, recurrence, zone, ids of cancelled instances]
    since       earlier meetings were never listed
    until       series are expanded up to here
    pulled      when the last pull began
    listed      when the list of calendars was last read
    """

    tokens: dict[str, str]
    series: dict[str, dict[str, Any]]
    since: int
    until: int
    pulled: int
    listed: int

    def written(self) -> str:
        """As a cursor; packed, for the series of a busy person are some kilobytes."""
        packed = zlib.compress(json.dumps(asdict(self), separators=(",", ":"), sort_keys=True).encode(), 9)
        return _CALENDAR + base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def read(cls, cursor: str) -> AgendaPosition:
        """From a cursor; CursorExpired if another version wrote it."""
        if not cursor.startswith(_CALENDAR):
            raise CursorExpired("the position in these calendars was written by another version")
        try:
            found = json.loads(zlib.decompress(base64.urlsafe_b64decode(cursor.removeprefix(_CALENDAR))))
            return cls(**found)
        except (ValueError, KeyError, TypeError, zlib.error, binascii.Error) as e:
            raise CursorExpired("the position in these calendars cannot be read") from e
