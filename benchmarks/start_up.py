"""How long commands take to answer (bar O2: --help and status within 0.4 s), beside a bare interpreter in the same run.

    .venv/bin/python -m benchmarks.start_up [--rounds 9]

Commands run in turn, so that a busy moment falls on all of them alike; medians of wall time, and ratios to the bare
interpreter; and medians of CPU time, which a busy machine disturbs less. The store holds the demo's partners; nothing
is read from a network. tests/cli/test_start.py holds the list of modules that such commands must not import.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.demo.connector import monday_of
from connectors.demo.people import demo_partners
from flows.rehearse import live_through
from models.settings import Settings
from models.store.store import Store


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    door = str(Path(sys.executable).parent / "gonequiet")
    commands = {
        "bare interpreter": [sys.executable, "-c", "pass"],
        "gonequiet --help": [door, "--help"],
        "gonequiet status": [door, "status"],
        "gonequiet accounts": [door, "accounts"],
        "gonequiet partners list": [door, "partners", "list"],
        "gonequiet explain": [door, "explain", "sable"],
    }
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        settings = Settings(us=("brightwater.example",), data=data)
        store = Store(settings.database_url)
        now = datetime(2026, 6, 19, 9, tzinfo=UTC)
        for partner in demo_partners():
            store.partners.add(partner, now=now)
        live_through(store, settings, [now], monday_of(now.date()))
        store.close()
        environment = os.environ | {"GONEQUIET_DATA": folder}
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        cpu: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, words in commands.items():
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                started = time.perf_counter()
                subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)
                seconds[name].append(time.perf_counter() - started)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    bare = statistics.median(seconds["bare interpreter"])
    print("| command | median s | to a bare interpreter | CPU s |")
    print("|---|---|---|---|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.3f} | {median / bare:.1f}x | {statistics.median(cpu[name]):.3f} |")


if __name__ == "__main__":
    main()
