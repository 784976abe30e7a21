"""The service as people start it, with a Prefect server of its own: one process tree for all tests of this file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.demo.people import demo_partners, demo_us
from flows.supervise import free_port
from models.clock import now
from models.store.store import Store

pytestmark = pytest.mark.long

_UP_SECONDS = 240.0  # a fresh Prefect home on a busy machine; 20 s on a quiet one
MAILBOX = "demo:ana@brightwater.example"


@dataclass
class Service:
    """A running `gonequiet serve`."""

    process: subprocess.Popen[bytes]
    folder: Path
    pages: str
    api: str
    environment: dict[str, str]

    def said(self) -> str:
        """Everything it told its operator so far."""
        return (self.folder / "said").read_text(errors="replace")

    def ask(self, path: str, **body: Any) -> Any:
        """What Prefect's server answers."""
        request = urllib.request.Request(
            self.api + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def runs(self, flow: str, *states: str) -> list[dict[str, Any]]:
        """Runs of a flow in these states."""
        return list(
            self.ask(
                "/flow_runs/filter",
                flows={"name": {"any_": [flow]}},
                flow_runs={"state": {"type": {"any_": list(states)}}},
            )
        )


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it became so in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`gonequiet serve` over one made-up mailbox, stopped at the end if no test has done it."""
    folder = tmp_path_factory.mktemp("serve")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GONEQUIET_", "PREFECT_")) or name == "GONEQUIET_SHARED_DATA"
    }
    environment |= {
        "GONEQUIET_DATA": str(folder / "data"),
        "GONEQUIET_US": json.dumps(list(demo_us())),
        "GONEQUIET_ZONE": "Europe/Dublin",
    }
    (folder / "data").mkdir()
    store = Store.at(folder / "data" / "gonequiet.db")
    store.sources.ensure(MAILBOX, live=True, location="demo")
    store.partners.add(demo_partners()[0], now=now())
    store.close()
    port, prefect_port = free_port(0), free_port(0)
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port), "--prefect-port", str(prefect_port)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
    made = Service(process, folder, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{prefect_port}/api", environment)
    try:
        assert until(lambda: "Ctrl-C ends it." in made.said() or process.poll() is not None, _UP_SECONDS)
        assert process.poll() is None, made.said()
        yield made
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def test_it_says_what_it_does_and_where_the_pages_are(service: Service) -> None:
    assert f"Pages: {service.pages}/a/" in service.said()
    assert "every 15 minutes: pull, judge, tell" in service.said()
    with urllib.request.urlopen(f"{service.pages}/health", timeout=10) as answer:
        assert answer.read() == b"ok\n"


def test_the_first_round_runs_at_once_and_judges(service: Service) -> None:
    assert until(lambda: bool(service.runs("watch", "COMPLETED", "FAILED", "CRASHED")), 90)

    assert service.runs("watch", "FAILED", "CRASHED") == []
    store = Store.at(service.folder / "data" / "gonequiet.db")
    try:
        assert len(store.standings.all()) == 1
    finally:
        store.close()


def test_the_schedules_really_create_runs(service: Service) -> None:
    def scheduled(flow: str) -> list[dict[str, Any]]:
        return [run for run in service.runs(flow, "SCHEDULED") if run["auto_scheduled"]]

    assert until(lambda: all(scheduled(flow) for flow in ("watch", "tell", "renew", "clear-up")), 60)
    assert all(run["state"]["type"] == "SCHEDULED" for run in scheduled("tell"))


def test_a_push_starts_a_pull_of_what_it_announced(service: Service) -> None:
    store = Store.at(service.folder / "data" / "gonequiet.db")
    try:
        store.sources.mark_dirty(MAILBOX, now=now())

        assert until(lambda: not store.sources.dirty(), 90)
        assert until(lambda: bool(service.runs("catch-up", "COMPLETED")), 30)
    finally:
        store.close()


def test_a_second_service_on_the_same_data_is_refused(service: Service) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "cli", "serve", "--port", str(free_port(0))],
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert again.returncode == 3
    assert f"is being served already (process {service.process.pid})" in again.stderr


def test_told_to_stop_it_stops_without_a_word_and_leaves_nothing_behind(service: Service) -> None:
    service.process.terminate()

    assert service.process.wait(60) == 0
    said = service.said() + (service.folder / "data" / "prefect" / "runner.log").read_text(errors="replace")
    assert "Stopped. Nothing is lost" in said
    assert "Traceback" not in said
    assert "never awaited" not in said
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{service.api}/health", timeout=5)
