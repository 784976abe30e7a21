"""The name of a flow run: which flow, and in which process, so that a run whose process died can be told."""

from __future__ import annotations

from prefect.runtime import flow_run

from models.worker import worker_name


def run_name() -> str:
    """For example "watch on quiet.example.org:4711"."""
    return f"{flow_run.get_flow_name()} on {worker_name()}"
