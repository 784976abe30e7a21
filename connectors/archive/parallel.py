"""Parsing the blocks of an mbox, in this process or shared with a second one.

With two, blocks go to a helper process while it has less than three waiting; the rest is parsed here, so that both
are busy whatever the caller does with the pages. Order is kept and no more than four blocks are in memory.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from connectors.archive.mail import Reading, read_mail
from connectors.archive.mbox import Block
from connectors.base import Skipped
from models.records import Meeting, Message

Parsed = list[tuple[Message | Skipped, list[Meeting]]]
_AHEAD = 3
# What odd input may still raise in a library below; the mail is skipped and counted.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, AssertionError)


def parse(data: bytes, spans: list[tuple[int, int]], base: int, reading: Reading) -> Parsed:
    """Every mail of a block, in its order; one that cannot be read is a Skipped."""
    found: Parsed = []
    for start, end in spans:
        try:
            found.append(read_mail(data, start, end, reading, f"@{base + start}"))
        except _BROKEN:
            found.append((Skipped(external_id=f"@{base + start}", reason="unreadable"), []))
    return found


def parsed_by_two(found: Iterator[Block], reading: Reading, path: Path | None) -> Iterator[tuple[Block, Parsed]]:
    """The blocks with what they hold, in order, parsed by two processes.

    `path` = the file whose bytes the blocks are; the helper then reads them itself.
    """
    waiting: deque[tuple[Block, Future[Parsed] | Parsed]] = deque()
    helper = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_be_quiet)
    try:
        started = helper.submit(_be_quiet)
        for block in found:
            # A process takes a while to start: until then nothing waits for it.
            if started.done() and _unfinished(waiting) < _AHEAD:
                data = None if path is not None and block.offset - block.base == len(block.data) else block.data
                task = helper.submit(_parse_there, path, data, block.base, len(block.data), block.spans, reading)
                waiting.append((block, task))
            else:
                waiting.append((block, parse(block.data, block.spans, block.base, reading)))
            while waiting and (len(waiting) > _AHEAD or _is_ready(waiting[0][1])):
                yield _taken(waiting)
        while waiting:
            yield _taken(waiting)
    finally:
        helper.shutdown(wait=False, cancel_futures=True)


def _unfinished(waiting: deque[tuple[Block, Future[Parsed] | Parsed]]) -> int:
    return sum(1 for _, task in waiting if isinstance(task, Future) and not task.done())


def _taken(waiting: deque[tuple[Block, Future[Parsed] | Parsed]]) -> tuple[Block, Parsed]:
    block, task = waiting.popleft()
    return block, task.result() if isinstance(task, Future) else task


def _is_ready(task: Future[Parsed] | Parsed) -> bool:
    return not isinstance(task, Future) or task.done()


def _parse_there(
    path: Path | None, data: bytes | None, base: int, length: int, spans: list[tuple[int, int]], reading: Reading
) -> Parsed:
    if data is None:
        assert path is not None  # noqa: S101 - the caller gives one of the two
        with path.open("rb") as file:
            file.seek(base)
            data = file.read(length)
    return parse(data, spans, base, reading)


def _be_quiet() -> None:
    # Ctrl-C reaches the whole process group; the parent decides what becomes of the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
