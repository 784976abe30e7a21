"""What Prefect costs: the flow `watch` over 500 sources beside the plain loop over the same (bar O1).

    .venv/bin/python -m benchmarks.orchestration [--sources 500] [--mails 20]

Each source is a small mbox. Both ways read all of them into a fresh store, in turn, in one run; the flow runs twice,
because the first flow of a fresh Prefect home also migrates its database. Bar: flow <= loop + 2 s, task runs <=
sources / 25.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path

from benchmarks.archive_mail import PARTNERS, US, write
from connectors.archive.connector import open_archive
from flows.orchestrator import prepare
from flows.round import one_round
from models.clock import now
from models.records import Partner
from models.settings import Settings, load
from models.store.store import Store


def filled(folder: Path, mails: Path, count: int) -> Settings:
    """Settings and a store that knows the sources, none of them read with today's partners."""
    folder.mkdir()
    config = folder / "gonequiet.toml"
    config.write_text(f'us = ["{US}"]\ndata = "{folder}"\n')
    settings = load(config)
    store = Store(settings.database_url)
    for n, domain in enumerate(PARTNERS):
        store.partners.add(Partner(key=f"p{n}", title=domain, domains=(domain,)), now=now())
    for n in range(count):
        (connector,) = open_archive(mails / f"{n}.mbox", now=now())
        store.sources.ensure(connector.source, live=False, location=str(mails / f"{n}.mbox"))
    store.close()
    return settings


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--mails", type=int, default=20)
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PREFECT_HOME"] = str(folder / "prefect")
        prepare(folder)
        mails = folder / "mails"
        mails.mkdir()
        for n in range(chosen.sources):
            write(mails / f"{n}.mbox", count=chosen.mails, size=3_000, seed=n)

        plain = filled(folder / "plain", mails, chosen.sources)
        started = time.perf_counter()
        store = Store(plain.database_url)
        one_round(store, plain, clock=now)
        store.close()
        loop = time.perf_counter() - started

        from flows.watch import CHUNK, watch  # noqa: PLC0415  after Prefect's settings

        warm = filled(folder / "warm", mails, 1)
        watch(str(warm.data / "gonequiet.toml"))
        flow = filled(folder / "flow", mails, chosen.sources)
        started = time.perf_counter()
        watch(str(flow.data / "gonequiet.toml"))
        with_prefect = time.perf_counter() - started

    tasks = -(-chosen.sources // CHUNK) + 2
    print(f"plain loop {loop:.1f} s, as a flow {with_prefect:.1f} s: {with_prefect - loop:+.1f} s (bar +2)")
    print(f"task runs {tasks} for {chosen.sources} sources (bar {chosen.sources // 25})")


if __name__ == "__main__":
    main()
