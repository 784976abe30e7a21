"""Where a mailbox was left: one delta link a folder, the folder list's own, and what is not decided yet.

The text of the cursor is JSON with its version in front; a version we do not know is an expired cursor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.base import CursorExpired

VERSION = "graph-mail/1"


@dataclass(slots=True)
class Mark:
    """One folder: its parent, and where its delta goes on; None = not begun. `whole` = its first round is over."""

    parent: str = ""
    link: str | None = None
    whole: bool = False
    filtered: bool = False  # its first round asks only for mail behind the horizon
    count: int = 0  # items of the first round so far


@dataclass(slots=True)
class MailCursor:
    """Everything that a pull needs to go on.

    way       the address its links belong to: another Graph, or another way of asking, knows nothing of them
    left_out  ids of folders that are not read, by rule; what lies below them is not read either
    removed   ids that left a folder in this cycle and may be elsewhere: decided at its end
    census    a listing of all ids is due: a folder was read anew or vanished, and what it held is not known
    audited   when all ids were last listed
    headers   False once Graph refused internet headers under this permission
    since     the horizon it was begun with; earlier mail is not asked for
    first     the reading from the start is not over: its end sweeps
    """

    way: str = ""
    folder_link: str | None = None
    folders: dict[str, Mark] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    census: bool = False
    audited: datetime | None = None
    headers: bool = True
    since: datetime | None = None
    first: bool = True

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(
            {
                "version": VERSION,
                "way": self.way,
                "folder_link": self.folder_link,
                "folders": {
                    k: [m.parent, m.link, int(m.whole), int(m.filtered), m.count] for k, m in self.folders.items()
                },
                "left_out": self.left_out,
                "removed": self.removed,
                "census": self.census,
                "audited": self.audited.isoformat() if self.audited else None,
                "headers": self.headers,
                "since": self.since.isoformat() if self.since else None,
                "first": self.first,
            },
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str, way: str = "") -> MailCursor:
        """From its stored form; CursorExpired for another version, another way or a broken text."""
        try:
            stored: dict[str, Any] = json.loads(text)
            if stored["version"] != VERSION:
                raise CursorExpired("the stored position is from another version")
            if way and stored["way"] != way:
                raise CursorExpired("the mailbox is read by another way than before")
            return cls(
                way=stored["way"],
                folder_link=stored["folder_link"],
                folders={
                    k: Mark(parent, link, bool(whole), bool(filtered), int(count))
                    for k, (parent, link, whole, filtered, count) in stored["folders"].items()
                },
                left_out=list(stored["left_out"]),
                removed=list(stored["removed"]),
                census=bool(stored["census"]),
                audited=datetime.fromisoformat(stored["audited"]) if stored["audited"] else None,
                headers=bool(stored["headers"]),
                since=datetime.fromisoformat(stored["since"]) if stored["since"] else None,
                first=bool(stored["first"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise CursorExpired("the stored position cannot be read") from e

    def reads(self, folder: str) -> bool:
        """Whether mail of this folder counts: it is known, and neither it nor a folder above it is left out."""
        if folder not in self.folders:
            return False
        seen: set[str] = set()
        while folder and folder not in seen:
            if folder in self.left_out:
                return False
            seen.add(folder)
            mark = self.folders.get(folder)
            folder = mark.parent if mark else ""
        return True

    def read_folders(self) -> list[str]:
        """Every folder that is read."""
        return [folder for folder in self.folders if self.reads(folder)]
