"""Ctrl-C during long work: the page at hand is finished first, so that nothing is left half done or locked."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.store.store import Store


@contextmanager
def stopping_between_pages() -> Iterator[Callable[[], None]]:
    """Gives what to call after each page: it raises KeyboardInterrupt once Ctrl-C was pressed.

    A second Ctrl-C stops at once. Outside the main thread, where no signal can be caught, nothing is changed.
    """
    asked = False

    def note(_signum: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        click.echo("Stopping after this page; Ctrl-C again stops at once.", err=True)

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def worker_name() -> str:
    """Who we are when we lease a source: this machine and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def free_from_the_dead(store: Store) -> None:
    """A process of this machine that was killed holds its sources for minutes: nobody has to wait for it."""
    for source in store.sources.all():
        if source.lease is not None and is_dead(source.lease):
            store.sources.release(source.name, source.lease)


def is_dead(worker: str) -> bool:
    """Whether this worker was a process of this machine that is no more; False where that cannot be told."""
    host, _, number = worker.rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
