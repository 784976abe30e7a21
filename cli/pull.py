"""`gonequiet pull [SOURCE]`: read what is new, and nothing else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cli.errors import NotAllowed, Refusal, TryLater
from cli.opening import opened
from cli.output import as_json, count_of, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.base import Page
    from flows.pull import Pulled
    from models.store.pages import Saved


@click.command()
@click.argument("account", required=False)
@click.option("--json", "json_", is_flag=True, help="Print the counts as JSON.")
def command(account: str | None, json_: bool) -> None:
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
        if not todo:
            say("Nothing to pull: no account is connected, and no archive waits to be read again.")
            say("Next: gonequiet connect --help, or gonequiet import --help")
            return
        pulled: list[Pulled] = []
        for job in todo:
            with _progress(job.source, quiet=json_) as on_page:
                pulled += pull_job(house.store, job, directory, house.settings, clock=now, on_page=on_page)
        if json_:
            as_json([_row(p) for p in pulled])
        else:
            for p in pulled:
                say(_sentence(p))
        problems = failures(pulled)
        refused = any(p.ending is Ending.REFUSED for p in pulled)
    if problems:
        raise (NotAllowed if refused else TryLater)("Not everything could be read: " + "; ".join(problems))


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
    ending = (
        "" if pulled.failure is None and pulled.ending == "complete" else f" ({pulled.failure or pulled.ending.value})"
    )
    return f"{pulled.source}: {news}{ending}"


@contextmanager
def _progress(label: str, *, quiet: bool) -> Iterator[Any]:
    """A bar with time left where a terminal is there; nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[quota]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, quota="")

        def on_page(page: Page, _saved: Saved) -> None:
            left = page.remaining.total_seconds() / 60 if page.remaining is not None else 0.0
            quota = f"the quota allows the end in {left:,.0f} min" if left >= 1 else ""
            bar.update(task, completed=page.done or 0, total=page.total, quota=quota)

        yield on_page
