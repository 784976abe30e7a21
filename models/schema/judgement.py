"""What judging brings: standings, what the detector remembers, readings, concerns, flips."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from models.schema.columns import ID, Instant, metadata
from models.schema.people import partner

standing = Table(
    "standing",
    metadata,
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("judged_at", Instant, nullable=False),
    Column("last_inbound", Instant),
    Column("last_outbound", Instant),
    Column("late_after", Instant),
    Column("quiet_after", Instant),
    Column("chance", Float),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    # What the detector remembers, so that one new mail costs one step; made anew when `version` differs.
    Column("version", Text, nullable=False, server_default=""),  # model and calendar fingerprint
    Column("memory", LargeBinary),
)

# What waits for the next judgement. Apart from the standing, because every new mail writes here.
attention = Table(
    "attention",
    metadata,
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), primary_key=True),
    Column("news", Integer, nullable=False, server_default="0"),  # grows with each, so that none is lost while judging
    Column("touched", Boolean, nullable=False, server_default="0"),  # new facts wait for judgement
    Column("unmeasured", Boolean, nullable=False, server_default="0"),  # new facts wait for the signals
    Column("late_since", Instant),  # earliest new fact not remembered yet; older than what is = start anew
    Column("look_again", Instant),  # when time alone may change the signals
    Column("rules", Text),  # metrics.fingerprint of the last look at the signals; NULL = never looked
)

TO_DO: dict[str, Any] = {"touched": True, "news": attention.c.news + 1}  # what marks a partner for judgement

reading = Table(
    "reading",
    metadata,
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("value", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Column("at_least", Boolean, nullable=False, server_default="0"),  # the value is only a floor
)

# A finding that asks for attention, from when it did until it no longer does.
concern = Table(
    "concern",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),  # of the finding
    Column("subject", Text, nullable=False),  # the person it is about; "" = the partner as a whole
    Column("side", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Column("historical", Boolean, nullable=False),
    UniqueConstraint("partner_id", "name", "subject", "since"),
)

flip = Table(
    "flip",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("turned_at", Instant, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("historical", Boolean, nullable=False),
    UniqueConstraint("partner_id", "turned_at", "new"),
)
