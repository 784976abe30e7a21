"""`make e2e`: the whole service on one machine, as in production, and what it does when a worker dies.

A Prefect server and our tables on PostgreSQL, two workers, pages and receivers, 20 mailboxes at a local Google and 20
at a local Microsoft, and a mail server with STARTTLS and login. It prints what it sees and how long each thing took,
and ends with 1 if anything is not as it must be.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from flows.orchestrator import prepare
from flows.supervise import answers, free_port, server_process, wait_for
from models.records import Meeting
from models.store.store import Store
from tests import postgres
from tests.e2e.house import ALL_DAY, OWNER, Failed, House, until, write_settings
from tests.e2e.midnight import ZONE, make_zone
from tests.e2e.silence import past
from tests.e2e.world import SILENT, STEADY, World, world

GOOGLE = [f"g{n}@example.org" for n in range(1, 21)]
MICROSOFT = [f"m{n}@example.org" for n in range(1, 21)]
NEAR = [f"acme{n}.example" for n in range(1, 21)]  # partners of one mailbox each: whose news is judged at once
_MAILS = 30  # in each mailbox, of the two partners that write to all


def say(line: str) -> None:
    """What happens now, with the time."""
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S}  {line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """The run; 0 if all was as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=8, help="until the midnight at which the partner turns quiet")
    parser.add_argument("--pushes", type=int, default=8, choices=range(1, 21), metavar="N")
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # whoever stops the run leaves nothing behind
    with tempfile.TemporaryDirectory(prefix="gonequiet-e2e-") as name:
        folder = Path(name)
        midnight = (datetime.now(UTC) + timedelta(minutes=chosen.minutes + 1)).replace(second=0, microsecond=0)
        zones = make_zone(folder / "zones", midnight)
        os.environ.update(zones)
        zoneinfo.reset_tzpath([folder / "zones"])
        try:
            with world(folder) as outside, _databases() as (ours, prefects):
                _run(outside, folder, midnight, ours, prefects, pushes=chosen.pushes)
        except Failed as e:
            say(f"FAILED: {e}")
            for log in sorted(folder.rglob("*.log")):
                sys.stdout.write(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}\n")
            return 1
    say("All as it must be.")
    return 0


