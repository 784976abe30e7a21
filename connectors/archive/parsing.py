"""The mails of one run of bytes, read one after the other; one that cannot be read is counted, never fatal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.archive.mail import Reading, read_mail
from connectors.base import Prepare, Skipped
from models.records import Interaction, Message

# What odd input may still raise in a library below; the mail is skipped and counted.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, AssertionError)


@dataclass(slots=True)
class Parsed:
    """What some mails became, in their order.

    count         how many there were
    interactions  the mails, each followed by the meetings it carries; only these where the mails were prepared
    prepared      what `prepare` made of the mails; None where there was none to make it
    newest        time of the newest mail whose date is believed, UTC
    """

    count: int = 0
    interactions: list[Interaction] = field(default_factory=list)
    prepared: bytes | None = None
    skipped: list[Skipped] = field(default_factory=list)
    newest: datetime | None = None


def parse(
    data: bytes, spans: Sequence[tuple[int, int]], base: int, reading: Reading, prepare: Prepare | None = None
) -> Parsed:
    """The mails that lie at `spans` in `data`, whose first byte is byte `base` of the archive."""
    found = Parsed(count=len(spans))
    mails: list[Message] = []
    for start, end in spans:
        try:
            item, meetings = read_mail(data, start, end, reading, base)
        except _BROKEN:
            item, meetings = Skipped(external_id=f"@{base + start}", reason="unreadable"), ()
        if isinstance(item, Skipped):
            found.skipped.append(item)
            continue
        if not item.at_suspect and (found.newest is None or item.at > found.newest):
            found.newest = item.at
        (found.interactions if prepare is None else mails).append(item)
        if meetings:
            found.interactions.extend(meetings)
    if prepare is not None and mails:
        found.prepared = prepare(mails)
    return found
