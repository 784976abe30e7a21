"""What little is read of a mail's body: its calendar parts, its delivery report, and, only when asked, its text."""

from __future__ import annotations

import email
import email.message
import re

from connectors.addresses import text_of
from connectors.markup import html_source

_CALENDAR_LIMIT = 1024 * 1024  # an invitation is a few kilobytes; what is larger carries attachments
_REPORT_LIMIT = 256 * 1024
_TEXT_LIMIT = 512 * 1024
_REPORT_START = re.compile(rb"^Content-Type:[ \t]*message/(?:global-)?delivery-status", re.MULTILINE | re.IGNORECASE)


def calendar_parts(data: bytes, start: int, cut: int, end: int, content_type: str) -> list[bytes]:
    """The decoded text/calendar parts of the mail data[start:end], whose body begins at `cut`; usually none."""
    whole = content_type[:13].lower() == "text/calendar"
    if not whole and data.find(b"text/calendar", cut, min(end, cut + _CALENDAR_LIMIT)) < 0:
        return []
    if end - start > _CALENDAR_LIMIT:
        return [b""]  # there is one, but it is not worth its size
    found: list[bytes] = []
    for part in _walk(data[start:end]):
        if part.get_content_type() == "text/calendar":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                found.append(payload)
    return found


def report_part(data: bytes, cut: int, end: int) -> str:
    """The delivery-status part of a bounce as text; "" where there is none."""
    limit = min(end, cut + _REPORT_LIMIT)
    found = _REPORT_START.search(data, cut, limit)
    return data[found.end() : limit].decode("latin-1") if found else ""


def fresh_text(raw: bytes) -> str | None:
    """The readable text of a mail: its text/plain parts, else the source of its HTML; None where it has neither.

    Attachments are left out; quotes, signatures and tags are still in it: taking them out is the business of tone,
    which tells quotes by the containers that hold them.
    """
    plain: list[str] = []
    html: list[str] = []
    for part in _walk(raw[:_TEXT_LIMIT]):
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            charset = part.get_content_charset()
            (plain if kind == "text/plain" else html).append(text_of(payload, charset))
    if any(text.strip() for text in plain):
        return "\n".join(plain).replace("\r\n", "\n").replace("\0", "")
    return html_source(html) if any(text.strip() for text in html) else None


def _walk(raw: bytes) -> list[email.message.Message]:
    try:
        return list(email.message_from_bytes(raw).walk())
    except (RecursionError, ValueError, LookupError, AssertionError, IndexError, TypeError):
        return []  # nothing a body holds may stop the archive
