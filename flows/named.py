"""The name of a flow run: which flow, and in which process, so that a run whose process died can be told."""

from __future__ import annotations

import os
import socket

from prefect.runtime import flow_run

from flows.round import worker_name


def run_name() -> str:
    """For example "watch on quiet.example.org:4711"."""
    return f"{flow_run.get_flow_name()} on {worker_name()}"


def is_dead(name: str) -> bool:
    """Whether a name ends with a process of this machine, as in leases and names of runs, that is no more."""
    host, _, number = name.rpartition(" ")[2].rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
