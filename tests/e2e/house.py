"""The house of the end-to-end run: its settings, its commands, and its processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.e2e.mail_servers import PASSWORD, USER
from tests.e2e.midnight import ZONE
from tests.e2e.world import AUDIENCE, PUSHER, World
from tests.microsoft_server.tenant import CLIENT_ID, SECRET

OWNER = "owner@example.org"
STRICTNESS = 1.0  # set, because it depends on how many partners are watched, and the deadline on it
ALL_DAY = "Mon-Sun 00:00-00:00"


class Failed(Exception):
    """The run did not do what it must; one sentence."""


def write_settings(path: Path, world: World, *, data: Path, database: str, pages_port: int) -> None:
    """Everything points to this machine; both sides work all day in a zone whose midnight is near."""
    root, microsoft = world.front.root, world.microsoft
    path.write_text(
        f"""us = ["example.org"]
data = "{data}"
database = "{database}"
zone = "{ZONE}"
hours = "{ALL_DAY}"

[judge]
strictness = {STRICTNESS}

[serve]
pull_minutes = 1
at_once = 4

[alerts]
via = "smtp"
host = "localhost"
port = {world.mails.port}
security = "starttls"
username = "{USER}"
password = "{PASSWORD}"
ca_file = "{world.mails.ca_file}"
sender = "gonequiet@example.org"
operator = "{OWNER}"
digest = false
link_base = "http://127.0.0.1:{pages_port}"

[google]
gmail_root = "{root}"
calendar_root = "{root}"
admin_root = "{root}"
token_uri = "{root}token"
auth_uri = "{root}o/oauth2/auth"
revoke_uri = "{root}revoke"
topic = "projects/p/topics/t"
push_address = "https://127.0.0.1:{pages_port}"
push_audience = "{AUDIENCE}"
push_account = "{PUSHER}"
certificates_uri = "{world.certificates}"

[microsoft]
authority = "{microsoft.base}"
graph_root = "{microsoft.graph_root}"
instance_discovery = false
ca_file = "{microsoft.ca_file}"
client_id = "{CLIENT_ID}"
tenant = "{microsoft.tenant.id}"
client_secret = "{SECRET}"
push_address = "https://127.0.0.1:{pages_port}"
""",
        encoding="utf-8",
    )


class House:
    """Runs `gonequiet` as an operator does: as commands and as processes, each in a session of its own."""

    def __init__(self, config: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._config, self._folder = config, folder
        self._environment = {**os.environ, **environment}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def command(self, *arguments: str) -> str:
        """Run to its end; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", "--config", str(self._config), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(f"gonequiet {' '.join(arguments)} ended with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self, name: str, *arguments: str) -> None:
        """Start a process of the service; its words go to NAME.log."""
        with (self._folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "cli", "--config", str(self._config), *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self, name: str) -> str:
        """Everything that it wrote so far."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def kill(self, name: str) -> None:
        """kill -9 of the process and of whatever it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> dict[str, int]:
        """Ask every process to end; gives their exit codes."""
        for process in self.processes.values():
            process.terminate()
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(60)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                codes[name] = process.wait()
        self.processes = {}
        return codes


def until(what: str, is_so: Callable[[], bool], *, seconds: float, every: float = 0.25) -> float:
    """Wait until something is so; gives how many seconds it took. Failed after so many seconds."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise Failed(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began
