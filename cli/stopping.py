"""Ctrl-C during long work: the page at hand is finished first, so that nothing is left half done or locked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click


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
