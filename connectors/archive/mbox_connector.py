"""An mbox file, plain or packed, as pages: resumable at any message, and read on from where it had grown."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.archive.cursor import EDGE, FileCursor, file_cursor, fingerprint
from connectors.archive.files import UNREADABLE, Blob, Unpacked
from connectors.archive.mail import Reading, head_end
from connectors.archive.mbox import CHUNK, Block, blocks
from connectors.archive.other_process import Work, can_start
from connectors.archive.parallel import parsed_alone, parsed_by_several
from connectors.archive.parsing import Parsed
from connectors.base import AccessDenied, CursorExpired, Page, Prepare, Skipped
from models.records import Interaction

_KIND = "mbox"
PAGE_SIZE = 5_000
WORTH_SHARING = 32 * 1024 * 1024  # a process takes a while to start
_FROM = b"From "
_PACKED = 4  # mail unpacks to some four times its size
# A page ends here even with few mails: an interrupted import loses little, and while it is stored the other process has
# enough to do.
_MOST_BYTES = 32 * 1024 * 1024


class MboxConnector:
    """One mbox.

    workers  processes that read it, this one among them, where at least `worth_sharing` bytes are left to read
    patient  do not begin before the other processes are there
    """

    def __init__(
        self,
        blob: Blob,
        *,
        now: datetime | None = None,
        with_text: bool = False,
        page_size: int = PAGE_SIZE,
        workers: int = 1,
        chunk: int = CHUNK,
        worth_sharing: int = WORTH_SHARING,
        patient: bool = False,
    ) -> None:
        self.blob = blob
        self._source = blob.source
        self._reading = Reading(source=self._source, now=now, with_text=with_text)
        self._page_size = page_size
        self._workers = workers
        self._worth_sharing = worth_sharing
        self._patient = patient
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
        return self._pages(cursor, None)

    def prepared_pages(self, cursor: str | None, prepare: Prepare) -> Iterator[Page]:
        """The same with the mails made ready by `prepare`, in the process that read them."""
        return self._pages(cursor, prepare)

    def _pages(self, cursor: str | None, prepare: Prepare | None) -> Iterator[Page]:
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
                yield from self._read(stream, began, total, prepare)
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

    def _read(self, stream: Unpacked, began: FileCursor, total: int, prepare: Prepare | None) -> Iterator[Page]:
        edges: deque[_Edge] = deque()
        gathered = _Gathered(began)
        try:
            for parsed in self._parsed(stream, began.offset, total, prepare, edges):
                if gathered.is_full(self._page_size):
                    yield gathered.page(total)
                gathered.add(parsed, edges.popleft())
        except UNREADABLE:
            if gathered.count:
                yield gathered.page(total)
            raise
        yield gathered.page(total, ended=True)

    def _parsed(
        self, stream: Unpacked, offset: int, total: int, prepare: Prepare | None, edges: deque[_Edge]
    ) -> Iterator[Parsed]:
        """What the blocks hold; where each of them ends is noted in `edges`."""
        path = self.blob.path if self.blob.seekable else None
        found = _noted(blocks(stream, offset, first=offset == 0, chunk=self._chunk), stream, edges)
        work = Work(reading=self._reading, prepare=prepare, path=path)

        def left() -> int:
            return (total - stream.gone()) * (1 if path is not None else _PACKED)

        if self._workers < 2 or left() < self._worth_sharing or not can_start(path):
            return parsed_alone(found, work)
        others = self._workers - 1
        return parsed_by_several(found, work, others, lambda: left() // self._chunk, patient=self._patient)


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where a block ends, and the bytes that will prove it.

    base, offset   bytes of the archive that it spans
    gone           how far the archive was read then, for a progress bar
    head           the first bytes of the archive, where the block holds them
    tail           what stands before `offset`
    last, before   the same for the end of the archive: a mail whose headers, or whose "From " line, may still be being
                   written is looked at again
    """

    base: int
    offset: int
    gone: int
    head: bytes
    tail: bytes
    last: int
    before: bytes


def _edge_of(block: Block, gone: int) -> _Edge:
    data, inside = block.data, block.offset - block.base
    last = inside
    if block.spans:
        start, stop = block.spans[-1]
        if head_end(data, start, stop) == stop:
            last = start
        elif stop == inside:  # not so where the message was cut to its first part
            last = _undecided(data, start, stop)
    return _Edge(
        base=block.base,
        offset=block.offset,
        gone=gone,
        head=data[:EDGE] if block.base == 0 else b"",
        tail=_before(data, inside),
        last=block.base + last,
        before=_before(data, last),
    )


def _undecided(data: bytes, start: int, stop: int) -> int:
    """Where a "From " line begins that stands so near the end that nobody can tell yet what it is; else `stop`."""
    line = data.rfind(b"\n", start, stop) + 1
    end = data[line:stop]
    if end and (_FROM.startswith(end) or end.startswith(_FROM)):
        return line if line > start else stop
    before = data.rfind(b"\n", start, max(start, line - 1)) + 1  # judged by the line after it, which is not whole
    return before if before > start and data.startswith(_FROM, before) else stop


def _before(data: bytes, inside: int) -> bytes:
    return data[max(0, inside - EDGE) : inside] if inside <= len(data) else b""


def _noted(found: Iterator[Block], stream: Unpacked, edges: deque[_Edge]) -> Iterator[Block]:
    for block in found:
        edges.append(_edge_of(block, stream.gone()))
        yield block


class _Gathered:
    """What of the file is read but not yet handed out, and the cursor that belongs to it."""

    def __init__(self, began: FileCursor) -> None:
        self._state = began
        self._newest = datetime.fromtimestamp(began.newest, UTC) if began.newest else None
        self._edge = _Edge(began.offset, began.offset, 0, b"", b"", began.offset, b"")
        self._head = b""
        self._bytes = 0
        self.count = 0
        self._interactions: list[Interaction] = []
        self._prepared: list[bytes] = []
        self._skipped: list[Skipped] = []

    def is_full(self, page_size: int) -> bool:
        """Whether it should be handed out."""
        return self.count >= page_size or (self._bytes >= _MOST_BYTES and self.count > 0)

    def add(self, found: Parsed, edge: _Edge) -> None:
        """Takes a block in."""
        self._interactions += found.interactions
        self._skipped += found.skipped
        if found.prepared is not None:
            self._prepared.append(found.prepared)
        if found.newest is not None and (self._newest is None or found.newest > self._newest):
            self._newest = found.newest
        self.count += found.count
        self._bytes += edge.offset - edge.base
        self._head = edge.head or self._head
        self._edge = edge

    def page(self, total: int, *, ended: bool = False) -> Page:
        """What was gathered; `ended` = this is the last of the archive."""
        self._move(ended=ended)
        page = Page(
            interactions=tuple(self._interactions),
            prepared=tuple(self._prepared),
            skipped=tuple(self._skipped),
            cursor=self._state.text(_KIND),
            read_until=self._newest if ended else None,
            done=total if ended else min(self._edge.gone, total),
            total=total,
        )
        self._interactions, self._prepared, self._skipped, self.count, self._bytes = [], [], [], 0, 0
        return page

    def _move(self, *, ended: bool) -> None:
        edge = self._edge
        end, tail = (edge.last, edge.before) if ended else (edge.offset, edge.tail)
        if self._head:
            head = self._head[:end]
            self._state = replace(self._state, head=fingerprint(head), head_length=len(head))
        self._state = replace(
            self._state,
            offset=end,
            tail=fingerprint(tail),
            tail_length=len(tail),
            ended=ended,
            newest=int(self._newest.timestamp()) if self._newest else 0,
        )
