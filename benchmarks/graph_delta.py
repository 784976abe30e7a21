"""Graph mail and calendar against the local server at a given latency: bar P4, as a ratio to pages times latency.

    python benchmarks/graph_delta.py                 # 10,000 mails in one folder, and spread over four, at 80 ms
    python benchmarks/graph_delta.py --store         # the same into a real store, through the pull step

The server runs in a process of its own, and its work is part of the time. `pages` is all round trips times the
latency, as if one came after the other; the bar is 1.5 times that, with never more than four requests in flight.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors.budget import Budget, Pacer
from connectors.microsoft.door import GraphDoor, limits
from connectors.microsoft.mail import GraphMail
from connectors.microsoft.wire import Session
from flows.pull import pull
from flows.waiting import WaitingClock
from models.records import Partner
from models.store.store import Store
from tests.connectors.memory_budget import MemoryBudget
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, READ_BASIC

ANA = "ana@example.org"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SHAPES = {"one folder": ("inbox",), "four folders": ("inbox", "sentitems", "archive", "deleteditems")}


def serve(pipe: Any, messages: int, folders: tuple[str, ...], latency: float) -> None:
    """The server, until told to stop; then what it saw."""
    with MicrosoftServer() as server:
        server.graph.pages.shape.switch_off()
        box = server.tenant.add_mailbox(ANA)
        for n in range(messages):
            box.deliver(folders[n % len(folders)], at=NOW - timedelta(minutes=n))
        server.tenant.latency = latency
        token = server.tenant.token_for(ANA, CLIENT_ID, READ_BASIC)
        pipe.send((server.graph_root, str(server.ca_file), token))
        pipe.recv()
        pipe.send((server.tenant.trips, server.tenant.most_in_flight))


class Issued:
    """The one token."""

    app_only = False

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self, *, fresh: bool = False) -> str:
        """Good for an hour."""
        return self._token


def measure(messages: int, folders: tuple[str, ...], latency: float, *, stored: bool) -> tuple[float, int, int, float]:
    """Seconds, round trips, most in flight and our own CPU seconds of one first pull."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(there, messages, folders, latency))
    process.start()
    root, ca_file, token = here.recv()
    clock = WaitingClock(lambda: datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        store = Store.at(Path(folder) / "bench.db")
        store.partners.add(Partner(key="northwind", title="N", domains=("northwind.example",)), now=NOW)
        door = GraphDoor(
            root=root,
            mailbox=ANA,
            tokens=Issued(token),
            session=lambda: Session(timeout=60, ca_file=Path(ca_file), address=root),
            pacer=Pacer(Budget(store.budgets) if stored else MemoryBudget(), limits(ANA, CLIENT_ID), clock),
        )
        mail = GraphMail(door, now=NOW)
        began, busy = time.monotonic(), time.process_time()
        if stored:
            directory = store.partners.directory(["example.org"])
            count = pull(store, mail, directory, clock=lambda: NOW, worker="bench").saved.new
        else:
            count = sum(len(page.interactions) for page in mail.pages(None))
        seconds, cpu = time.monotonic() - began, time.process_time() - busy
        door.close()
        store.close()
    here.send("stop")
    trips, most = here.recv()
    process.join()
    if count != messages:
        raise SystemExit(f"{messages - count} of {messages} mails were lost")
    return seconds, trips, most, cpu


def main(arguments: list[str]) -> int:
    """One table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.08, help="seconds a request")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", action="store_true")
    chosen = parser.parse_args(arguments)
    sys.stdout.write("shape          pages s  ours s   ratio   bar   in flight   round trips   our CPU s\n")
    for name, folders in SHAPES.items():
        results = [measure(chosen.messages, folders, chosen.latency, stored=chosen.store) for _ in range(chosen.rounds)]
        seconds = statistics.median(r[0] for r in results)
        cpu = statistics.median(r[3] for r in results)
        most, trips = max(r[2] for r in results), results[0][1]
        best = trips * chosen.latency
        sys.stdout.write(
            f"{name:13} {best:7.2f} {seconds:8.2f} {seconds / best:7.2f}   1.5 {most:11} {trips:13} {cpu:11.2f}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
