"""The main job as a Prefect flow: pull, judge, tell. The work is in the plain steps; Prefect gives it retries, names,
a record of each run, and a table of standings that people can read in its page.

Parameters and logs of a flow lie in Prefect's database: they hold numbers and file names, never an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.board import board
from flows.events import announce
from flows.measure import measure
from flows.named import run_name
from flows.notify import notify
from flows.pull import Ending
from flows.round import jobs, pull_job
from models.clock import now
from models.settings import Settings, load
from models.store.store import Store

CHUNK = 32  # sources a task: a task costs Prefect more than a pull that finds nothing


def _opened(config: str | None) -> tuple[Settings, Store]:
    settings = load(Path(config) if config is not None else None)
    return settings, Store(settings.database_url)


@task(
    name="pull",
    task_run_name="pull {numbers}",
    retries=2,
    retry_delay_seconds=[10, 60],
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def pull_sources(numbers: Sequence[str], config: str | None) -> dict[str, int]:
    """Read what is new in these sources; gives how many mails and meetings came, and how many sources failed."""
    settings, store = _opened(config)
    try:
        directory = store.partners.directory(settings.us)
        mine = [job for job in jobs(store, settings, directory, clock=now) if job.number in set(numbers)]
        pulled = [p for job in mine for p in pull_job(store, job, directory, settings, clock=now)]
        return {
            "mails": sum(p.saved.new for p in pulled),
            "meetings": sum(p.saved.meetings for p in pulled),
            "failed": sum(p.ending in {Ending.REFUSED, Ending.AWAY} for p in pulled),
        }
    finally:
        store.close()


@task(name="judge", retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, persist_result=False)
def judge_partners(config: str | None) -> dict[str, int]:
    """Judge whom news touched or whose deadline passed; gives how many, and how many changed."""
    settings, store = _opened(config)
    try:
        result = measure(store, settings, store.partners.directory(settings.us), now=now(), signals=True)
        announce(store, settings, result.flips, now=now())
        return {"judged": result.judged, "changed": len(result.flips)}
    finally:
        store.close()


@task(name="tell", retries=3, retry_delay_seconds=[10, 60, 300], cache_policy=NO_CACHE, persist_result=False)
def tell_readers(config: str | None) -> dict[str, int]:
    """Send what is due; gives how many mails went out and how many wait after a failure."""
    settings, store = _opened(config)
    try:
        result = notify(store, settings, now=now())
        return {"sent": result.sent, "failed": result.failed}
    finally:
        store.close()


@flow(name="watch", flow_run_name=run_name, persist_result=False, validate_parameters=False)
def watch(config: str | None = None) -> dict[str, int]:
    """Pull every source, judge every partner that needs it, send what is due. `config` is a settings file."""
    settings, store = _opened(config)
    try:
        directory = store.partners.directory(settings.us)
        numbers = [job.number for job in jobs(store, settings, directory, clock=now)]
    finally:
        store.close()
    totals: dict[str, int] = {}
    for start in range(0, len(numbers), CHUNK):
        for name, count in pull_sources(numbers[start : start + CHUNK], config).items():
            totals[name] = totals.get(name, 0) + count
    totals |= judge_partners(config)
    totals |= tell_readers(config)
    publish(config)
    return totals


def publish(config: str | None) -> None:
    """Put the table of standings where Prefect's page shows it."""
    _, store = _opened(config)
    try:
        create_markdown_artifact(key="standings", markdown=board(store), description="Where partners stand")
    finally:
        store.close()
