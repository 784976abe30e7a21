"""One round of the pipeline: pull what is new, judge, tell. Plain steps; the Prefect flows call the same ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from connectors.base import Connector, ConnectorError, Page
from connectors.registry import LOCAL, kind_of, open_local
from flows.accounts import connectors_of
from flows.disconnect import sources_of
from flows.measure import Measured, measure
from flows.notify import notify
from flows.pull import Ending, Pulled, pull
from flows.score import scorer
from flows.told import Told
from models.directory import Directory
from models.settings import Settings
from models.store.pages import Saved
from models.store.resettling import resettle
from models.store.store import Store
from models.worker import worker_name

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to pull: `number` names it in task names and logs without naming anybody.

    `open` gives the connectors when the job runs; it may raise ConnectorError, which then stands at each of `names`.
    """

    number: str
    source: str
    live: bool
    location: str | None
    open: Callable[[], Sequence[Connector]]
    names: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Round:
    """What one round did."""

    pulled: list[Pulled] = field(default_factory=list)
    measured: Measured | None = None
    told: Told | None = None


def jobs(store: Store, settings: Settings, directory: Directory, *, clock: Callable[[], datetime]) -> list[Job]:
    """Everything that can be pulled: connected accounts, archives imported before, the demo's mailboxes.

    What is stored is put where the directory says: what cannot be read now must not be judged by who was who before.
    """
    resettle(store.database, directory)
    found = list(_account_jobs(store, settings, directory, clock))
    seen: set[tuple[str, str]] = set()
    for source in store.sources.all():
        kind = kind_of(source.name)
        if kind not in LOCAL or source.location is None or (kind, source.location) in seen:
            continue
        seen.add((kind, source.location))
        if not source.live and source.directory == directory.fingerprint and source.pulled_at is not None:
            continue  # a snapshot that was read whole, with the partners of today
        texts = {"with_text": True} if source.texts else {}  # as it was imported
        found.append(
            Job(
                number=f"source {source.id}",
                source=source.name,
                live=source.live,
                location=source.location,
                open=partial(open_local, kind, Path(source.location), now=clock(), **texts),
            )
        )
    return found


def _account_jobs(
    store: Store, settings: Settings, directory: Directory, clock: Callable[[], datetime]
) -> Iterator[Job]:
    for account in store.accounts.all():
        yield Job(
            number=f"account {account.id}",
            source=f"{account.provider}:{account.mailbox}",
            live=True,
            location=None,
            open=partial(connectors_of, store, settings, account, directory, clock=clock),
            names=sources_of(account),
        )


def pull_job(
    store: Store,
    job: Job,
    directory: Directory,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    on_page: Callable[[Page, Saved], None] | None = None,
    only: Collection[str] | None = None,
) -> list[Pulled]:
    """Pull every source of one job, or `only` those of these names.

    A failure is a result, noted with the source, and never stops the others.
    """
    try:
        connectors = job.open()
    except ConnectorError as e:
        # A directory or credential that cannot be opened: none of its sources can be read, and each says why.
        refused = []
        for name in job.names or (job.source,):
            store.sources.ensure(name, live=job.live, location=job.location)
            store.sources.failed(name, str(e), now=clock(), needs_person=True)
            refused.append(Pulled(source=name, ending=Ending.REFUSED, failure=str(e)))
        return refused
    return [
        pull(
            store,
            connector,
            directory,
            clock=clock,
            worker=worker_name(),
            live=job.live,
            location=job.location,
            keep_subjects=settings.subjects == "keep",
            on_page=on_page,
            score=scorer(store, settings),
            grace=timedelta(days=settings.judge.grace_days),
        )
        for connector in connectors
        if only is None or connector.source in only
    ]


def one_round(
    store: Store,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    on_step: Callable[[str], None] = lambda _step: None,
) -> Round:
    """Pull everything, judge whom it touched or whose deadline passed, send what is due."""
    directory = store.partners.directory(settings.us)
    result = Round()
    for job in jobs(store, settings, directory, clock=clock):
        on_step(f"reading {job.source}")
        result.pulled += pull_job(store, job, directory, settings, clock=clock)
    on_step("judging")
    result.measured = measure(store, settings, directory, now=clock(), signals=True)
    on_step("telling")
    result.told = notify(store, settings, now=clock())
    return result


def failures(pulled: Iterable[Pulled], name: Callable[[str], str] = str) -> list[str]:
    """One sentence for each reason why sources could not be read; `name` says what people call a source."""
    sources: dict[str, list[str]] = {}
    for each in pulled:
        if each.failure is not None:
            sources.setdefault(each.failure, []).append(name(each.source))
    return [f"{', '.join(names)}: {failure}" for failure, names in sources.items()]
