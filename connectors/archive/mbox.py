"""Where the messages of an mbox begin and end, in a stream of any size and bounded memory.

A separator is a "From " line at the start of a line. Bodies contain such lines too, quoted (mboxrd, mboxo), not
quoted (mboxcl2 counts bytes instead) or by mistake, so a separator also has to look like one: a blank line before it,
and after it a header or in it a date; without the blank line it needs both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

CHUNK = 1024 * 1024  # small enough to stay in the processor's cache while it is searched and read
KEPT = 1024 * 1024  # of a larger message, this much is kept: its headers and the beginning of its text
_LOOK_AHEAD = 4096  # a separator and the line after it fit in here
_HEADER_LIMIT = 1024 * 1024

_CANDIDATE = re.compile(rb"\nFrom ([^\n]{0,1000})\n")
_HEADER = re.compile(rb"[!-9;-~]+:|>?From ")
_DATED = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+(?:[A-Z][a-z][a-z]\s+\d\d?|\d\d?\s+[A-Z][a-z][a-z])\s.*\d\d?:\d\d.*(?:19|20)\d\d"
    rb"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s+\d\d?\s+[A-Z][a-z][a-z]\s+\d{4}\s+\d\d?:\d\d"
)
_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_NEXT = re.compile(rb"(?:\r?\n){0,3}From ")
_BEFORE_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*")


class Bytes(Protocol):
    """What messages are split from."""

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""

    def back(self, count: int, /) -> bool:
        """Goes back `count` bytes to read them again; False where that cannot be done."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole messages in one piece of memory.

    data    the bytes; `spans` are [start, end) of each message in it, "From " line first
    base    absolute offset of data[0]
    offset  absolute offset of where the next block begins
    """

    data: bytes
    spans: list[tuple[int, int]]
    base: int
    offset: int


def begins_like_mbox(head: bytes) -> bool:
    """Whether these first bytes of a file are those of an mbox."""
    start = _start_of(head)
    if not head.startswith(b"From ", start):
        return False
    line, newline, rest = head[start : start + 8192].partition(b"\n")
    return bool(newline) and (_HEADER.match(rest) is not None or _DATED.search(line[:200]) is not None)


def blocks(stream: Bytes, offset: int, *, first: bool, chunk: int = CHUNK) -> Iterator[Block]:
    """The messages from the stream's position on, which is `offset` in the whole; `first` = the file begins here.

    Where it does not begin with a separator (something was appended to the last message) it goes on at the next one.
    A message larger than memory should hold is cut to its first part; its span is that part.
    """
    data = stream.read(chunk)
    base = offset
    final = len(data) < chunk
    start = _start_of(data) if first else 0
    if not first:
        begin = _NEXT.match(data)
        start = begin.end() - 5 if begin else _skip_to_next(data)
    counted = _LENGTH.search(data, 0, 64 * 1024) is not None
    while True:
        found = separators(data, start, final=final, counted=counted) if data else []
        edges = [start, *found]
        if final:
            spans = [(a, b) for a, b in zip(edges, [*found, len(data)], strict=True) if b > a]
            yield Block(data, spans, base, base + len(data))
            return
        last = edges[-1]
        if len(edges) > 1:
            yield Block(data, list(zip(edges, found, strict=False)), base, base + last)
            base, data, start = base + last, data[last:], 0
        elif len(data) - start > max(chunk, KEPT) * 2:
            kept = data[start : start + KEPT]
            skipped, rest, final = _to_next(stream, data, chunk)
            end = base + skipped
            yield Block(kept, [(0, len(kept))], base + start, end)
            base, data, start = end, rest, 0
            if final and not rest:
                return
            continue
        held = len(data)
        if stream.back(held):  # reading a few bytes again is cheaper than copying all the others
            data = stream.read(held + chunk)
        else:
            data += stream.read(chunk)
        final = len(data) < held + chunk


def separators(data: bytes, start: int, *, final: bool, counted: bool = False) -> list[int]:
    """Positions of the "From " lines after `start` that part messages; `counted` = Content-Length may be believed.

    Without `final`, what stands too near the end to be judged is left for when more is there.
    """
    limit = len(data) if final else len(data) - _LOOK_AHEAD
    found: list[int] = []
    not_before = _end_by_count(data, start) if counted else 0
    header, dated = _HEADER.match, _DATED.search
    for candidate in _CANDIDATE.finditer(data, start):
        newline = candidate.start()
        if newline >= limit:
            break
        if newline < not_before:
            continue
        blank = data[newline - 1 : newline] == b"\n" or data[newline - 2 : newline] == b"\n\r"
        followed = header(data, candidate.end()) is not None
        if (blank and followed) or ((blank or followed) and dated(candidate[1][:200]) is not None):
            found.append(newline + 1)
            if counted:
                not_before = _end_by_count(data, newline + 1)
    return found


def _start_of(data: bytes) -> int:
    found = _BEFORE_FIRST.match(data)
    return found.end() if found else 0


def _skip_to_next(data: bytes) -> int:
    """Where the next message begins in data that begins amid one."""
    found = separators(data, 0, final=True)
    return found[0] if found else len(data)


def _end_by_count(data: bytes, start: int) -> int:
    """The end a Content-Length header tells (mboxcl, mboxcl2), if a separator or the end really is there; else 0."""
    head = _HEAD_END.search(data, start, start + _HEADER_LIMIT)
    if head is None:
        return 0
    length = _LENGTH.search(data, start, head.start() + 1)
    if length is None:
        return 0
    end = head.end() + int(length[1])
    if _NEXT.match(data, end) is not None or (end <= len(data) < end + 8 and not data[end:].strip()):
        return end - 1
    return 0


def _to_next(stream: Bytes, data: bytes, chunk: int) -> tuple[int, bytes, bool]:
    """Reads on to the next separator: how far it is from data[0], what begins there, whether the stream ended."""
    gone = 0
    while True:
        keep = data[-_LOOK_AHEAD * 2 :]
        gone += len(data) - len(keep)
        more = stream.read(chunk)
        final = len(more) < chunk
        data = keep + more
        found = separators(data, 0, final=final)
        if found:
            return gone + found[0], data[found[0] :], final
        if final:
            return gone + len(data), b"", True
