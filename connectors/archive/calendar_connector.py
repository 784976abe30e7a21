"""An .ics file as pages: read whole, series expanded up to a horizon; a new export replaces the old one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.archive.cursor import EDGE, FileCursor, file_cursor, fingerprint
from connectors.archive.files import UNREADABLE, Blob
from connectors.archive.ics import Window, read_calendar
from connectors.base import AccessDenied, CursorExpired, Page, Skipped
from models.records import Interaction, Meeting

_KIND = "ics"
PAGE_SIZE = 5_000
LARGEST = 256 * 1024 * 1024
_FRESH = timedelta(days=30)  # the horizon may move this far before endless series are expanded again


class CalendarConnector:
    """One calendar file; `horizon` is how far after `now` endless series are expanded."""

    def __init__(self, blob: Blob, *, now: datetime, horizon: timedelta, page_size: int = PAGE_SIZE) -> None:
        self.blob = blob
        self._source = blob.source
        self._now = now.astimezone(UTC)
        self._until = self._now + horizon
        self._page_size = page_size

    @property
    def source(self) -> str:
        """archive:<file name>~<hash of its place>."""
        return self._source

    @property
    def label(self) -> str:
        """A short name for people."""
        return self.blob.label

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """All meetings; nothing where file and horizon are as they were; CursorExpired where the file was replaced."""
        stamp = self.blob.stamp()
        skip = 0
        if cursor is not None:
            done = file_cursor(cursor, _KIND)
            if (done.size, done.mtime_ns) != (stamp.size, stamp.mtime_ns):
                raise CursorExpired(f"the calendar {self.blob.label!r} was replaced since it was read")
            if done.ended and self._until.timestamp() <= done.expanded_until + _FRESH.total_seconds():
                newest = datetime.fromtimestamp(done.newest, UTC) if done.newest else None
                yield Page(cursor=cursor, read_until=newest, done=stamp.size, total=stamp.size)
                return
            if not done.ended:
                skip = done.offset
                self._until = datetime.fromtimestamp(done.expanded_until, UTC)
        try:
            with self.blob.open() as stream:
                raw = stream.read(LARGEST + 1)
        except UNREADABLE as e:
            raise AccessDenied(f"the calendar {self.blob.label!r} cannot be read: it is damaged") from e
        if len(raw) > LARGEST:
            raise AccessDenied(f"the calendar {self.blob.label!r} is larger than {LARGEST >> 20} MB: split it")
        began = FileCursor(
            size=stamp.size,
            mtime_ns=stamp.mtime_ns,
            offset=0,
            head=fingerprint(raw[:EDGE]),
            head_length=len(raw[:EDGE]),
            expanded_until=int(self._until.timestamp()),
        )
        window = Window(until=self._until, seen_at=self._now)
        yield from self._paged(read_calendar(raw, source=self._source, window=window), began, skip, len(raw))

    def _paged(self, items: Iterator[Meeting | Skipped], state: FileCursor, skip: int, total: int) -> Iterator[Page]:
        interactions: list[Interaction] = []
        skipped: list[Skipped] = []
        newest: datetime | None = None
        number = 0
        for number, item in enumerate(items, 1):
            if isinstance(item, Meeting):
                for moment in (item.seen_at, item.at):
                    if moment <= self._now and (newest is None or moment > newest):
                        newest = moment
            if number <= skip:
                continue
            (skipped if isinstance(item, Skipped) else interactions).append(item)  # type: ignore[arg-type]
            if len(interactions) + len(skipped) >= self._page_size:
                yield Page(
                    interactions=tuple(interactions),
                    skipped=tuple(skipped),
                    cursor=_at(state, number, newest),
                    done=0,
                    total=total,
                )
                interactions, skipped = [], []
        yield Page(
            interactions=tuple(interactions),
            skipped=tuple(skipped),
            cursor=_at(state, number, newest, ended=True),
            read_until=newest,
            done=total,
            total=total,
        )


def _at(state: FileCursor, number: int, newest: datetime | None, *, ended: bool = False) -> str:
    return replace(state, offset=number, ended=ended, newest=int(newest.timestamp()) if newest else 0).text(_KIND)
