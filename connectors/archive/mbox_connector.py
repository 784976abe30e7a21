"""An mbox file, plain or packed, as pages: resumable at any message, and read on from where it had grown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from connectors.archive.cursor import EDGE, FileCursor, file_cursor, fingerprint
from connectors.archive.files import UNREADABLE, Blob, Unpacked
from connectors.archive.mail import Reading, head_end
from connectors.archive.mbox import CHUNK, RANGE, Block, blocks
from connectors.archive.parallel import Parsed, parse, parsed_by_two
from connectors.base import AccessDenied, CursorExpired, Page, Skipped
from models.records import Interaction, Meeting, Message

_KIND = "mbox"
PAGE_SIZE = 5_000
WORTH_SHARING = 24 * 1024 * 1024  # a process takes a while to start
_MOST_BYTES = 64 * 1024 * 1024  # a page ends here even with few mails, so that an interrupted import loses little


class MboxConnector:
    """One mbox.

    workers  2 = parse with a second process, where at least `worth_sharing` bytes are left to read
    """

    def __init__(
        self,
        blob: Blob,
        *,
        now: datetime | None = None,
        with_text: bool = False,
        page_size: int = PAGE_SIZE,
        workers: int = 1,
        chunk: int | None = None,
        worth_sharing: int = WORTH_SHARING,
    ) -> None:
        self.blob = blob
        self._source = blob.source
        self._reading = Reading(source=self._source, now=now, with_text=with_text)
        self._page_size = page_size
        self._workers = workers
        self._worth_sharing = worth_sharing
        self._chunk = chunk

    @property
    def source(self) -> str:
        """archive:<file name>~<hash of its place>."""
        return self._source

    @property
    def label(self) -> str:
        """A short name for people."""
        return self.blob.label

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """The mails not yet read, in the order of the file; CursorExpired where the file was rewritten or shrank."""
        stamp = self.blob.stamp()
        done = file_cursor(cursor, _KIND) if cursor is not None else None
        if done is not None and done.ended and (done.size, done.mtime_ns) == (stamp.size, stamp.mtime_ns):
            yield self._nothing_new(done, cursor)
            return
        began = FileCursor(size=stamp.size, mtime_ns=stamp.mtime_ns, offset=0)
        if done is not None:
            if self.blob.seekable and done.offset > stamp.size:
                raise CursorExpired(f"the archive {self.blob.label!r} has become shorter than it was")
            began = replace(done, size=stamp.size, mtime_ns=stamp.mtime_ns, ended=False)
        try:
            with self.blob.open() as stream:
                total = self.blob.length()
                if done is not None:
                    self._go_to(stream, done)
                yield from self._read(stream, began, total)
        except UNREADABLE as e:
            raise AccessDenied(f"the archive {self.blob.label!r} cannot be read to its end: it is damaged") from e

    def _nothing_new(self, done: FileCursor, cursor: str | None) -> Page:
        newest = datetime.fromtimestamp(done.newest, UTC) if done.newest else None
        return Page(cursor=cursor, read_until=newest, done=done.size, total=done.size)

    def _go_to(self, stream: Unpacked, done: FileCursor) -> None:
        """Moves to the offset, having proved that what stands before it is what was read."""
        head = stream.read(done.head_length)
        if len(head) != done.head_length or fingerprint(head) != (done.head or fingerprint(b"")):
            raise CursorExpired(f"the archive {self.blob.label!r} was rewritten since it was read")
        before = done.offset - done.tail_length
        if before >= len(head):
            stream.skip(before - len(head))
            tail = stream.read(done.tail_length)
        else:
            tail = (head + stream.read(done.offset - len(head)))[before:]
        if len(tail) != done.tail_length or fingerprint(tail) != done.tail:
            raise CursorExpired(f"the archive {self.blob.label!r} was rewritten since it was read")

    def _read(self, stream: Unpacked, began: FileCursor, total: int) -> Iterator[Page]:
        gathered = _Gathered(began)
        try:
            for block, parsed in self._parsed(stream, began.offset, total):
                gathered.open(block)
                for number, found in enumerate(parsed):
                    if gathered.add(found) >= self._page_size:
                        yield gathered.page(number, stream.gone(), total)
                if gathered.bytes_read >= _MOST_BYTES and gathered.count:
                    yield gathered.page(len(parsed) - 1, stream.gone(), total)
        except UNREADABLE:
            if gathered.count:
                yield gathered.page(None, stream.gone(), total)
            raise
        yield gathered.last(total)

    def _parsed(self, stream: Unpacked, offset: int, total: int) -> Iterator[tuple[Block, Parsed]]:
        shared = self._workers > 1 and total - offset >= self._worth_sharing
        found = blocks(stream, offset, first=offset == 0, chunk=self._chunk or (RANGE if shared else CHUNK))
        if shared:
            return parsed_by_two(found, self._reading, self.blob.path if self.blob.seekable else None)
        return ((block, parse(block.data, block.spans, block.base, self._reading)) for block in found)


class _Gathered:
    """What of the file is read but not yet handed out, and the cursor that belongs to it."""

    def __init__(self, began: FileCursor) -> None:
        self.state = began
        self.newest = datetime.fromtimestamp(began.newest, UTC) if began.newest else None
        self.interactions: list[Interaction] = []
        self.skipped: list[Skipped] = []
        self.count = 0
        self.bytes_read = 0
        self.block = Block(b"", [], began.offset, began.offset)
        self.head = b""

    def open(self, block: Block) -> None:
        """The mails added next are those of this block."""
        if block.base == 0:
            self.head = block.data[:EDGE]
        self.block = block
        self.bytes_read += block.offset - block.base

    def add(self, found: tuple[Message | Skipped, list[Meeting]]) -> int:
        """Takes one mail in; gives how many wait to be handed out."""
        item, meetings = found
        if isinstance(item, Skipped):
            self.skipped.append(item)
        else:
            self.interactions.append(item)
            if not item.at_suspect and (self.newest is None or item.at > self.newest):
                self.newest = item.at
        if meetings:
            self.interactions.extend(meetings)
        self.count += 1
        return self.count

    def page(self, number: int | None, gone: int, total: int, *, ended: bool = False) -> Page:
        """What was gathered, with the cursor behind mail `number` of the block; None = that place is not safe."""
        cursor = None
        if number is not None:
            self._move(number, ended=ended)
            cursor = self.state.text(_KIND)
        page = Page(
            interactions=tuple(self.interactions),
            skipped=tuple(self.skipped),
            cursor=cursor,
            read_until=self.newest if ended else None,
            done=min(gone, total),
            total=total,
        )
        self.interactions, self.skipped, self.count, self.bytes_read = [], [], 0, 0
        return page

    def last(self, total: int) -> Page:
        """The last page; its cursor says that the end was reached."""
        return self.page(len(self.block.spans) - 1, total, total, ended=True)

    def _move(self, number: int, *, ended: bool) -> None:
        block = self.block
        data, end = block.data, block.offset
        if 0 <= number < len(block.spans) - 1:
            end = block.base + block.spans[number][1]
        elif ended and block.spans:
            start, stop = block.spans[-1]
            if head_end(data, start, stop) == stop:  # its headers may still be being written: look at it again
                end = block.base + start
        inside = end - block.base
        tail = data[max(0, inside - EDGE) : inside] if inside <= len(data) else b""
        if self.head:
            head = self.head[:end]
            self.state = replace(self.state, head=fingerprint(head), head_length=len(head))
        self.state = replace(
            self.state,
            offset=end,
            tail=fingerprint(tail),
            tail_length=len(tail),
            ended=ended,
            newest=int(self.newest.timestamp()) if self.newest else 0,
        )
