"""What another process that reads an archive does; connectors/archive/other_process.py starts it and asks.

It imports little: until it is there, nobody helps.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct
from typing import Any, BinaryIO

from connectors.archive.parsing import parse

LENGTH = Struct("<Q")  # stands before each question and each answer


def serve() -> None:
    """The other process: answers until nobody asks any more."""
    to = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is no answer
    asked = _questions(sys.stdin.buffer)
    reading, prepare, path, shared = next(asked)
    file = shared if path is None else os.open(path, os.O_RDONLY)
    gc.freeze()  # what was loaded stays: no need to look through it again and again
    with suppress(BrokenPipeError):
        _say(to, None)
        for base, at, length, spans in asked:
            try:
                _say(to, (True, parse(os.pread(file, length, at), spans, base, reading, prepare)))
            except Exception:  # noqa: BLE001 - the one who asked decides what becomes of it
                _say(to, (False, _told()))


def _questions(stream: BinaryIO) -> Iterator[Any]:
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        yield pickle.loads(stream.read(LENGTH.unpack(head)[0]))  # noqa: S301 - from the process that started us


def _say(to: int, what: object) -> None:
    body = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    rest = memoryview(LENGTH.pack(len(body)) + body)
    while rest:
        rest = rest[os.write(to, rest) :]


def _told() -> str:
    import traceback  # noqa: PLC0415 - nearly never needed

    return traceback.format_exc()
