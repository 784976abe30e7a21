"""What `doctor` says of this machine: the database, the clock, and whether anything runs by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.doctor_finding import Finding, Health
from cli.opening import Opened
from cli.output import count_of, shown_time

if TYPE_CHECKING:
    from models.store.checkup import Checkup

_LITTLE_SPACE = 500 * 1024 * 1024
_LARGE_LOG = 1024 * 1024 * 1024
_CLOCK_SLACK = timedelta(minutes=5)
_SKEW_SEEN = timedelta(seconds=30)
_SKEW_HARMS = timedelta(minutes=5)  # beyond it, signed requests to Google and Microsoft are refused
_FIRST_YEAR = 2026
_SLACK = timedelta(minutes=15)


def database_findings(house: Opened, looked: Checkup) -> Iterator[Finding]:
    """Version, size, journal, pages, rights and room; of a damaged one nothing else, for nothing in it can be told."""
    database = house.store.database
    if looked.problem:
        yield Finding(
            about="database",
            health=Health.BAD,
            says=f"{database.shown}: {looked.engine}, {_size(looked.bytes)}; damaged: {looked.problem}",
            todo="Stop the service, keep the file, and put back a backup; what is missing then is read again.",
        )
        return
    mails, meetings = house.store.interactions.count()
    says = (
        f"{database.shown}: {looked.engine}, {_size(looked.bytes)}, {count_of(mails, 'mail')}, "
        f"{count_of(meetings, 'meeting')}"
    )
    if database.is_sqlite:
        checked = "too large for a quick check" if looked.problem is None else "its pages hold together"
        yield Finding(about="database", health=Health.GOOD, says=f"{says}; {checked}")
    else:
        yield Finding(about="database", health=Health.GOOD, says=says)
    if database.path is None:
        return
    if looked.journal != "wal":
        yield Finding(
            about="database",
            health=Health.WARN,
            says=f"its journal is {looked.journal!r}, not WAL: readers and writers wait for each other",
            todo="Put the file on a disk of this machine: network folders allow no WAL.",
        )
    if looked.log_bytes > _LARGE_LOG:
        yield Finding(
            about="database",
            health=Health.WARN,
            says=f"its write-ahead log has grown to {_size(looked.log_bytes)}: some process reads without an end",
            todo="Restart the service.",
        )
    if database.path.stat().st_mode & 0o077:
        yield Finding(
            about="database",
            health=Health.WARN,
            says=f"{database.path} can be read by others on this machine",
            todo=f"Run: chmod 600 {database.path}",
        )
    free = shutil.disk_usage(database.path.parent).free
    if free < _LITTLE_SPACE:
        yield Finding(
            about="database",
            health=Health.BAD,
            says=f"only {_size(free)} are free on its disk",
            todo="Make room: a full disk stops reading and telling.",
        )


def clock_findings(house: Opened, *, now: datetime, clock: Callable[[], datetime], offline: bool) -> Iterator[Finding]:
    """This machine's clock against the data, the database server and the services."""
    zone = house.settings.zone
    shown = shown_time(now, zone)
    reached = [s.pulled_at for s in house.store.sources.all() if s.pulled_at is not None]
    newest = max(reached, default=None)
    todo = "Set the clock of this machine, and keep it set (NTP): deadlines, leases and signed requests hang on it."
    if now.year < _FIRST_YEAR:
        says = f"it says {shown}, before this program was made"
        yield Finding(about="clock", health=Health.BAD, says=says, todo=todo)
        return
    if newest is not None and newest - now > _CLOCK_SLACK:
        says = f"it says {shown}, but data was read at {shown_time(newest, zone)}"
        yield Finding(about="clock", health=Health.BAD, says=says, todo=todo)
        return
    compared: list[str] = []
    if not offline:
        from flows.skew import skews  # noqa: PLC0415  as above

        for skew in skews(house.store, house.settings, clock=clock):
            off = abs(skew.ahead)
            if off <= _SKEW_SEEN:
                compared.append(skew.whose)
                continue
            way = "ahead of" if skew.ahead > timedelta() else "behind"
            says = f"it says {shown}, {_span(off)} {way} {skew.whose}"
            yield Finding(about="clock", health=Health.BAD if off > _SKEW_HARMS else Health.WARN, says=says, todo=todo)
            return
    agreed = f", as {' and '.join(compared)} {'say' if len(compared) > 1 else 'says'}" if compared else ""
    yield Finding(about="clock", health=Health.GOOD, says=f"{shown}{agreed}")


def schedule_findings(house: Opened, *, now: datetime) -> Iterator[Finding]:
    """Whether rounds come by themselves: told by the last pull of any account, and the last judgement."""
    live = [source for source in house.store.sources.all() if source.live]
    if not live:
        return
    minutes = house.settings.serve.pull_minutes
    pulled = [s.pulled_at for s in live if s.pulled_at is not None]
    judged = [standing.judged_at for standing in house.store.standings.all().values()]
    last = max(pulled, default=None)
    zone = house.settings.zone
    if last is None:
        todo = "Run gonequiet run once, or keep gonequiet serve running."
        yield Finding(about="schedule", health=Health.WARN, says="no account was read to its end yet", todo=todo)
    elif now - last > 3 * timedelta(minutes=minutes) + _SLACK:
        says = (
            f"the last round ended on {shown_time(last, zone)}, {_span(now - last)} ago; one is due every {minutes} min"
        )
        todo = "Start gonequiet serve, or whatever runs gonequiet run; serve.pull_minutes says how often it should."
        yield Finding(about="schedule", health=Health.WARN, says=says, todo=todo)
    else:
        says = f"the last round ended {_span(now - last)} ago"
        yield Finding(about="schedule", health=Health.GOOD, says=says)
    if last is not None and house.store.partners.all() and not judged:
        todo = "Run gonequiet run: gonequiet pull reads and judges nobody."
        yield Finding(about="schedule", health=Health.WARN, says="no partner was judged yet", todo=todo)


def _size(count: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count = round(count / 1000)
    return f"{count:,} GB"


def _span(length: timedelta) -> str:
    seconds = length.total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return count_of(round(seconds / size), unit)
    return count_of(round(seconds), "second")
