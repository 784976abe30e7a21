"""Meetings, one row an observed version, and who was invited."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from models.schema.columns import COMPACT, ID, Instant, metadata
from models.schema.people import partner
from models.schema.sources import source

# One row an observed version; the newest seen_at is what holds now.
meeting = Table(
    "meeting",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", BigInteger, nullable=False),  # of the uid
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False),
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("content", BigInteger, nullable=False),  # hash of everything but seen_at: same content = same version
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("original_start", Instant),
    Column("series_key", BigInteger),
    Column("created_at", Instant),
    Column("organiser_id", BigInteger),
    Column("status", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("all_day", Boolean, nullable=False),
    Column("free", Boolean, nullable=False),
    Column("subject", Text),
    Column("present", JSON),
    Column("moved_by_id", BigInteger),
    Column("withdrawn_at", Instant),
    UniqueConstraint("partner_id", "key", "source_id", "seen_at", "content"),
    Index("ix_meeting_partner_at", "partner_id", "at"),
    Index("ix_meeting_source_key", "source_id", "key"),
)

invitee = Table(
    "invitee",
    metadata,
    Column("meeting_id", ForeignKey(meeting.c.id, ondelete="CASCADE"), primary_key=True),
    Column("address_id", BigInteger, primary_key=True, autoincrement=False),
    Column("response", Text, nullable=False),
    Column("optional", Boolean, nullable=False),
    Column("resource", Boolean, nullable=False),
    Column("answered_at", Instant),
    **COMPACT,
)
