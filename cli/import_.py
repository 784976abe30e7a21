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

from cli.errors import Refusal, TryLater
from cli.menu import Stopped
from cli.opening import opened
from cli.output import as_json, count_of, label_of, say
from cli.stopping import stopping_between_pages
from models.worker import free_from_the_dead, worker_name

if TYPE_CHECKING:
    from connectors.base import Page
    from flows.pull import Pulled
    from models.store.pages import Saved


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "--us",
    multiple=True,
    metavar="DOMAIN|ADDRESS",
    help="Who we are; remembered (see `gonequiet us`). May be repeated.",
)
@click.option("--text", "with_text", is_flag=True, help="Read mail texts too, score their tone in memory, drop them.")
@click.option(
    "--workers",
    type=click.IntRange(1, 8),
    metavar="N",
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
    from cli.us import our_name  # noqa: PLC0415  --help needs none of these
    from connectors.archive.connector import open_archive  # noqa: PLC0415
    from connectors.base import ConnectorError  # noqa: PLC0415
    from flows.pull import pull  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    names = [our_name(name) for name in us]
    archives = []
    locked: list[Path] = []
    for path in paths:  # all of them before the first is read: one that cannot be opened changes nothing
        if path == Path():
            raise Refusal("There is an empty path among those to read: to read this folder, write ./")
        if not _is_text(path):
            raise Refusal(f"The name {os.fsencode(path)!r} is not UTF-8, and cannot be kept: rename it first")
        try:
            opening = open_archive(path, with_text=with_text, workers=workers or _processes(), now=now(), locked=locked)
        except ConnectorError as e:
            raise Refusal(str(e)) from e
        archives.append((path, opening))
    with opened(names) as house:
        if not house.us:
            raise Refusal("Who are we? Nobody's side can be told yet: add --us and your own domain: --us example.org")
        if names:
            house.store.partners.set_us({*house.store.partners.us(), *names})
        directory = house.directory
        free_from_the_dead(house.store)
        results: list[Pulled] = []
        for path, connectors in archives:
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
        _report(house.store, results, locked, json_=json_)
    failures = [result.failure for result in results if result.failure]
    if failures:
        raise Refusal("; ".join(failures))
    busy = [label_of(result.source) for result in results if _busy(result)]
    if busy:
        raise TryLater(f"Another import is reading {', '.join(busy)}: try again when it is done")


def _is_text(path: Path) -> bool:
    """Whether the name, where it really lies, can be written down; a name in an old encoding cannot."""
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError:
        return False
    except OSError:  # it is refused in words when it is opened
        return True
    return True


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
    except KeyboardInterrupt as e:
        raise Stopped("Stopped; what was read is kept, and the same command goes on from there.") from e


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


def _what_came(total: Counter[str]) -> str:
    mails = total["new"] + total["known"] + total["outside"] + total["elsewhere"]
    meetings = total["meetings"] + total["unwatched"] + total["not_ours"]
    parts = [count_of(mails, "mail")] if mails else []
    parts += [count_of(meetings, "meeting")] if meetings else []
    return " and ".join(parts) or "nothing new"


def _counted(*rows: tuple[int, str]) -> list[str]:
    return [f"{count:,} {what}" for count, what in rows if count]


def _mails(total: Counter[str]) -> list[str]:
    return _counted(
        (total["new"], "new with partners"),
        (total["known"], "known already"),
        (total["outside"], "with organisations that nobody watches"),
        (total["elsewhere"], "among ourselves or among strangers"),
    )


def _kinds(classes: Counter[str]) -> list[str]:
    return [f"{name.replace('_', ' ')} {n:,}" for name, n in classes.most_common()]


def _meetings(total: Counter[str]) -> list[str]:
    """How many were kept, how many not, and why."""
    return _counted(
        (total["meetings"], "new or changed"),
        (total["unwatched"], "with nobody from a partner, not kept"),
        (total["not_ours"], "with nobody of us, not kept"),
    )


def _report(store: Any, results: list[Pulled], locked: list[Path], *, json_: bool) -> None:
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
                "not_opened": [str(path) for path in locked],
                "stored": {"mails": mails, "meetings": meetings},
            }
        )
        return
    say(f"Read {count_of(len(results), 'archive')}: {_what_came(total)}.")
    for name, rows in (("Mails", _mails(total)), ("Their kinds", _kinds(classes)), ("Meetings", _meetings(total))):
        if rows:
            say(f"  {name}: {', '.join(rows)}.")
    if skipped:
        say("  Could not be read: " + ", ".join(f"{n:,} {reason}" for reason, n in skipped.most_common()) + ".")
    if locked:
        more = f" and {len(locked) - 1:,} more" if len(locked) > 1 else ""
        say(f"  Not opened, because you have no permission to: {locked[0]}{more}.")
    if watched:
        of_whom = count_of(watched, "partner")
        say(f"Kept in all: {count_of(mails, 'mail')} and {count_of(meetings, 'meeting')} of {of_whom}.")
        say("Next: gonequiet run")
    else:
        say("Nobody is watched yet, so only counts are kept; the mails of a partner are read once it is added.")
        say("Next: gonequiet partners suggest")
