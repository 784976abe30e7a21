"""`gonequiet import PATH...`: mail and calendars from files, without any account."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from cli.errors import Refusal
from cli.opening import HOW_TO_SAY_US, opened
from cli.output import as_json, count_of, say
from cli.stopping import stopping_between_pages
from models.worker import free_from_the_dead, worker_name

if TYPE_CHECKING:
    from connectors.base import Page
    from flows.pull import Pulled
    from models.store.pages import Saved


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--us", multiple=True, metavar="DOMAIN|ADDRESS", help="Who we are; remembered. May be repeated.")
@click.option("--text", "with_text", is_flag=True, help="Read mail texts too, score their tone in memory, drop them.")
@click.option(
    "--workers",
    type=click.IntRange(1, 8),
    help="Processes that read a large mbox; two by default, one where there is but one processor.",
)
@click.option("--json", "json_", is_flag=True, help="Print the counts as JSON.")
def command(paths: tuple[Path, ...], us: tuple[str, ...], with_text: bool, workers: int | None, json_: bool) -> None:
    """Read mail and calendars from files.

    PATH is an mbox (also .gz, .xz, .bz2, .zip), a Google Takeout zip, a Maildir, an .eml or .ics file, or a folder
    of these. Nothing leaves this machine, and nothing but metadata is kept.

    Stop with Ctrl-C whenever you like: running the same command again goes on where it stopped. An archive that has
    not changed since is recognised and not read again.

    \b
    Examples:
      gonequiet import --us example.org takeout-20260901.zip
      gonequiet import ~/Mail calendar.ics
    """
    from connectors.archive.connector import open_archive  # noqa: PLC0415  --help needs none of these
    from connectors.base import ConnectorError  # noqa: PLC0415
    from flows.pull import pull  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    for path in paths:
        if not path.exists():
            raise Refusal(f"There is no file or folder {path}")
    with opened(us) as house:
        if not house.us:
            raise Refusal(f"Who are we? Nobody's side can be told yet; {HOW_TO_SAY_US}")
        if us:
            house.store.partners.set_us(house.us)
        directory = house.directory
        results: list[Pulled] = []
        for path in paths:
            try:
                connectors = open_archive(path, with_text=with_text, workers=workers or _processes(), now=now())
            except ConnectorError as e:
                raise Refusal(str(e)) from e
            free_from_the_dead(house.store)
            for connector in connectors:
                if with_text:
                    house.store.sources.ensure(connector.source, live=False, location=str(path.resolve()))
                    house.store.sources.with_texts(connector.source)
                with (
                    _stopped_in_words(),
                    stopping_between_pages() as check,
                    _progress(connector.label, quiet=json_) as show,
                ):
                    results.append(
                        pull(
                            house.store,
                            connector,
                            directory,
                            clock=now,
                            worker=worker_name(),
                            live=False,
                            location=str(path.resolve()),
                            keep_subjects=house.settings.subjects == "keep",
                            on_page=_then(show, check),
                            score=_scorer(house) if with_text else None,
                        )
                    )
        _report(house.store, results, json_=json_)
    failures = [f"{result.source}: {result.failure}" for result in results if result.failure]
    failures += [f"{r.source}: another import is reading it; try again when it is done" for r in results if _busy(r)]
    if failures:
        raise Refusal("; ".join(failures))


def _processes() -> int:
    """How many may read: a second one where a second processor is ours to use."""
    try:
        return min(2, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on every system
        return min(2, os.cpu_count() or 1)


def _busy(result: Pulled) -> bool:
    return result.ending.value == "busy"


def _then(show: Any, check: Callable[[], None]) -> Any:
    def on_page(page: Page, saved: Saved) -> None:
        if show is not None:
            show(page, saved)
        check()

    return on_page


def _scorer(house: Any) -> Any:
    from flows.score import scorer  # noqa: PLC0415  only for texts

    return scorer(house.store, house.settings)


@contextmanager
def _stopped_in_words() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped; what was read is kept, and the same command goes on from there.", err=True)
        raise


@contextmanager
def _progress(label: str, *, quiet: bool) -> Iterator[Any]:
    """A bar with rate and time left where a terminal is there; nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[mails]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, mails="")
        began = perf_counter()

        def on_page(page: Page, saved: Saved) -> None:
            mails = saved.new + saved.known + saved.outside + saved.elsewhere
            rate = mails / max(perf_counter() - began, 0.01)
            shown = f"{mails:,} mails, {rate:,.0f}/s"
            bar.update(task, completed=page.done or 0, total=page.total, mails=shown)

        yield on_page


def _left_out(total: Counter[str]) -> str:
    """How many meetings were not kept, and why."""
    reasons = (
        (total["unwatched"], "with nobody from a partner"),
        (total["not_ours"], "with nobody of us"),
    )
    return ", ".join(f"{count:,} {reason}" for count, reason in reasons if count)


def _report(store: Any, results: list[Pulled], *, json_: bool) -> None:
    total: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    for result in results:
        saved = result.saved
        total.update(
            new=saved.new,
            known=saved.known,
            outside=saved.outside,
            elsewhere=saved.elsewhere,
            meetings=saved.meetings,
            unwatched=saved.unwatched,
            not_ours=saved.not_ours,
            unchanged=int(not (saved.new or saved.known or saved.outside or saved.meetings or saved.elsewhere)),
        )
        skipped += saved.skipped
        classes += saved.classes
    mails, meetings = store.interactions.count()
    watched = len(store.partners.all())
    if json_:
        as_json(
            {
                "archives": len(results),
                "mails": {"new": total["new"], "known": total["known"], "not_watched": total["outside"]},
                "without_us_or_partner": total["elsewhere"],
                "classes": dict(sorted(classes.items())),
                "meetings": total["meetings"],
                "meetings_left_out": {"without_partner": total["unwatched"], "without_us": total["not_ours"]},
                "skipped": dict(sorted(skipped.items())),
                "stored": {"mails": mails, "meetings": meetings},
            }
        )
        return
    left_out = total["unwatched"] + total["not_ours"]
    say(f"Read {count_of(len(results), 'archive')}: ", nl=False)
    parts = [
        f"{count_of(total['new'], 'new mail')} with partners" if total["new"] else "",
        f"{total['known']:,} already known" if total["known"] else "",
        f"{count_of(total['meetings'], 'meeting version')}" if total["meetings"] else "",
        f"{count_of(left_out, 'meeting')} not kept" if left_out else "",
        f"{total['outside']:,} with organisations nobody watches" if total["outside"] else "",
        f"{total['elsewhere']:,} among ourselves or strangers" if total["elsewhere"] else "",
    ]
    say(", ".join(part for part in parts if part) or "nothing new", nl=False)
    say(".")
    if classes:
        say("  By kind: " + ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in classes.most_common()) + ".")
    if left_out:
        say(f"  Meetings not kept: {_left_out(total)}.")
    if skipped:
        say("  Left out: " + ", ".join(f"{n:,} {reason}" for reason, n in skipped.most_common()) + ".")
    say(
        f"Kept in all: {count_of(mails, 'mail')} and {count_of(meetings, 'meeting')} of {count_of(watched, 'partner')}."
    )
    if watched:
        say("Next: gonequiet run")
    else:
        say("Next: gonequiet partners suggest")
