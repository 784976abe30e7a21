"""Where Prefect lives: settings of its own that must stand in the environment before it is imported."""

from __future__ import annotations

import os
from pathlib import Path


def prepare(data: Path, *, quiet: bool = True) -> None:
    """Keep Prefect's files in our data folder and its telemetry off; what the operator has set stays as it is.

    `quiet` leaves its log to warnings: our own commands say what is going on.
    """
    wanted = {
        "PREFECT_HOME": str(data.resolve() / "prefect"),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "flows,connectors,models,alerts",
        "PREFECT_CLI_PROMPT": "false",
        # In memory, the places of runs that died with the server would stay taken for ever.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 86_400),
    }
    if quiet:
        wanted["PREFECT_LOGGING_LEVEL"] = "WARNING"
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
