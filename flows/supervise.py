"""The processes of the service: a Prefect server and a runner, started, looked after, and gone when we go.

Prefect itself is not imported here: whoever supervises stays small.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_STOP_SECONDS = 20.0  # then a process is killed
_LOG_BYTES = 5_000_000  # a log this large is put aside at the start
_USUAL_PORT = 4200


class NotStarted(Exception):
    """A process of the service did not come up; one sentence, with the log to look into."""


class Process:
    """One process of ours, its words in a log file. It is in a session of its own: Ctrl-C reaches us alone."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        self._command, self._environment = list(command), dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    def start(self) -> None:
        """Start it, again if it has ended."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def number(self) -> int | None:
        """Its process id; None before the first start."""
        return None if self._process is None else self._process.pid

    def has_said(self, line: str) -> bool:
        """Whether it wrote this line since it was started last."""
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return line.encode() in log.read().splitlines()

    def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Ask it to stop, and end it after a while."""
        process = self._process
        if process is None or process.stdin is None:
            return
        if process.poll() is None:
            process.terminate()
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def server_process(port: int, folder: Path) -> Process:
    """The Prefect server on this machine alone, its database in our data folder."""
    command = [sys.executable, "-m", "flows.leash", "prefect", "server", "start"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    return Process("the Prefect server", command, folder / "prefect" / "server.log", os.environ)


def runner_process(config: str | None, folder: Path, *, alone: bool) -> Process:
    """The process that runs the flows, for the Prefect server that the environment names."""
    command = [sys.executable, "-m", "flows.serve", "--leashed"]
    command += ["--config", config] if config is not None else []
    command += ["--alone"] if alone else []
    return Process("the runner", command, folder / "prefect" / "runner.log", os.environ)


def free_port(wanted: int | None = None) -> int:
    """This port if it is free, or any; without a wish, Prefect's usual one if it is free. NotStarted if taken."""
    for port in (wanted if wanted is not None else _USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as e:
                if wanted is not None:
                    raise NotStarted(
                        f"port {wanted} for the Prefect server is taken: choose another --prefect-port, or leave it out"
                    ) from e
                continue
            return int(probe.getsockname()[1])
    raise NotStarted("no port is free for the Prefect server")


def wait_for(process: Process, is_up: Callable[[], bool], stop: threading.Event, *, seconds: float = 240.0) -> bool:
    """Until it is up, or until `stop` (False then); NotStarted when it ends before, or takes longer than this."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not process.is_running:
            raise NotStarted(f"{process.name} ended while starting: see {process.log}")
        if is_up():
            return True
        if stop.wait(0.3):
            return False
    raise NotStarted(f"{process.name} was not up within {seconds:.0f} seconds: see {process.log}")


def answers(api: str) -> bool:
    """Whether a Prefect server answers at this address."""
    try:
        with urllib.request.urlopen(f"{api.rstrip('/')}/health", timeout=5) as answer:  # noqa: S310 - the operator's
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False
