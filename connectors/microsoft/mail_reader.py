"""One message of Graph as a `Message`: pure, with golden pairs as its test.

Mail sent from the mailbox itself carries no internet headers (office-js#5413, msgraph-sdk-dotnet#3025): it is joined
to its thread by conversationId, and answers find it by its internetMessageId.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.addresses import plain_address
from connectors.base import Skipped
from connectors.dates import choose_time
from connectors.headers import folded, read_message
from models.records import Message, Person

Json = Mapping[str, Any]

FIELDS = (
    "id,internetMessageId,conversationId,conversationIndex,subject,from,sender,replyTo,toRecipients,ccRecipients,"
    "bccRecipients,receivedDateTime,sentDateTime,isDraft,parentFolderId,inferenceClassification"
)
HEADERS = "internetMessageHeaders"
BODY = "body"
# What an update may carry alone without touching anything we keep.
BOOKKEEPING = frozenset(
    {"id", "parentFolderId", "isRead", "inferenceClassification", "categories", "flag", "changeKey", "importance"}
)
_MEETING_MAIL = "#microsoft.graph.eventMessage"


def is_sparse(raw: Json) -> bool:
    """Whether a delta row carries only what changed."""
    return "isDraft" not in raw or not (raw.get("receivedDateTime") or raw.get("sentDateTime"))


def touches_content(raw: Json) -> bool:
    """Whether a sparse row changes something that we keep."""
    return any(name not in BOOKKEEPING and not name.startswith("@") for name in raw)


def read_mail(raw: Json, *, source: str, now: datetime | None = None) -> Message | Skipped:
    """A whole message; Skipped with its reason for drafts and for what has no believable time."""
    external_id = str(raw["id"])
    if raw.get("isDraft"):
        return Skipped(external_id=external_id, reason="draft")
    chosen = choose_time(time_of(raw.get("receivedDateTime")), time_of(raw.get("sentDateTime")), now=now)
    if chosen is None:
        return Skipped(external_id=external_id, reason="no date")
    headers = folded(
        (str(pair.get("name") or ""), str(pair.get("value") or "")) for pair in raw.get("internetMessageHeaders") or ()
    )
    sender = person_of(raw.get("from")) or person_of(raw.get("sender"))
    if sender is not None:
        headers.setdefault("from", f"<{sender.address}>")
    if raw.get("internetMessageId"):
        headers["message-id"] = str(raw["internetMessageId"])
    if raw.get("subject") is not None:
        headers["subject"] = str(raw["subject"])
    body = raw.get("body")
    text = str(body["content"]) if isinstance(body, Mapping) and body.get("content") else None
    read = read_message(
        headers,
        source=source,
        external_id=external_id,
        at=chosen[0],
        at_suspect=chosen[1],
        thread=str(raw["conversationId"]) if raw.get("conversationId") else None,
        calendar=str(raw.get("@odata.type") or "").startswith(_MEETING_MAIL),
        text=text,
    )
    return replace(
        read,
        sender=sender or read.sender,
        to=people_of(raw.get("toRecipients")) or read.to,
        cc=people_of(raw.get("ccRecipients")) or read.cc,
        bcc=people_of(raw.get("bccRecipients")) or read.bcc,
    )


def received_at(raw: Json) -> datetime | None:
    """When the provider received it, UTC; None where the row does not say."""
    return time_of(raw.get("receivedDateTime"))


def time_of(value: object) -> datetime | None:
    """A time as Graph writes it, UTC; None where it is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def person_of(recipient: object) -> Person | None:
    """A Graph recipient; None for one without an Internet address (X.500 names of old directories, empty groups)."""
    if not isinstance(recipient, Mapping) or not isinstance(recipient.get("emailAddress"), Mapping):
        return None
    written = recipient["emailAddress"]
    address = plain_address(f"<{str(written.get('address') or '').strip()}>")
    if address is None:
        return None
    name = " ".join(str(written.get("name") or "").split())
    return Person(address=address, name="" if name.lower() == address else name)


def people_of(recipients: Iterable[object] | None) -> tuple[Person, ...]:
    """Everyone in a list of recipients, each once."""
    found: dict[str, Person] = {}
    for recipient in recipients or ():
        person = person_of(recipient)
        if person is not None:
            found.setdefault(person.address, person)
    return tuple(found.values())
