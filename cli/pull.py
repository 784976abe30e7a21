"""`gonequiet pull [SOURCE]`: read what is new, and nothing else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from cli.days import DAY, start_of
from cli.errors import NotAllowed, Refusal, TryLater
from cli.opening import Opened, opened
from cli.output import as_json, count_of, label_of, say
from cli.stopping import stopping_between_pages
from models.worker import free_from_the_dead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.base import Page
    from flows.pull import Pulled
    from flows.round import Job
    from models.store.pages import Saved

_ENDINGS = {
    "busy": "another process is reading it now",
    "resting": "the service asked us to wait; it is read at the next pull after that",
}


@click.command()
@click.argument("account", required=False)
@click.option(
    "--since",
    type=DAY,
    help="From now on read mail from this day (UTC) on: reaches further back, or bounds a first reading.",
)
@click.option("--json", "json_", is_flag=True, help="Print the counts as JSON.")
def command(account: str | None, since: date | None, json_: bool) -> None:
    """Read what is new in every connected account, or in ACCOUNT alone (its address or number).

    Newest and partner-relevant mail comes first. Nothing is judged and nobody is told: `gonequiet run` does all three.
    Stop it with Ctrl-C whenever you like; the next pull goes on where it stopped.
    """
    from flows.pull import Ending  # noqa: PLC0415  --help needs none of these
    from flows.round import failures, jobs, pull_job  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        directory = house.directory
        todo = jobs(house.store, house.settings, directory, clock=now)
        if account is not None:
            wanted = account.strip().lower()
            todo = [
                job for job in todo if wanted in {job.source.lower(), job.source.partition(":")[2].lower(), job.number}
            ]
            if not todo:
                raise Refusal(f"There is no account {account!r}: `gonequiet accounts` shows all")
        if since is not None:
            todo = _since(house, todo, start_of(since))
        if not todo:
            say("Nothing to pull: no account is connected, and no archive waits to be read again.")
            say("Next: gonequiet connect --help, or gonequiet import --help")
            return
        free_from_the_dead(house.store)
        pulled: list[Pulled] = []
        with stopping_between_pages() as check:
            for job in todo:
                with _progress(job.source, house.settings.zone, check, quiet=json_) as on_page:
                    pulled += pull_job(house.store, job, directory, house.settings, clock=now, on_page=on_page)
        if json_:
            as_json([_row(p) for p in pulled])
        else:
            for p in pulled:
                say(_sentence(p))
        problems = failures(pulled, label_of)
        refused = any(p.ending is Ending.REFUSED for p in pulled)
    if problems:
        raise (NotAllowed if refused else TryLater)("Not everything could be read: " + "; ".join(problems))


def _since(house: Opened, todo: list[Job], since: datetime) -> list[Job]:
    """The accounts among these, from now on read since this day."""
    from flows.round import jobs  # noqa: PLC0415  --help needs none of these
    from flows.since import read_since  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    if since > now():
        raise Refusal(f"--since {since:%Y-%m-%d} lies ahead: name a day in the past")
    accounts = [job for job in todo if job.number.startswith("account ")]
    if not accounts:
        raise Refusal("--since is for connected accounts: an archive is read whole")
    numbers = {job.number for job in accounts}
    for account in house.store.accounts.all():
        if f"account {account.id}" in numbers:
            read_since(house.store, account, since)
    # Made anew: a job holds its account as it was.
    return [job for job in jobs(house.store, house.settings, house.directory, clock=now) if job.number in numbers]


def _row(pulled: Pulled) -> dict[str, Any]:
    return {
        "source": pulled.source,
        "ending": pulled.ending,
        "new": pulled.saved.new,
        "known": pulled.saved.known,
        "meetings": pulled.saved.meetings,
        "gone": pulled.saved.gone,
        "not_watched": pulled.saved.outside,
        "skipped": dict(sorted(pulled.saved.skipped.items())),
        "failure": pulled.failure,
    }


def _sentence(pulled: Pulled) -> str:
    saved = pulled.saved
    parts = [
        count_of(saved.new, "new mail") if saved.new else "",
        f"{saved.known:,} known" if saved.known else "",
        count_of(saved.meetings, "meeting version") if saved.meetings else "",
        f"{saved.gone:,} gone" if saved.gone else "",
        f"{saved.outside:,} not watched" if saved.outside else "",
    ]
    news = ", ".join(part for part in parts if part) or "nothing new"
    ending = "it could not be read to its end" if pulled.failure is not None else _ENDINGS.get(pulled.ending.value)
    if ending is not None and news == "nothing new":
        return f"{pulled.source}: {ending}"
    return f"{pulled.source}: {news}" + (f"; then {ending}" if ending is not None else "")


@contextmanager
def _progress(label: str, zone: str, check: Callable[[], None], *, quiet: bool) -> Iterator[Any]:
    """A bar with what is left and when the quota allows the end, where a terminal is there; nothing otherwise.

    `check` is called after each page.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _page, _saved: check()
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    from models.clock import now  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[finish]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, finish="")

        def on_page(page: Page, _saved: Saved) -> None:
            if page.total is not None:
                bar.update(task, completed=page.done or 0, total=page.total, finish="")
            if page.remaining is not None:
                bar.update(task, finish=finish_words(page.remaining, zone, now=now()))
            check()

        yield on_page


def finish_words(remaining: timedelta, zone: str, *, now: datetime) -> str:
    """When the end may be expected, as the quota allows it."""
    minutes = remaining.total_seconds() / 60
    if minutes < 1:
        return "less than a minute left"
    at = (now + remaining).astimezone(ZoneInfo(zone))
    day = "" if at.date() == now.astimezone(ZoneInfo(zone)).date() else f"{at:%a} "
    length = f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    return f"{length} left, done about {day}{at:%H:%M} by the quota"
