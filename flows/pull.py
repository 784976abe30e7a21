"""Pull one source: read its pages and store each with its cursor. Whatever fails, the next run repairs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from connectors.base import AccessDenied, Connector, CursorExpired, Page, Preparing, ServiceUnavailable
from connectors.headers import settle_class
from flows.prepare import Preparation
from flows.push_quality import Changes, note_changes
from models.directory import Directory
from models.records import Message
from models.store.pages import Saved
from models.store.resettling import resettle, saved_with
from models.store.sources import Source
from models.store.store import Store

log = logging.getLogger(__name__)

_Pages = Callable[[str | None], Iterator[Page]]

LEASE = timedelta(minutes=10)
# A mail that vanished counts so long. The daily audit finds what a service lost out of sight within a day; a week also
# outlives a restored mailbox, and a consent that is given again.
GRACE = timedelta(days=7)
_WAIT = timedelta(minutes=5)  # where the service does not say how long to wait


class Ending(StrEnum):
    """How a pull ended."""

    COMPLETE = "complete"
    BUSY = "busy"  # another worker holds the source
    RESTING = "resting"  # the service asked us to wait
    REFUSED = "refused"  # a person must act
    AWAY = "away"  # the service cannot be reached now


@dataclass(slots=True, kw_only=True)
class Pulled:
    """What a pull brought, and how it ended; `failure` is one sentence for the operator."""

    source: str
    ending: Ending = Ending.COMPLETE
    saved: Saved = field(default_factory=Saved)
    failure: str | None = None


def pull(
    store: Store,
    connector: Connector,
    directory: Directory,
    *,
    clock: Callable[[], datetime],
    worker: str,
    live: bool = True,
    location: str | None = None,
    keep_subjects: bool = False,
    on_page: Callable[[Page, Saved], None] | None = None,
    score: Callable[[Sequence[Message]], None] | None = None,
    grace: timedelta = GRACE,
) -> Pulled:
    """Read what is new in one source into the store; safe to stop at any moment and to run again.

    `worker` names this process: a source is leased to one worker at a time. `score` sees the mails of a page
    with their texts before these are dropped. A mail that the service no longer shows is withdrawn once `grace` is
    over and a pull that reached its end did not see it again.
    """
    began = clock()
    source = store.sources.ensure(connector.source, live=live, location=location)
    result = Pulled(source=source.name)
    if source.rest_until is not None and source.rest_until > began:
        result.ending = Ending.RESTING
        return result
    if not store.sources.lease(source.name, worker, now=began, length=LEASE):
        result.ending = Ending.BUSY
        return result
    changes = Changes(before=source.read_until if live else None, began=began)

    def keep(page: Page, now_reading: Source) -> None:
        ready = _settled(page, directory, score)
        saved = store.pages.save(now_reading, ready, directory, now=clock(), keep_subjects=keep_subjects)
        result.saved.add(saved)
        changes.meet(page)
        if on_page is not None:
            on_page(page, result.saved)
        store.sources.lease(source.name, worker, now=clock(), length=LEASE)

    try:
        resettle(store.database, directory)
        pages: _Pages = connector.pages
        if score is None and isinstance(connector, Preparing):
            sorter = store.pages.sorter(directory, live=source.live, keep_subjects=keep_subjects)
            pages = partial(connector.prepared_pages, prepare=Preparation(directory, sorter))
        _read(store, source, directory, changes, pages, keep)
        if live:
            ended = clock()
            result.saved.touched |= store.pages.lapse(source, before=ended - grace, now=ended).touched
        store.sources.finished(source.name, now=clock(), directory=directory.fingerprint)
        store.sources.clear_dirty(source.name, before=began)
        if live:
            note_changes(store, source.name, changes.at, now=clock())
    except AccessDenied as e:
        result.ending, result.failure = Ending.REFUSED, str(e)
        store.sources.failed(source.name, str(e), now=clock(), needs_person=True)
    except ServiceUnavailable as e:
        result.ending, result.failure = Ending.AWAY, str(e)
        until = clock() + (e.retry_after or _WAIT) if live else None
        store.sources.failed(source.name, str(e), now=clock(), rest_until=until)
    finally:
        store.sources.release(source.name, worker)
    saved_with(store.database, directory)
    log.info("pull: %d new, %d known, %d skipped", result.saved.new, result.saved.known, result.saved.skipped.total())
    return result


def _read(
    store: Store,
    source: Source,
    directory: Directory,
    changes: Changes,
    pages: _Pages,
    keep: Callable[[Page, Source], None],
) -> None:
    """Every page, handed to `keep` with the source as it is being read: from its cursor, or once from the start."""
    started_over = False
    if source.cursor is not None and source.directory is not None and source.directory != directory.fingerprint:
        # Somebody is watched now who was not: what was left out before may count.
        source = _start_over(store, source)
        changes.start_over()
        started_over = True
    while True:
        try:
            for page in pages(source.cursor):
                keep(page, source)
        except CursorExpired as e:
            if started_over:  # a service that always says so must not keep us for ever
                raise ServiceUnavailable(f"{e} (again, after reading from the start)") from e
            log.info("pull: cursor expired, reading from the start")
            source = _start_over(store, source)
            changes.start_over()
            started_over = True
        else:
            return


def _start_over(store: Store, source: Source) -> Source:
    generation = store.sources.start_over(source.name)
    return replace(source, cursor=None, generation=generation)


def _settled(page: Page, directory: Directory, score: Callable[[Sequence[Message]], None] | None) -> Page:
    """The page with classes settled by who is who, and with every text scored and dropped."""
    interactions = []
    told: list[Message] = []
    for interaction in page.interactions:
        ready = settle_class(interaction, directory) if isinstance(interaction, Message) else interaction
        if isinstance(ready, Message) and ready.text is not None:
            told.append(ready)
            ready = replace(ready, text=None)
        interactions.append(ready)
    if score is not None and told:
        score(told)
    return replace(page, interactions=tuple(interactions))
