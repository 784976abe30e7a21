"""The bell: while a pushed source waits to be read, Prefect is told, once and then again until it was read.

A receiver only marks a source dirty. The bell looks at these marks: many pushes at once make one event, an event that
is lost or comes while a run is under way is followed by another, and a source that rests or needs a person does not
ring at all. Whatever the bell misses, the schedule reads.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from models.store.sources import Source
from models.store.store import Store

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 15.0
_LONGEST_SECONDS = 300.0


def waiting(sources: Sequence[Source], *, now: datetime) -> list[Source]:
    """Sources that a push announced and that could be read now."""
    return [
        source
        for source in sources
        if source.dirty_since is not None
        and not source.needs_person
        and (source.rest_until is None or source.rest_until <= now)
    ]


class Bell:
    """Rings at once for a source that was not waiting before; for the same ones again after 15, 30, 60 ... seconds."""

    def __init__(self, ring: Callable[[Sequence[int]], None]) -> None:
        self._ring = ring
        self._rung: frozenset[tuple[int, datetime | None]] = frozenset()
        self._next = 0.0
        self._wait = _AGAIN_SECONDS

    def look(self, sources: Sequence[Source], *, at: float) -> bool:
        """Ring if it is time for these waiting sources; `at` is in seconds of any steady clock. True if it rang."""
        marks = frozenset((source.id, source.dirty_since) for source in sources)
        news = marks - self._rung
        if not marks or (not news and at < self._next):
            self._rung &= marks
            return False
        self._wait = _AGAIN_SECONDS if news else min(self._wait * 2, _LONGEST_SECONDS)
        self._next = at + self._wait
        self._rung = marks
        self._ring([source.id for source in sources])
        return True


def watch_for_news(
    store: Store, ring: Callable[[Sequence[int]], None], stop: threading.Event, *, clock: Callable[[], datetime]
) -> None:
    """Look every second until `stop`; a database that is busy for a moment only delays the next look."""
    bell = Bell(ring)
    troubled = False
    while not stop.wait(_LOOK_SECONDS):
        try:
            if store.sources.dirty():
                bell.look(waiting(store.sources.all(), now=clock()), at=time.monotonic())
            troubled = False
        except Exception:  # the bell must outlive a database that is away
            if not troubled:
                log.exception("the bell could not look for news")
            troubled = True
