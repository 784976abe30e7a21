"""One raw mail as a `Message`: the header block by a short line loop, the body only where a rule asks for it.

The standard library reads such a block three times slower; tests/connectors/archive compares the two on real mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.archive.labels import reason_for_labels
from connectors.base import Skipped
from connectors.dates import choose_time, from_line_date, mail_date, received_date
from connectors.headers import WANTED, read_message
from models.records import Meeting, Message

_HEAD_LIMIT = _BODY_LIMIT = 1024 * 1024
_KEYS: dict[str, str] = {
    spelling: name.lower()
    for name in (
        *WANTED,
        "X-Gmail-Labels",
        "X-GM-THRID",
        "X-Mozilla-Status",
        "X-IMAP",
        "Content-Transfer-Encoding",
        "X-Autoreply-From",
        "X-Mail-Autoreply",
    )
    for spelling in (name, name.lower(), name.upper(), name.title())
}
_LOWER = frozenset(_KEYS.values())
_MOST_NAMES = 5_000
# Searched for as patterns: in a few kilobytes that is twice as fast as `bytes.find`.
_BLANK, _DOS_BLANK = re.compile(rb"\n\n"), re.compile(rb"\n\r\n")
_lines_of = re.compile(r"\n(?![ \t])").split  # a folded header stays one line
_JOINED = frozenset({"to", "cc", "bcc"})
_MOZILLA_DELETED = 0x0008


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How raw mails of one archive are read.

    now        nothing later is believed; None = no upper limit
    with_text  also decode the body, for tone
    folder     why everything here is left out, e.g. "spam"; None = it counts
    """

    source: str
    now: datetime | None = None
    with_text: bool = False
    folder: str | None = None


def scan(head: str) -> dict[str, str]:
    """The headers we read out of an undecoded block: lower-case name -> unfolded value.

    As in the standard library the block ends at the first line that is no header, and the first of a repeated name
    counts; To, Cc and Bcc are joined.
    """
    found: dict[str, str] = {}
    keys = _KEYS
    for line in _lines_of(head):
        name, colon, value = line.partition(":")
        key = keys.get(name)
        if key is None:
            key = _key_of(name, colon)
            if key is None:
                if line.startswith(("From ", ">From ", " ", "\t")):
                    continue
                break
        if not key:
            continue
        if "\n" in value:
            value = " ".join([part.strip() for part in value.split("\n")])
        if key not in found:
            found[key] = value.strip()
        elif key in _JOINED:
            found[key] = f"{found[key]}, {value.strip()}"
    return found


def _key_of(name: str, colon: str) -> str | None:
    """What a header name is kept under: "" = not kept, None = this is no header. Remembers what it has seen."""
    small = name.lower()
    if not colon or not name or not name.isascii() or any(c.isspace() for c in name):
        return None
    key = small if small in _LOWER else ""
    if len(_KEYS) < _MOST_NAMES:
        _KEYS[name] = key
    return key


def head_end(data: bytes, start: int, end: int) -> int:
    """Where the header block that begins at `start` ends: at its blank line, or at `end` without one."""
    limit = min(end, start + _HEAD_LIMIT)
    newline = data.find(b"\n", start, limit)
    if newline < 0:
        return limit
    dos = data[newline - 1 : newline] == b"\r"
    if newline == start or (dos and newline == start + 1):
        return start
    for blank in (_DOS_BLANK, _BLANK) if dos else (_BLANK, _DOS_BLANK):
        found = blank.search(data, newline, limit)
        if found is not None:
            return (
                found.start() + 1
            )  # where line ends are mixed this may lie late: `scan` stops at the first blank line
    return limit


def head_text(raw: bytes) -> str:
    """A header block as text: ASCII as the standards want, else UTF-8, else Latin-1; no NULs, no carriage returns."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", " ")
    return text.replace("\0", "") if "\0" in text else text


def read_mail(
    data: bytes, start: int, end: int, reading: Reading, base: int = 0
) -> tuple[Message | Skipped, Sequence[Meeting]]:
    """One mail in data[start:end], with or without an mbox "From " line, and the meetings its invitations carry.

    Its offset, counted from `base`, names it where it has no id of its own.
    """
    began, from_line = base + start, b""
    if data.startswith(b"From ", start):
        newline = data.find(b"\n", start, end)
        stop = end if newline < 0 else newline
        from_line = data[start:stop]
        start = min(stop + 1, end)
    cut = head_end(data, start, end)
    headers = scan(head_text(data[start:cut]))
    if not ("from" in headers or "date" in headers or "message-id" in headers or "received" in headers):
        return Skipped(external_id=f"@{began}", reason="no headers"), ()
    left_out = reading.folder or _left_out(headers)
    if left_out is not None:
        return Skipped(external_id=headers.get("message-id", f"@{began}")[:200], reason=left_out), ()
    chosen = choose_time(received_date(headers.get("received")), mail_date(headers.get("date")), now=reading.now)
    if chosen is None:
        chosen = choose_time(from_line_date(from_line.decode("latin-1")), now=reading.now)
        if chosen is None:
            return Skipped(external_id=headers.get("message-id", f"@{began}")[:200], reason="no date"), ()
        chosen = (chosen[0], True)
    parts: list[bytes] = []
    content_type = headers.get("content-type", "")
    kind = content_type[:6].lower()
    if kind == "text/c" or (kind == "multip" and _names_calendar(data, cut, end)):
        parts = _calendar_parts(data, start, cut, end, content_type)
    message = read_message(
        headers,
        source=reading.source,
        external_id=None,
        at=chosen[0],
        at_suspect=chosen[1],
        thread=headers.get("x-gm-thrid"),
        calendar=bool(parts),
        report=lambda: _report(data, cut, end),
        text=_text(data[start:end]) if reading.with_text else None,
    )
    return message, _meetings(parts, message) if parts else ()


def _names_calendar(data: bytes, cut: int, end: int) -> bool:
    return data.find(b"text/calendar", cut, min(end, cut + _BODY_LIMIT)) >= 0


# What reads bodies is slow to load, and few mails need it.


def _calendar_parts(data: bytes, start: int, cut: int, end: int, content_type: str) -> list[bytes]:
    from connectors.archive.body import calendar_parts  # noqa: PLC0415

    return calendar_parts(data, start, cut, end, content_type)


def _report(data: bytes, cut: int, end: int) -> str:
    from connectors.archive.body import report_part  # noqa: PLC0415

    return report_part(data, cut, end)


def _text(raw: bytes) -> str | None:
    from connectors.archive.body import fresh_text  # noqa: PLC0415

    return fresh_text(raw)


def _meetings(parts: list[bytes], message: Message) -> list[Meeting]:
    from connectors.archive.ics import meetings_in_mail  # noqa: PLC0415

    return meetings_in_mail(parts, message)


def _left_out(headers: dict[str, str]) -> str | None:
    labels = headers.get("x-gmail-labels")
    if labels is not None:
        return reason_for_labels(labels)
    if "x-imap" in headers and "FOLDER INTERNAL DATA" in headers.get("subject", ""):
        return "folder data"
    status = headers.get("x-mozilla-status")
    if status is not None:
        try:
            return "trash" if int(status, 16) & _MOZILLA_DELETED else None
        except ValueError:
            return None
    return None
