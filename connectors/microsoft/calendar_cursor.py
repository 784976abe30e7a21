"""Where a calendar was left: its windows with their delta links, what is not decided yet, and the last audit.

The text of the cursor is JSON with its version in front; a version we do not know is an expired cursor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import CursorExpired

VERSION = "graph-calendar/1"


@dataclass(slots=True)
class Window:
    """A stretch [start, end) and where its delta goes on; None = not begun. `whole` = its first round is over."""

    start: datetime
    end: datetime
    link: str | None = None
    whole: bool = False


@dataclass(slots=True)
class CalendarCursor:
    """Everything that a pull needs to go on.

    way      the address its links belong to: another Graph knows nothing of them
    origin   where the first window began
    removed  ids that left a window in this pull and may be elsewhere: decided at its end
    far      ids that we know and that moved out of every window: no listing shows them
    anew     a reading from the origin is under way, its end sweeps
    audited  when everything was last listed; None = not since this cursor began, or by an older version
    """

    way: str
    origin: datetime
    windows: list[Window] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    far: list[str] = field(default_factory=list)
    anew: bool = True
    audited: datetime | None = None

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(
            {
                "version": VERSION,
                "way": self.way,
                "origin": self.origin.isoformat(),
                "windows": [[w.start.isoformat(), w.end.isoformat(), w.link, int(w.whole)] for w in self.windows],
                "removed": self.removed,
                "far": self.far,
                "anew": self.anew,
                "audited": self.audited.isoformat() if self.audited else None,
            },
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str, way: str) -> CalendarCursor:
        """From its stored form; CursorExpired for another version, another way or a broken text."""
        try:
            stored = json.loads(text)
            if stored["version"] != VERSION:
                raise CursorExpired("the stored position is from another version")
            if stored["way"] != way:
                raise CursorExpired("the calendar is read by another way than before")
            return cls(
                way=way,
                origin=datetime.fromisoformat(stored["origin"]),
                windows=[
                    Window(datetime.fromisoformat(start), datetime.fromisoformat(end), link, bool(whole))
                    for start, end, link, whole in stored["windows"]
                ],
                removed=list(stored["removed"]),
                far=list(stored.get("far") or ()),
                anew=bool(stored["anew"]),
                audited=datetime.fromisoformat(stored["audited"]) if stored.get("audited") else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise CursorExpired("the stored position cannot be read") from e
