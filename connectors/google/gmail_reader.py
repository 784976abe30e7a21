"""One raw Gmail message as a `Message`. Pure.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.addresses import text_of
from connectors.base import Skipped
from connectors.dates import choose_time, mail_date, received_date
from connectors.headers import WANTED, folded, read_message
from connectors.markup import html_source
from models.records import Message

# Label -> why mail with it is not read; what was read before it went into the bin goes on counting.
# Listed by label, its ids cost 5 units per 500; each mail read costs 20.
LEFT_OUT = {
    "SPAM": "spam",
    "TRASH": "trash",
    "DRAFT": "draft",
    "CATEGORY_PROMOTIONS": "promotion",
    "CHAT": "chat",
}
METADATA_HEADERS = tuple(WANTED)
FIELDS = "id,threadId,labelIds,internalDate,payload(mimeType,headers)"
TEXT_FIELDS = "id,threadId,labelIds,internalDate,payload"
_TEXT_LIMIT = 512 * 1024
_DEEPEST = 30


def reason_for_labels(labels: list[str] | None) -> str | None:
    """Why mail with these labels is left out; None where it counts."""
    return next((LEFT_OUT[label] for label in labels or () if label in LEFT_OUT), None)


def read_mail(
    raw: dict[str, Any], *, source: str, now: datetime | None = None, with_text: bool = False
) -> Message | Skipped:
    """The message, or why it is left out. `now`: nothing later is believed.

    The time is Gmail's internalDate. Where mail was put in by a migration it may be the day of the migration: a
    Received header that is months older is believed instead, and the time marked as suspect.
    """
    name = str(raw["id"])
    left_out = reason_for_labels(raw.get("labelIds"))
    if left_out is not None:
        return Skipped(external_id=name, reason=left_out)
    payload = raw.get("payload") or {}
    headers = folded((str(h.get("name", "")), str(h.get("value", ""))) for h in payload.get("headers") or ())
    internal = _moment(raw.get("internalDate"))
    received = received_date(headers.get("received"))
    witnesses = (internal, received or mail_date(headers.get("date")))
    if received is not None and internal is not None and (internal - received).days > 30:
        witnesses = (received, internal)
    chosen = choose_time(*witnesses, now=now)
    if chosen is None:
        return Skipped(external_id=name, reason="no date")
    parts = list(_parts(payload))
    calendar = any(part.get("mimeType") == "text/calendar" for part in parts)
    report = [part for part in parts if "delivery-status" in str(part.get("mimeType"))]
    return read_message(
        headers,
        source=source,
        external_id=name,
        at=chosen[0],
        at_suspect=chosen[1],
        thread=raw.get("threadId"),
        calendar=calendar,
        report=(lambda: "\n\n".join(_text(part) for part in report)) if report else None,
        text=text_in(payload) if with_text else None,
    )


def text_in(payload: dict[str, Any]) -> str | None:
    """The readable text of a message in `full` form: its text/plain parts, else the source of its HTML; else None."""
    plain: list[str] = []
    html: list[str] = []
    for part in _parts(payload):
        if part.get("filename"):
            continue
        if part.get("mimeType") == "text/plain":
            plain.append(_text(part))
        elif part.get("mimeType") == "text/html":
            html.append(_text(part))
    if any(text.strip() for text in plain):
        return "\n".join(plain).replace("\r\n", "\n")[:_TEXT_LIMIT]
    return html_source(html)[:_TEXT_LIMIT] if any(text.strip() for text in html) else None


def _parts(payload: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    yield payload
    if depth < _DEEPEST:
        for part in payload.get("parts") or ():
            yield from _parts(part, depth + 1)


def _text(part: dict[str, Any]) -> str:
    data = str((part.get("body") or {}).get("data") or "")
    try:
        raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return ""
    # Gmail hands text parts out in the charset of the mail.
    kind = next(
        (h.get("value", "") for h in part.get("headers") or () if h.get("name", "").lower() == "content-type"), ""
    )
    charset = kind.partition("charset=")[2].partition(";")[0] or None
    return text_of(raw, charset).replace("\0", "")


def _moment(internal_ms: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(internal_ms or "") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
