"""A PostgreSQL server of the tests' own: made in a temporary folder, on a Unix socket, gone afterwards.

In memory, where the machine has a folder for that, a database is made ten times as fast.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30  # bytes; a server takes 100 MB and 8 MB a database, and several may run
_PLAIN = ("fsync=off", "full_page_writes=off")
_BRIEF = (
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "min_wal_size=32MB",
    "max_wal_size=64MB",
    "autovacuum=off",
)


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; None where no server is installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def server(programs: Path, *, brief: bool = False) -> Iterator[str]:
    """A running server; gives the SQLAlchemy URL of its database `postgres`.

    `brief` = for many small databases that live for a second each: in memory, and no vacuum.
    """
    in_memory = brief and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    folder = Path(tempfile.mkdtemp(prefix="gq-pg-", dir=_MEMORY if in_memory else None))
    account: dict[str, object] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    log = folder / "log"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd=folder, **account)

    run(
        str(programs / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "tester",
        "-E",
        "UTF8",
        "--no-sync",
        "--no-locale",
    )
    settings = ("listen_addresses=''", f"unix_socket_directories={folder}", *_PLAIN, *(_BRIEF if brief else ()))
    options = " ".join(f"-c {setting}" for setting in settings)
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(log), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
