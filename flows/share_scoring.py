"""A second process that scores every other text of a page, where there is a second processor and much to score.

Texts go through a pipe and numbers come back; the other process writes nothing, prints nothing, and ends with this one.
It is started bare, like the one that reads archives, and asked only once it is there: until then all is scored here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from select import select
from struct import Struct
from typing import IO, TYPE_CHECKING, Any
from weakref import finalize

if TYPE_CHECKING:
    from metrics.tone.analysers import Analyser
    from metrics.tone.scoring import Verdict

WORTH_IT = 40  # texts of one page below which the other process is left in peace
_AT_A_TIME = 200  # neither waits long for the other, and what waits in the pipe is small

_LENGTH = Struct("<Q")
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from flows.share_scoring import serve; serve(sys.argv[1])"


class SharedScoring:
    """Scores texts with one analyser, together with another process where that helps."""

    def __init__(self, analyser: Analyser, *, processes: int | None = None) -> None:
        self._analyser = analyser
        self._shared = (_processors() if processes is None else processes) > 1
        self._other: subprocess.Popen[bytes] | None = None
        self._is_there = False

    def verdicts(self, texts: Sequence[str]) -> list[Verdict]:
        """A verdict on each text, in their order."""
        found: list[Verdict] = []
        for start in range(0, len(texts), _AT_A_TIME):
            found += self._some(texts[start : start + _AT_A_TIME])
        return found

    def _some(self, texts: Sequence[str]) -> list[Verdict]:
        from metrics.tone.scoring import judge  # noqa: PLC0415  loads TextBlob: only where texts are

        asked = self._shared and len(texts) >= WORTH_IT and self._ask(texts[1::2])
        found = [judge(text, self._analyser, whole_mail=True) for text in (texts[::2] if asked else texts)]
        if not asked:
            return found
        theirs = self._answers()
        if theirs is None:  # it is gone: what it had is scored here
            theirs = [judge(text, self._analyser, whole_mail=True) for text in texts[1::2]]
        whole = [*found, *theirs]
        whole[::2], whole[1::2] = found, theirs
        return whole

    def _ask(self, texts: Sequence[str]) -> bool:
        if self._other is None:
            self._other = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
                [sys.executable, "-I", "-S", "-c", _BOOT, self._analyser.name, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback is the last place where anything of a text may stand
                process_group=0,  # Ctrl-C is for the program that started it
            )
            finalize(self, _end, self._other)
        heard = self._other.stdout
        if not self._is_there:
            if heard is None or not select([heard], [], [], 0)[0] or heard.read(1) != b"!":
                return False
            self._is_there = True
        try:
            _send(self._other.stdin, list(texts))
        except OSError:
            self._shared = False
            return False
        return True

    def _answers(self) -> list[Verdict] | None:
        found: list[Verdict] | None = _received(self._other.stdout if self._other is not None else None)
        self._shared = found is not None
        return found


def serve(name: str) -> None:
    """The other process: answers until nobody asks any more."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    from metrics.tone.analysers import analyser  # noqa: PLC0415  takes a moment: nobody waits for it
    from metrics.tone.scoring import judge  # noqa: PLC0415

    with_tone = analyser(name)
    judge("The delivery came too late again.", with_tone, whole_mail=True)  # loads what loads late
    with suppress(BrokenPipeError):
        out.write(b"!")
        out.flush()
        while (texts := _received(sys.stdin.buffer)) is not None:
            _send(out, [judge(text, with_tone, whole_mail=True) for text in texts])


def _send(to: IO[bytes] | None, what: object) -> None:
    if to is None:
        return
    body = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    to.write(_LENGTH.pack(len(body)) + body)
    to.flush()


def _received(stream: IO[bytes] | None) -> Any:
    head = stream.read(_LENGTH.size) if stream is not None else b""
    if stream is None or len(head) < _LENGTH.size:
        return None
    body = stream.read(_LENGTH.unpack(head)[0])
    return pickle.loads(body)  # noqa: S301 - between a process and the one that started it


def _end(other: subprocess.Popen[bytes]) -> None:
    for end in (other.stdin, other.stdout):
        if end is not None:
            with suppress(OSError):
                end.close()
    other.wait()


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
