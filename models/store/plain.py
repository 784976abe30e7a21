"""Plain rows, as `Database.rows` gives them: how to ask for them, and how to read their values."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

import orjson


def among(column: str, values: Collection[Any] | None) -> tuple[str, tuple[Any, ...]]:
    """A condition with its values: the column is one of these; nothing at all where `values` is None."""
    if values is None:
        return "", ()
    marks = ", ".join("?" * len(values)) or "NULL"  # PostgreSQL refuses an empty list
    return f" WHERE {column} IN ({marks})", tuple(values)


def moment(second: int | None) -> datetime | None:
    """A time kept as `Instant`, UTC."""
    return None if second is None else datetime.fromtimestamp(second, UTC)


def day(text: str | None) -> date | None:
    """A date kept as `Day`."""
    return None if text is None else date.fromisoformat(text)


def from_json(value: Any) -> Any:
    """The value of a JSON column: SQLite gives its text, PostgreSQL's driver has parsed it."""
    return orjson.loads(value) if isinstance(value, str) else value
