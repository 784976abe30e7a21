"""Who holds a lease or a letter: the name of a process, and whether that process is no more."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.store.store import Store


def worker_name() -> str:
    """This process, for leases: machine and number, "quiet.example.org:4711"."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_dead(name: str) -> bool:
    """Whether a name ends with a process of this machine that is no more; False where that cannot be told."""
    host, _, number = name.rpartition(" ")[2].rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def free_from_the_dead(store: Store) -> int:
    """Give back the sources that dead processes of this machine hold, so that nobody waits; gives how many."""
    freed = 0
    for source in store.sources.all():
        if source.lease is not None and is_dead(source.lease):
            store.sources.release(source.name, source.lease)
            freed += 1
    return freed
