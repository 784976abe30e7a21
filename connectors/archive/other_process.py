"""Another process that reads ranges of an archive; its own end of the pipe is connectors/archive/serving.py.

It is asked for ranges and answers in the same order with what they hold. It is started bare: a process of
`multiprocessing` takes three times as long to start, since it loads the program that started it. Bytes are moved
whenever its owner comes by (`poll`), so no thread is needed and neither side waits for the other to listen. Where it
dies, what it was asked and did not answer is read by whoever asked.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import IO

from connectors.archive.mail import Reading
from connectors.archive.parsing import Parsed, parse
from connectors.archive.serving import LENGTH
from connectors.base import Prepare

log = logging.getLogger(__name__)

_PIPE_BYTES = 1024 * 1024  # room for an answer, so that its writer need not wait to be heard
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from connectors.archive.serving import serve; serve()"
_SLOT = 1 << 32  # in memory shared with the other process, ranges lie this far apart; only what is written exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every range is read with; `path` None = ranges are handed over in shared memory."""

    reading: Reading
    prepare: Prepare | None
    path: Path | None


class OtherProcess:
    """One such process."""

    def __init__(self, work: Work, slots: int) -> None:
        self.is_ready = False
        self.is_dead = False
        self._work = work
        self._unanswered: deque[tuple[int, int, int, Sequence[tuple[int, int]]]] = deque()
        self._slots = slots
        self._asked = 0
        self._shared = os.memfd_create("archive") if work.path is None else None
        self._answers: deque[bytes] = deque()
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-I", "-S", "-c", _BOOT, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if self._shared is None else (self._shared,),
            process_group=0,  # Ctrl-C is for the program that started it
        )
        self._to, self._from = _fileno(self._process.stdin), _fileno(self._process.stdout)
        for end in (self._to, self._from):
            os.set_blocking(end, False)
            _widen(end)
        self._send((work.reading, work.prepare, work.path, self._shared))

    def ask(self, base: int, data: bytes, spans: Sequence[tuple[int, int]]) -> None:
        """Have the mails at `spans` of `data` read, which is what stands at byte `base` of the archive."""
        at, length = base, spans[-1][1] if spans else 0
        if self._shared is not None:
            at = self._asked % self._slots * _SLOT  # answers come in order: what lay here is done with
            os.pwrite(self._shared, memoryview(data)[:length], at)
        self._unanswered.append((base, at, length, spans))
        self._asked += 1
        self._send((base, at, length, spans))

    def poll(self) -> None:
        """Move what can be moved without waiting."""
        self._move(wait=False)

    def wait_until_ready(self) -> None:
        """Come back once it can be asked, or is dead."""
        while not (self.is_ready or self.is_dead):
            self._move(wait=True)

    @property
    def outstanding(self) -> int:
        """How many ranges it was asked for and has not been heard on."""
        return len(self._unanswered)

    @property
    def has_answer(self) -> bool:
        """Whether `answer` need not wait."""
        return bool(self._answers)

    def answer(self) -> Parsed:
        """What the range asked for longest ago holds; waits for it, and reads it here where the process has died."""
        while not (self._answers or self.is_dead):
            self._move(wait=True)
        base, at, length, spans = self._unanswered.popleft()
        if not self._answers:
            return parse(self._range(at, length), spans, base, self._work.reading, self._work.prepare)
        good, found = pickle.loads(self._answers.popleft())  # noqa: S301 - from our own process
        if not good:
            raise RuntimeError(f"reading failed in the second process:\n{found}")
        return found  # type: ignore[no-any-return]

    def close(self) -> None:
        """End it, whatever it is doing: it only reads."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()
        if self._shared is not None:
            os.close(self._shared)

    def _range(self, at: int, length: int) -> bytes:
        if self._work.path is None:
            return os.pread(_open(self._shared), length, at)
        with self._work.path.open("rb") as file:
            return os.pread(file.fileno(), length, at)

    def _send(self, what: object) -> None:
        body = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        self._outgoing += LENGTH.pack(len(body)) + body
        self._move(wait=False)

    def _move(self, *, wait: bool) -> None:
        if self.is_dead:
            return
        try:
            if wait:
                with DefaultSelector() as selector:
                    selector.register(self._from, EVENT_READ)
                    if self._outgoing:
                        selector.register(self._to, EVENT_WRITE)
                    selector.select()
            self._write()
            self._read()
        except (BrokenPipeError, EOFError):
            self.is_dead, self.is_ready = True, False
            code = self._process.wait()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            log.warning(
                "The second process that reads the archive %s, perhaps for want of memory; this one reads on alone.",
                how,
            )

    def _write(self) -> None:
        with suppress(BlockingIOError):
            while self._outgoing:
                del self._outgoing[: os.write(self._to, self._outgoing)]

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while True:
                more = os.read(self._from, _PIPE_BYTES)
                if not more:
                    raise EOFError
                self._incoming += more
                if len(more) < _PIPE_BYTES:
                    break
        while len(self._incoming) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._incoming)
            end = LENGTH.size + length
            if len(self._incoming) < end:
                return
            if self.is_ready:
                self._answers.append(bytes(self._incoming[LENGTH.size : end]))
            self.is_ready = True  # its first word only says that it is there
            del self._incoming[:end]


def can_start(path: Path | None) -> bool:
    """Whether this system lets us start such a process, and share memory with it where there is no file to read."""
    return bool(sys.executable) and os.name == "posix" and (path is not None or hasattr(os, "memfd_create"))


def _open(file: int | None) -> int:
    if file is None:
        raise RuntimeError("nothing is shared with this process")
    return file


def _fileno(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise RuntimeError("a process was started without its pipes")
    return pipe.fileno()


def _widen(pipe: int) -> None:
    with suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415 - not on every system

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
