"""Every hour: the services are asked to go on telling us of changes. Nothing happens where no push is set up."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.listen_google import listen as listen_google
from flows.listen_microsoft import listen as listen_microsoft
from flows.named import run_name
from models.clock import now
from models.settings import load
from models.store.store import Store


@flow(name="renew", flow_run_name=run_name, persist_result=False, validate_parameters=False)
def renew(config: str | None = None) -> dict[str, int]:
    """Keep every push channel alive; gives how many accounts are listened to, and how many could not be."""
    settings = load(Path(config) if config is not None else None)
    store = Store(settings.database_url)
    try:
        microsoft = listen_microsoft(store, settings, clock=now)
        google = listen_google(store, settings, clock=now)
        return {
            "accounts": microsoft.accounts + google.accounts,
            "failed": microsoft.failed + google.failed,
        }
    finally:
        store.close()
