"""How well push does: what was told when, what was found without it, and the days' sums."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, Table
from sqlalchemy.types import JSON

from models.schema.columns import COMPACT, Instant, metadata
from models.schema.sources import source

# Moments that wait to be compared, each second once: models.store.pushes.Mark.
push_mark = Table(
    "push_mark",
    metadata,
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    Column("at", Instant, primary_key=True),
    **COMPACT,
)

push_day = Table(
    "push_day",
    metadata,
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # days since 1970, UTC, of the change
    Column("lost", Integer, nullable=False),
    Column("late", JSON, nullable=False),  # told changes by lateness: how many within each of models.store.pushes.EDGES
    Column("worst", Integer, nullable=False),  # seconds
    **COMPACT,
)
