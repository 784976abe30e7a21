"""Telling alone, between two rounds: what waited for working hours, for a server, or for its second try."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.named import run_name
from flows.notify import notify
from models.clock import now
from models.settings import load
from models.store.store import Store


@flow(name="tell", flow_run_name=run_name, persist_result=False, validate_parameters=False)
def tell(config: str | None = None) -> dict[str, int]:
    """Send what is due, the weekly digest with it; gives how many went out and how many wait after a failure."""
    settings = load(Path(config) if config is not None else None)
    store = Store(settings.database_url)
    try:
        told = notify(store, settings, now=now())
        return {"sent": told.sent, "failed": told.failed}
    finally:
        store.close()
