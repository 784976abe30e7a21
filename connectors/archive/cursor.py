"""What is remembered of an archive between two imports, so that the second one reads only what is new."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from connectors.base import CursorExpired

VERSION = 1
EDGE = 4096  # bytes of the head and before the offset that prove it is still the same file


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCursor:
    """How far one file was read.

    size, mtime_ns   of the file on disk when it was read
    offset           unpacked bytes that are done with
    head, tail       hashes of the first bytes and of those before `offset`, each with its length
    ended            the end was reached
    newest           seconds since 1970 of the newest believable mail so far; 0 = none
    expanded_until   for calendars: how far series were expanded, seconds since 1970
    """

    size: int
    mtime_ns: int
    offset: int
    head: str = ""
    head_length: int = 0
    tail: str = ""
    tail_length: int = 0
    ended: bool = False
    newest: int = 0
    expanded_until: int = 0

    def text(self, kind: str) -> str:
        """As it is stored; `kind` and version tell a changed format from a broken one."""
        return json.dumps({"kind": kind, "version": VERSION, **asdict(self)}, separators=(",", ":"))


def fingerprint(data: bytes) -> str:
    """A short hash of some bytes."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def stored(text: str, kind: str) -> dict[str, Any]:
    """The fields of a stored cursor; CursorExpired where another version or kind wrote it."""
    try:
        found = json.loads(text)
        if found.pop("kind") == kind and found.pop("version") == VERSION:
            return dict(found)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CursorExpired("the archive was last read by another version")


def file_cursor(text: str, kind: str) -> FileCursor:
    """A stored `FileCursor`; CursorExpired where it cannot be understood."""
    try:
        return FileCursor(**stored(text, kind))
    except TypeError as e:
        raise CursorExpired("the archive was last read by another version") from e
