"""Who is who: our own names, partners, addresses, absences."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from models.schema.columns import ID, Day, Instant, metadata

ours = Table("ours", metadata, Column("name", Text, primary_key=True))  # our domains and addresses

partner = Table(
    "partner",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("domains", JSON, nullable=False),
    Column("addresses", JSON, nullable=False),
    Column("owner", Text),
    Column("deputy", Text),
    Column("zone", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("country", Text),
    Column("region", Text),
    Column("closed", JSON, nullable=False),
    Column("learned_hours", Boolean, nullable=False),
    Column("cadence", Float),
    Column("category", Text),
    Column("backup", Text),
    Column("paused_until", Day),
    Column("pause_reason", Text),
    Column("added_at", Instant, nullable=False),
    Column("agreed", JSON),  # models.records.Agreed; NULL = nothing was agreed
)

address = Table(
    "address",
    metadata,
    Column("id", ID, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

absence = Table(
    "absence",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("since", Day, nullable=False),
    Column("until", Day),
    Column("person", Text),
    Column("origin", Text, nullable=False),
    UniqueConstraint("partner_id", "since", "person", "origin"),
)
