"""Every night: what is too old to count is dropped; once a month the own history is asked how strict to be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from prefect import flow

from flows.named import run_name
from flows.upkeep import upkeep
from models.clock import now
from models.settings import load
from models.store.store import Store


@flow(name="clear-up", flow_run_name=run_name, persist_result=False, validate_parameters=False)
def clear_up(config: str | None = None) -> dict[str, int]:
    """Drop readings, letters, mails and meetings that are older than the settings say; gives how many of each.

    "calibrated" is 1 in the night in which the own history gave a strictness, applied or proposed.
    """
    settings = load(Path(config) if config is not None else None)
    store = Store(settings.database_url)
    try:
        done = upkeep(store, settings, store.partners.directory(settings.us), now=now())
        asked = done.calibrated
        return asdict(done.dropped) | {"calibrated": int(asked is not None and asked.kept is not None)}
    finally:
        store.close()
