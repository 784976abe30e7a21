"""After a push: read what was announced, judge whom it touched, tell. Started by the event of the bell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from prefect import flow

from flows.events import announce
from flows.measure import measure
from flows.named import run_name
from flows.notify import notify
from flows.ring import waiting
from flows.round import jobs, pull_job
from models.clock import now
from models.settings import Settings, load
from models.store.store import Store

log = logging.getLogger(__name__)

_ROUNDS = 20  # pushes that come while we read are read in the same run, but not for ever


@dataclass(slots=True)
class Caught:
    """What was read, and the longest that a push waited until its partner was judged."""

    sources: int = 0
    mails: int = 0
    touched: set[str] = field(default_factory=set)
    waited_seconds: float = 0.0


def catch_up_with(store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> Caught:
    """Drain the dirty sources; partners are judged after each round, so that the first does not wait for the last.

    Whether they are quiet is told at once, a fraction of a millisecond a partner; every metric of theirs is read last.
    """
    caught = Caught()
    for _ in range(_ROUNDS):
        began = clock()
        dirty = waiting(store.sources.all(), now=began)
        free = [source for source in dirty if source.lease is None or (source.lease_until or began) <= began]
        if not free:
            break
        directory = store.partners.directory(settings.us)
        wanted = {source.name for source in free}
        touched: set[str] = set()
        read = 0
        for job in jobs(store, settings, directory, clock=clock):
            if _may_have(job.source, wanted):
                pulled = pull_job(store, job, directory, settings, clock=clock, only=wanted)
                read += len(pulled)
                touched |= {key for one in pulled for key in one.saved.touched}
                caught.mails += sum(one.saved.new for one in pulled)
        if touched:
            judged = measure(store, settings, directory, now=clock(), keys=touched)
            announce(store, settings, judged.flips, now=clock())
        waits = [(clock() - source.dirty_since).total_seconds() for source in free if source.dirty_since is not None]
        caught.waited_seconds = max([caught.waited_seconds, *waits])
        caught.sources += read
        caught.touched |= touched
        store.settle()
        if not read:
            break  # nothing that is connected answers to these names
    if caught.touched:
        directory = store.partners.directory(settings.us)
        measured = measure(store, settings, directory, now=clock(), keys=caught.touched, signals=True)
        announce(store, settings, measured.flips, now=clock())
        store.settle()
    return caught


def _may_have(job: str, wanted: Sequence[str] | set[str]) -> bool:
    """Whether a job may hold one of these sources: an account's are named by service, but end in its mailbox."""
    mailbox = job.partition(":")[2]
    return any(name.partition(":")[2] == mailbox for name in wanted)


@flow(name="catch-up", flow_run_name=run_name, retries=0, persist_result=False, validate_parameters=False)
def catch_up(config: str | None = None) -> dict[str, float]:
    """Read the sources that a push announced, judge the partners they touched, send what is due."""
    settings = load(Path(config) if config is not None else None)
    store = Store(settings.database_url)
    try:
        caught = catch_up_with(store, settings, clock=now)
        told = notify(store, settings, now=now())
        log.info(
            "catch-up: %d sources, %d mails, %d partners judged, at most %.0f s after the push, %d letters sent",
            caught.sources,
            caught.mails,
            len(caught.touched),
            caught.waited_seconds,
            told.sent,
        )
        return {
            "sources": caught.sources,
            "mails": caught.mails,
            "judged": len(caught.touched),
            "seconds": caught.waited_seconds,
            "sent": told.sent,
        }
    finally:
        store.close()
