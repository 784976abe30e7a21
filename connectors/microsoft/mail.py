"""Outlook mail through Graph: one mailbox, as the pull step sees it. How a pull goes stands in mail_cycle.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from connectors.base import Known, Page, ServiceUnavailable, knows_nothing
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.mail_cursor import MailCursor
from connectors.microsoft.mail_cycle import Cycle, Reading
from connectors.microsoft.refusals import NotThere, StateLost

PAGE_SIZE = 999
AUDIT_EVERY = timedelta(hours=24)


def _tell_nobody(_listed: int, _missing: int) -> None:
    pass


class GraphMail:
    """One mailbox. `known` tells what the store holds, so that an audit reads only what is missing.

    since      mail received earlier is not asked for; None = everything
    with_text  asks for bodies too (Mail.Read), for scoring; they are never stored
    audited    told after each audit: ids listed, and how many of them were missing and are read now
    """

    def __init__(
        self,
        door: GraphDoor,
        *,
        now: datetime,
        known: Known = knows_nothing,
        since: datetime | None = None,
        with_text: bool = False,
        page_size: int = PAGE_SIZE,
        audit_every: timedelta = AUDIT_EVERY,
        audited: Callable[[int, int], None] = _tell_nobody,
    ) -> None:
        wanted = [f"odata.maxpagesize={page_size}", 'IdType="ImmutableId"']
        if with_text:
            wanted.append('outlook.body-content-type="text"')
        self._since = since
        self._reading = Reading(
            source=f"outlook:{door.mailbox}",
            door=door,
            prefer=", ".join(wanted),
            now=now,
            known=known,
            with_text=with_text,
            audit_every=audit_every,
            audited=audited,
        )

    @property
    def source(self) -> str:
        """outlook:<mailbox>."""
        return self._reading.source

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What changed since `cursor`; a folder whose position Graph forgot is read anew, and only that folder."""
        # The fields asked for are frozen in the links too: another tier is another way.
        way = self._reading.door.way + ("#text" if self._reading.with_text else "")
        at = MailCursor(way=way, since=self._since) if cursor is None else MailCursor.read(cursor, way)
        try:
            yield from Cycle(self._reading, at).pages()
        except (StateLost, NotThere) as e:
            raise ServiceUnavailable("Microsoft Graph lost its place in the mailbox") from e
