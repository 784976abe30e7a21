"""`gonequiet serve`: everything on this machine, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.errors import Refusal, TryLater
from cli.opening import chosen_config, load_settings, opened
from cli.output import count_of, say
from cli.page import address_of, check_port, entrance

if TYPE_CHECKING:
    import uvicorn

    from cli.opening import Opened
    from flows.supervise import Process

_LOOK_SECONDS = 1.0
_RESTART_SECONDS = 10.0  # a process that keeps ending is not started more often than this
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the pages and receivers listen on.")
@click.option("--port", default=8420, show_default=True, type=click.IntRange(1, 65535), metavar="N", help="Their port.")
@click.option(
    "--prefect-port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Port of the Prefect server, on this machine alone. [default: 4200, or any free one]",
)
@click.option("--pages-only", is_flag=True, help="Only pages and receivers; workers elsewhere run the flows.")
@click.option("--flows-only", is_flag=True, help="Only the flows: one more worker of the server in PREFECT_API_URL.")
def command(host: str, port: int, prefect_port: int | None, pages_only: bool, flows_only: bool) -> None:
    """Run everything on this machine: schedules, pushes, judging, mails and pages. Ctrl-C ends it.

    It starts a Prefect server on this machine alone, with its files in the data folder, and a runner that pulls,
    judges and tells by the schedule and whenever a mailbox announces news. With PREFECT_API_URL set, that server is
    used instead.
    """
    from flows.orchestrator import prepare  # noqa: PLC0415  --help needs none of these
    from flows.supervise import NotStarted  # noqa: PLC0415
    from metrics.working_time import clock_of  # noqa: PLC0415

    settings = load_settings()
    if pages_only and flows_only:
        raise Refusal("--pages-only and --flows-only leave nothing to do: choose one")
    if flows_only:
        _work(settings.data)
        return
    stop = threading.Event()
    with opened(settings=settings) as house, ExitStack() as end:
        clock_of(settings.our_hours)  # an unknown country is refused now, and not by every round
        end.enter_context(_alone(settings.data))
        check_port(host, port)
        end.enter_context(_until_told(stop))
        prepare(settings.data, quiet=False)
        try:
            _serve(house, stop, end, host=host, port=port, prefect_port=prefect_port, pages_only=pages_only)
        except NotStarted as e:
            raise TryLater(str(e)) from e
        say("Stopping ...")
    say("Stopped. Nothing is lost: gonequiet serve goes on from here.")


def _work(data: Path) -> None:
    """The flows alone, in this process, for the Prefect server that the environment names."""
    from flows.orchestrator import prepare  # noqa: PLC0415
    from flows.supervise import answers  # noqa: PLC0415

    api = os.environ.get("PREFECT_API_URL")
    if api is None:
        raise Refusal("--flows-only needs the Prefect server of the others: set PREFECT_API_URL to its address")
    if not answers(api):
        raise TryLater(f"The Prefect server at {api} does not answer: start it, or correct PREFECT_API_URL")
    with opened():
        pass  # a database that cannot be used is refused in one sentence, before Prefect is asked for work
    prepare(data, quiet=False)
    from flows.serve import run  # noqa: PLC0415  Prefect: a second of imports

    run(_config())
    say("Stopped. Nothing is lost: another worker, or this one when it is started again, goes on from here.")


def _serve(
    house: Opened,
    stop: threading.Event,
    end: ExitStack,
    *,
    host: str,
    port: int,
    prefect_port: int | None,
    pages_only: bool,
) -> None:
    from flows.supervise import answers, runner_process, wait_for  # noqa: PLC0415

    processes: list[Process] = []
    given = os.environ.get("PREFECT_API_URL")
    if given is None:
        if pages_only:
            raise Refusal("--pages-only needs the Prefect server of the workers: set PREFECT_API_URL to its address")
        server = _server(house.settings.data, prefect_port, stop, end)
        if server is None:
            return
        processes.append(server)
    elif not answers(given):
        raise TryLater(f"The Prefect server at {given} does not answer: start it, or unset PREFECT_API_URL")
    if not pages_only:
        runner = runner_process(_config(), house.settings.data, alone=given is None)
        say("Starting the runner ...")
        end.callback(runner.stop)
        runner.start()
        processes.append(runner)
        if not wait_for(runner, lambda: runner.has_said("ready"), stop):
            return
    pages = _pages(house, host, port, end)
    _bell(house, stop, end)
    _say_what_runs(house, host, port, pages_only=pages_only)
    _look_after(processes, pages, stop)


def _server(data: Path, port: int | None, stop: threading.Event, end: ExitStack) -> Process | None:
    """A Prefect server of our own, answering; its address stands in the environment. None if told to stop meanwhile."""
    from flows.supervise import answers, free_port, server_process, wait_for  # noqa: PLC0415

    number = free_port(port)
    api = os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{number}/api"
    is_first = not (data / "prefect" / "prefect.db").exists()
    say("Starting the Prefect server" + (" (the first time takes half a minute) ..." if is_first else " ..."))
    server = server_process(number, data)
    end.callback(server.stop)
    server.start()
    return server if wait_for(server, lambda: answers(api), stop) else None


def _look_after(processes: list[Process], pages: threading.Thread, stop: threading.Event) -> None:
    """Start again what ends by itself, until told to stop."""
    started = dict.fromkeys((process.name for process in processes), time.monotonic())
    while not stop.wait(_LOOK_SECONDS):
        if not pages.is_alive():
            raise TryLater("The pages have ended unexpectedly: start again")
        for process in processes:
            if not process.is_running and time.monotonic() - started[process.name] > _RESTART_SECONDS:
                say(f"{process.name[0].upper()}{process.name[1:]} has ended and is started again: {process.log}")
                started[process.name] = time.monotonic()
                process.start()


def _pages(house: Opened, host: str, port: int, end: ExitStack) -> threading.Thread:
    """Pages and receivers in a thread of their own: signals reach the main thread alone."""
    import uvicorn  # noqa: PLC0415

    from cli.receiving import application  # noqa: PLC0415

    app = application(house)
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", server_header=False))
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    end.callback(_close, server, thread)
    while thread.is_alive() and not server.started:
        time.sleep(0.05)
    if not server.started:
        raise Refusal(f"The pages cannot listen on {host}:{port}: choose another --port")
    return thread


def _close(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(10)


def _bell(house: Opened, stop: threading.Event, end: ExitStack) -> None:
    """Tell Prefect of pushed sources, from a thread of its own."""
    from flows.events import ring  # noqa: PLC0415  Prefect: a second of imports
    from flows.ring import watch_for_news  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    thread = threading.Thread(
        target=watch_for_news, args=(house.store, ring, stop), kwargs={"clock": now}, name="bell", daemon=True
    )
    thread.start()
    end.callback(thread.join, 10)
    end.callback(stop.set)


def _say_what_runs(house: Opened, host: str, port: int, *, pages_only: bool) -> None:
    from flows.schedule import plans  # noqa: PLC0415

    settings, store = house.settings, house.store
    partners, accounts = len(store.partners.all()), len(store.accounts.all())
    say(f"Serving {count_of(partners, 'partner')} from {count_of(accounts, 'account')}; times are {settings.zone}.")
    if not pages_only:
        for plan in plans(settings):
            say(f"  {plan.says}")
    say("Pages: " + entrance(house, settings.alerts.link_base or address_of(host, port), _reader(house)))
    if host not in _LOOPBACK:
        say(f"  reachable from other machines at {host}:{port}, without TLS: put a proxy with TLS in front of it")
    say("Runs, logs and automations: " + os.environ["PREFECT_API_URL"].removesuffix("/api"))
    if not partners:
        say("Next, in another terminal: gonequiet connect, then gonequiet partners suggest")
    say("Ctrl-C ends it.")


def _reader(house: Opened) -> str:
    return house.settings.alerts.operator or "operator"


def _config() -> str | None:
    chosen = chosen_config() or (Path(named) if (named := os.environ.get("GONEQUIET_CONFIG")) else None)
    return str(chosen.resolve()) if chosen is not None else None


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One service a data folder; Refusal if there is one. The lock ends with the process, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            lock.seek(0)
            who = f" (process {number})" if (number := lock.read().strip()) else ""
            raise Refusal(f"The data folder {data} is being served already{who}: stop that one first") from e
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


@contextmanager
def _until_told(stop: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM ask to stop; a second one ends at once."""

    def asked(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    before: dict[int, Callable[..., object] | int | None] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.getsignal(number)
        signal.signal(number, asked)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
