"""What the end-to-end run asks of Prefect itself: to hold the scheduled rounds while pushes are timed."""

from __future__ import annotations

from prefect import get_client

from flows.schedule import NAME


def pause_rounds() -> None:
    """No scheduled round begins until `resume_rounds`."""
    with get_client(sync_client=True) as client:
        client.pause_deployment(client.read_deployment_by_name(f"watch/{NAME}").id)


def resume_rounds() -> None:
    """The schedule goes on."""
    with get_client(sync_client=True) as client:
        client.resume_deployment(client.read_deployment_by_name(f"watch/{NAME}").id)
