"""The runner of the service, a process of its own: `python -m flows.serve --config FILE` with PREFECT_API_URL set.

It makes the deployments, runs what is due, and stops when it is told to (SIGTERM, SIGINT) or, leashed, when its
standard input ends: whoever started it is gone then. On standard output it says "ready" once.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags, FlowRunFilter, FlowRunFilterState
from prefect.client.schemas.filters import FlowRunFilterStateType as OfType
from prefect.client.schemas.objects import StateType
from prefect.runner import Runner
from prefect.states import Crashed

from flows.schedule import TAG, deployments
from models.clock import now
from models.settings import Settings, load
from models.store.store import Store
from models.worker import free_from_the_dead, is_dead

_POLL_SECONDS = 2.0  # a push waits for this at most
_RUNS_AT_ONCE = 4
_AT_ONCE = ("watch", "renew")  # whoever starts the service waits for no schedule


class QuietRunner(Runner):
    """A runner that asks to be stopped instead of leaving the process in the middle of a signal."""

    def __init__(self, *args: Any, on_signal: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_signal = on_signal

    def handle_sigterm(self, *_args: Any, **_kwargs: Any) -> None:
        """Called by Prefect's own handler of SIGTERM."""
        self._on_signal()


async def serve(settings: Settings, config: str | None, *, alone: bool, leashed: bool) -> None:
    """Serve until a signal. `alone`: no other runner serves this Prefect server, so runs of earlier lives are over."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def stopping() -> None:
        loop.call_soon_threadsafe(stop.set)

    runner = QuietRunner(
        name="gonequiet",
        query_seconds=_POLL_SECONDS,
        limit=_RUNS_AT_ONCE,
        pause_on_shutdown=False,
        on_signal=stopping,
    )
    async with get_client() as client:
        await settle(client, at=now(), alone=alone)
    made = {flow.name: await runner.aadd_flow(flow, **how) for flow, how in deployments(settings, config)}
    serving = asyncio.create_task(runner.start())
    while not runner.started and not serving.done():
        await asyncio.sleep(0.05)
    signal.signal(signal.SIGINT, lambda *_: stopping())
    if leashed:
        threading.Thread(target=_until_left, args=(stopping,), daemon=True).start()
    async with get_client() as client:
        for name in _AT_ONCE:
            await client.create_flow_run_from_deployment(made[name])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        await runner.astop()
    told.cancel()
    await serving


def _until_left(stopping: Callable[[], None]) -> None:
    while sys.stdin.buffer.read(1):
        pass
    stopping()


async def settle(client: PrefectClient, *, at: datetime, alone: bool) -> int:
    """Runs of an earlier life: what was running has crashed, what is overdue is dropped. The schedule goes on.

    Without this, all runs that a switched-off machine has missed would start at once, and a run that died would keep
    its place for minutes. With other workers about, only runs of dead processes of this machine are ours to settle.
    Gives how many it settled.
    """
    settled = 0
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    for kind in (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING, StateType.SCHEDULED):
        found = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=OfType(any_=[kind]))),
            deployment_filter=ours,
            limit=200,
        )
        for run in found:
            if not alone and not (kind is StateType.RUNNING and is_dead(run.name)):
                continue
            if kind is not StateType.SCHEDULED:
                await client.set_flow_run_state(run.id, Crashed(message="The service was stopped."), force=False)
            elif run.expected_start_time is not None and run.expected_start_time <= at:
                await client.delete_flow_run(run.id)
            else:
                continue
            settled += 1
    return settled


def run(config: str | None, *, alone: bool = False, leashed: bool = False) -> None:
    """Serve until told to stop; see `serve`."""
    settings = load(Path(config) if config is not None else None)
    store = Store(settings.database_url)
    try:
        free_from_the_dead(store)
    finally:
        store.close()
    asyncio.run(serve(settings, config, alone=alone, leashed=leashed))


def main(arguments: list[str]) -> int:
    """The process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--leashed", action="store_true")
    chosen = parser.parse_args(arguments)
    run(chosen.config, alone=chosen.alone, leashed=chosen.leashed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
