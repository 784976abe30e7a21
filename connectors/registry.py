"""Every connector by name, one line each. A source's name begins with its connector's: "archive:...", "demo:..."."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.base import Connector

# connector -> module and function that opens the sources of one location (a path, or nothing)
LOCAL: dict[str, tuple[str, str]] = {
    "archive": ("connectors.archive.connector", "open_archive"),
    "demo": ("connectors.demo.connector", "open_demo"),
}


def kind_of(source: str) -> str:
    """The connector behind a source's name."""
    return source.partition(":")[0]


def open_local(kind: str, location: Path, *, now: datetime, **options: Any) -> Sequence[Connector]:
    """The sources at a location; ConnectorError where it cannot be read. KeyError for an unknown kind."""
    module, function = LOCAL[kind]
    opened: Sequence[Connector] = getattr(importlib.import_module(module), function)(location, now=now, **options)
    return opened
