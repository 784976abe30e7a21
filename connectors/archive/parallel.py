"""The blocks of an mbox with what they hold, read in this process or shared with others.

Blocks go to the other processes while little waits for them; the rest is read here, so that all are busy whatever the
caller does with the pages meanwhile. Order is kept, and what waits is bounded: other processes read ranges of the file
themselves, so that only what they made of them is held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from connectors.archive.files import UNREADABLE
from connectors.archive.mbox import Block
from connectors.archive.other_process import OtherProcess, Work
from connectors.archive.parsing import Parsed, parse

AHEAD = 16  # blocks that may wait for one other process: some 40 ms of work, as long as a page takes to be stored


def parsed_alone(found: Iterable[Block], work: Work) -> Iterator[Parsed]:
    """What each block holds."""
    for block in found:
        yield parse(block.data, block.spans, block.base, work.reading, work.prepare)


def parsed_by_several(
    found: Iterable[Block], work: Work, others: int, left: Callable[[], int], *, patient: bool = False
) -> Iterator[Parsed]:
    """The same with `others` processes besides this one; `left` tells how many blocks are still to come, about.

    Reading begins here at once, unless `patient`. Where a process dies this one does its part.
    """
    waiting: deque[OtherProcess | Parsed] = deque()
    processes: list[OtherProcess] = []
    try:
        for _ in range(others):
            processes.append(OtherProcess(work, AHEAD))  # noqa: PERF401 - those that started are ended below
        for process in processes if patient else ():
            process.wait_until_ready()
        remaining = iter(found)
        damage: Exception | None = None
        while (block := _next(remaining)) is not None:
            if isinstance(block, Exception):
                damage = block
                break
            for process in processes:
                process.poll()
            while waiting and _is_there(waiting[0]):
                yield _taken(waiting)
            other = min(processes, key=lambda one: (one.is_dead, one.outstanding))
            # Near the end nobody should be left with much to do while the others have nothing.
            most = min(AHEAD, max(1, left() // others))
            if other.is_ready and other.outstanding < most and block.offset - block.base <= len(block.data):
                other.ask(block.base, block.data, block.spans)
                waiting.append(other)
            else:
                waiting.append(parse(block.data, block.spans, block.base, work.reading, work.prepare))
            while len(waiting) > 2 * AHEAD * others:
                yield _taken(waiting)
        while waiting:
            yield _taken(waiting)
        if damage is not None:  # what stood before it has been handed out
            raise damage
    finally:
        for process in processes:
            process.close()


def _next(found: Iterator[Block]) -> Block | Exception | None:
    try:
        return next(found, None)
    except UNREADABLE as e:
        return e


def _is_there(result: OtherProcess | Parsed) -> bool:
    return isinstance(result, Parsed) or result.has_answer


def _taken(waiting: deque[OtherProcess | Parsed]) -> Parsed:
    result = waiting.popleft()
    return result if isinstance(result, Parsed) else result.answer()
