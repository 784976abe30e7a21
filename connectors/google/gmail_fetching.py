"""Reading mails of one mailbox, the cheapest way and each settled on its own; their text only where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.base import Skipped
from connectors.budget import Lane
from connectors.google.client import Resources
from connectors.google.costs import Fetch, Prices
from connectors.google.door import Door
from connectors.google.gmail_reader import FIELDS, METADATA_HEADERS, TEXT_FIELDS, read_mail
from models.records import Message


@dataclass(slots=True)
class Read:
    """What a set of fetches brought."""

    messages: list[Message] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Fetcher:
    """Reads mails. `wants_text` says which are read again with their text; None = none."""

    def __init__(
        self,
        service: Resources,
        door: Door,
        *,
        source: str,
        prices: Prices,
        wants_text: Callable[[Message], bool] | None,
    ) -> None:
        self._messages, self._threads = service.of("users.messages"), service.of("users.threads")
        self._door = door
        self._source = source
        self._prices = prices
        self._wants_text = wants_text

    def fetch(self, calls: Sequence[Fetch], lane: Lane) -> Read:
        """Read these mails; 404 = gone, whatever keeps failing is owed."""
        read = Read()
        if not calls:
            return read
        requests = {f"{call.kind} {call.id}": partial(self._request, call) for call in calls}
        units = {
            f"{call.kind} {call.id}": float(self._prices.thread if call.kind == "thread" else self._prices.message)
            for call in calls
        }
        answers = self._door.batch(requests, units, lane)
        for call in calls:
            name = f"{call.kind} {call.id}"
            if name in answers.failed:
                read.failed += call.wanted
            elif name in answers.missing:
                read.gone += call.wanted
            else:
                raws = answers.found[name]
                members = {str(raw.get("id")): raw for raw in raws.get("messages") or ([raws] if "id" in raws else [])}
                for wanted in call.wanted:
                    if call.kind == "thread" and "messages" not in raws:
                        read.failed.append(wanted)
                    elif wanted in members:
                        self._take(members[wanted], read)
                    else:
                        read.gone.append(wanted)
        if self._wants_text is not None:
            self._add_texts(read, lane, self._wants_text)
        return read

    def _request(self, call: Fetch) -> Any:
        fields = FIELDS if call.kind == "message" else f"id,messages({FIELDS})"
        resource = self._messages if call.kind == "message" else self._threads
        return resource.get(
            userId="me", id=call.id, format="metadata", metadataHeaders=list(METADATA_HEADERS), fields=fields
        )

    def _take(self, raw: Mapping[str, Any], read: Read) -> None:
        item = read_mail(dict(raw), source=self._source, now=self._now())
        if isinstance(item, Skipped):
            read.skipped.append(item)
        else:
            read.messages.append(item)

    def _add_texts(self, read: Read, lane: Lane, wants: Callable[[Message], bool]) -> None:
        """The mails that tone is scored for, read again with their text."""
        names = [m.external_id for m in read.messages if wants(m)]
        if not names:
            return
        answers = self._door.batch(
            {
                name: partial(self._messages.get, userId="me", id=name, format="full", fields=TEXT_FIELDS)
                for name in names
            },
            dict.fromkeys(names, float(self._prices.message)),
            lane,
        )
        for at, message in enumerate(read.messages):
            raw = answers.found.get(message.external_id)
            item = read_mail(raw, source=self._source, now=self._now(), with_text=True) if raw is not None else None
            if isinstance(item, Message):
                read.messages[at] = item

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._door.pacer.now, UTC)
