"""Leases of processes that are no more."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from models.store.store import Store
from models.worker import free_from_the_dead, is_dead, worker_name

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG = timedelta(minutes=10)


def test_only_an_ended_process_of_this_machine_is_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert is_dead(f"{socket.gethostname()}:{ended.pid}")
    assert not is_dead(worker_name())
    assert not is_dead(f"elsewhere:{ended.pid}")
    assert not is_dead("serve")


def test_a_source_leased_to_a_process_that_is_gone_is_free_again(sqlite_store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = socket.gethostname()
    leases = {"gmail:a": f"{host}:{gone.pid}", "gmail:b": f"{host}:{os.getpid()}", "gmail:c": f"elsewhere:{gone.pid}"}
    for name, worker in leases.items():
        sqlite_store.sources.ensure(name, live=True)
        sqlite_store.sources.lease(name, worker, now=NOON, length=LONG)

    assert free_from_the_dead(sqlite_store) == 1
    assert [source.name for source in sqlite_store.sources.all() if source.lease] == ["gmail:b", "gmail:c"]