@contextmanager
def _databases() -> Iterator[tuple[str, str]]:
    """A PostgreSQL server; the URLs of our database and of Prefect's."""
    programs = postgres.binaries()
    if programs is None:
        raise Failed("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with postgres.server(programs) as url:
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as conn:
            for name in ("gonequiet", "prefect"):
                conn.execute(text(f"CREATE DATABASE {name}"))
            has_trigrams = conn.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")).scalar()
        admin.dispose()
        if not has_trigrams:
            raise Failed("Prefect needs PostgreSQL's contrib module pg_trgm")
        own = make_url(url).set(database="gonequiet").render_as_string(hide_password=False)
        other = make_url(url).set(database="prefect", drivername="postgresql+asyncpg")
        yield own, other.render_as_string(hide_password=False)


def _run(outside: World, folder: Path, midnight: datetime, database: str, prefects: str, *, pushes: int) -> None:
    data = folder / "data"
    _populate(outside, folder, midnight)
    pages_port, prefect_port = free_port(0), free_port(0)
    config = folder / "gonequiet.toml"
    write_settings(config, outside, data=data, database=database, pages_port=pages_port)
    os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = prefects
    prepare(data, quiet=False)
    api = f"http://127.0.0.1:{prefect_port}/api"
    server = server_process(prefect_port, data)
    server.start()
    store = Store(database)
    house = House(config, folder, {"PREFECT_API_URL": api})
    os.environ["PREFECT_API_URL"] = api
    try:
        say(f"Prefect server starting on PostgreSQL; midnight in {ZONE} is at {midnight:%H:%M} UTC")
        _connect(house, outside, folder)
        wait_for(server, lambda: answers(api), threading.Event())
        house.start("pages", "serve", "--pages-only", "--port", str(pages_port))
        _first_round(house, outside, store)
        took = _pushes(house, outside, store, f"http://127.0.0.1:{pages_port}", pushes)
        mail_after = _silence(outside, store, midnight)
        codes = house.stop()
        if any(codes.values()):
            raise Failed(f"a process did not stop cleanly: {codes}")
        for name in ("pages", "worker2", "worker3"):
            said = house.said(name)
            # A run that is cancelled in the middle of a statement leaves the signal that ended it in the log.
            strange = said.count("Traceback") - said.count("prefect.exceptions.TerminationSignal")
            if strange > 0 or "never awaited" in said:
                raise Failed(f"{name} did not stop without a word")
    finally:
        house.stop()
        server.stop()
        store.close()
    say(f"push -> judged: median {statistics.median(took):.1f} s, worst {max(took):.1f} s over {len(took)} pushes")
    say(f"deadline -> mail accepted: {mail_after:.1f} s, with a round every minute")


def _populate(outside: World, folder: Path, midnight: datetime) -> None:
    """Mail of four months: two partners that go on, and one whose silence turns quiet at midnight."""
    now = datetime.now(UTC).replace(microsecond=0)
    for address in MICROSOFT:
        outside.microsoft.tenant.add_mailbox(address)
    for address in GOOGLE:
        outside.google.mailbox(address)
        outside.google.agenda(address)
    for n in range(_MAILS * 40):
        at = now - timedelta(minutes=30) - timedelta(hours=n * 2.4)
        sender, number = STEADY[n % 2], (n // 2) % 20
        if n % 4 < 2:
            outside.google_mail(GOOGLE[number], sender, at)
        else:
            outside.microsoft_mail(MICROSOFT[number], sender, at)
    for n, domain in enumerate(NEAR):
        for day in range(1, 31):
            at = now - timedelta(days=2 * day, minutes=37)
            if n % 2 == 0:
                outside.google_mail(GOOGLE[n], f"pat@{domain}", at)
            else:
                outside.microsoft_mail(MICROSOFT[n], f"pat@{domain}", at)
    for at in past(midnight, folder):
        outside.google_mail(GOOGLE[0], SILENT, at)
    outside.microsoft.tenant.latency = 0.02


def _connect(house: House, outside: World, folder: Path) -> None:
    for name, addresses in (("google.txt", GOOGLE), ("microsoft.txt", MICROSOFT)):
        (folder / name).write_text("\n".join(addresses) + "\n", encoding="utf-8")
    house.command(
        "connect", "google", "--service-account", str(folder / "key.json"), "--mailboxes", f"{folder}/google.txt"
    )
    house.command("connect", "microsoft", "--app-only", "--mailboxes", f"{folder}/microsoft.txt")
    for name in ("northwind", "contoso", "fabrikam"):
        house.command("partners", "add", name, f"{name}.example", "--owner", OWNER, "--hours", ALL_DAY, "--zone", ZONE)
    house.command("partners", "add", *NEAR, "--owner", OWNER, "--hours", ALL_DAY, "--zone", ZONE)
    say("40 mailboxes connected, 23 partners watched")


def _first_round(house: House, outside: World, store: Store) -> None:
    """Two workers read; one is killed half-way, the other and a new one finish."""
    for name in ("worker1", "worker2"):
        house.start(name, "serve", "--flows-only")

    def read() -> int:
        return sum(source.pulled_at is not None for source in store.sources.all())

    until("the first sources are read", lambda: read() >= 15, seconds=240)
    holder = next((source.lease for source in store.sources.all() if source.lease), None)
    house.kill("worker1")
    say(f"worker 1 killed with -9 after {read()} of 80 sources; a lease stood: {holder is not None}")
    began = time.monotonic()
    house.start("worker3", "serve", "--flows-only")
    until("every source is read", lambda: read() == 80, seconds=300)
    say(f"all 80 sources read {time.monotonic() - began:.0f} s later")
    for source, expected in sorted(outside.expected.items()):
        stored = store.sources.ledger(source).get("stored", 0)
        if stored != expected:
            raise Failed(f"{source}: {stored} mails stored, {expected} are there")
    say(f"every mailbox complete: {sum(outside.expected.values()):,} mails, each once")
    until("partners are judged", lambda: len(store.standings.all()) == 23, seconds=120)


def _pushes(house: House, outside: World, store: Store, pages: str, count: int) -> list[float]:
    """New mail, announced by the services; how long until its partner was judged."""
    from tests.e2e.prefect_door import pause_rounds, resume_rounds  # noqa: PLC0415  reads the environment at import

    until("push channels stand", lambda: len(store.channels.all()) >= 80, seconds=240)
    say(f"{len(store.channels.all())} push channels stand")
    pause_rounds()
    time.sleep(5)
    keys = {partner.domains[0]: partner.key for partner in store.partners.all()}
    took = []
    for n in range(count):
        at = datetime.now(UTC).replace(microsecond=0)
        sender, key = f"pat@{NEAR[n]}", keys[NEAR[n]]
        began = time.monotonic()
        if n % 2 == 0:
            outside.google_mail(GOOGLE[n], sender, at)
            status = outside.push_google(pages, GOOGLE[n])
            if status != 204:
                raise Failed(f"the push of Google was answered with {status}")
        else:
            outside.microsoft_mail(MICROSOFT[n], sender, at)
            statuses = outside.push_microsoft(MICROSOFT[n])
            if not statuses or set(statuses) != {202}:
                raise Failed(f"the push of Microsoft was answered with {statuses}")

        def judged(key: str = key, at: datetime = at) -> bool:
            return store.standings.all()[key].last_inbound == at

        until(f"push {n + 1} is judged", judged, seconds=120, every=0.1)
        took.append(time.monotonic() - began)
    say("pushes judged after " + ", ".join(f"{seconds:.1f}" for seconds in took) + " s, with no scheduled round")
    meetings = [_calendar_push(outside, store, pages, n) for n in range(min(count, 4))]
    say("meetings stored after " + ", ".join(f"{seconds:.1f}" for seconds in meetings) + " s, by calendar push alone")
    resume_rounds()
    return took


def _calendar_push(outside: World, store: Store, pages: str, n: int) -> float:
    """A meeting is called in a Google calendar, which says so; how long until it is stored with its partner."""
    keys = {partner.domains[0]: partner.key for partner in store.partners.all()}
    at = datetime.now(UTC).replace(microsecond=0)
    began = time.monotonic()
    outside.google_meeting(GOOGLE[n], f"pat@{NEAR[n]}", at + timedelta(days=3))
    statuses = outside.push_calendar(pages, GOOGLE[n])
    if not statuses or set(statuses) != {200}:
        raise Failed(f"the calendar push was answered with {statuses}")

    def stored() -> bool:
        return any(isinstance(item, Meeting) for item in store.interactions.of(keys[NEAR[n]], since=at))

    until(f"the meeting of {NEAR[n]} is stored", stored, seconds=120, every=0.1)
    return time.monotonic() - began


def _silence(outside: World, store: Store, midnight: datetime) -> float:
    """The deadline passes; one mail says so, once."""
    standing = store.standings.all()["northwind"]
    say(f"northwind is {standing.state.value}; the deadline is {standing.quiet_after:%H:%M} UTC")
    if outside.mails.accepted:
        raise Failed(f"a mail went out before the deadline: {outside.mails.accepted[0][1]['subject']}")
    left = (midnight - datetime.now(UTC)).total_seconds()
    if left < 0:
        raise Failed("the deadline passed before all was ready: use --minutes")
    until("the mail is accepted", lambda: bool(outside.mails.accepted), seconds=left + 300)
    accepted, mail = outside.mails.accepted[0]
    say(f"accepted by {outside.mails.name} over STARTTLS with login: {mail['subject']!r} to {mail['to']}")
    rounds = max(source.pulled_at or midnight for source in store.sources.all())
    until(
        "another whole round",
        lambda: all((source.pulled_at or rounds) > rounds for source in store.sources.all()),
        seconds=300,
    )
    subjects = [str(mail["subject"]) for _, mail in outside.mails.accepted]
    if len(subjects) != 1 or not subjects[0].startswith("Quiet: Northwind"):
        raise Failed(f"one alert about northwind was due, these came: {subjects}")
    say("one round later still one mail")
    return accepted - midnight.timestamp()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
