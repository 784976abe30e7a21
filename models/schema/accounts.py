"""Connected accounts: credentials, quotas, push channels, audits."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.types import JSON

from models.schema.columns import ID, Instant, metadata
from models.schema.sources import source

account = Table(
    "account",
    metadata,
    Column("id", ID, primary_key=True),
    Column("provider", Text, nullable=False),  # google, microsoft
    Column("mailbox", Text, nullable=False),  # the address read
    Column("tier", Text, nullable=False),  # headers, text
    Column("config", JSON, nullable=False),  # nothing secret
    Column("secret", LargeBinary),  # encrypted, see models/vault.py
    Column("secret_version", Integer, nullable=False, server_default="0"),
    Column("connected_at", Instant, nullable=False),
    Column("failure", Text),
    Column("failed_at", Instant),
    UniqueConstraint("provider", "mailbox"),
)

# What a person must mend about an account, one row an episode: models.store.troubles.
trouble = Table(
    "trouble",
    metadata,
    Column("account_id", ForeignKey(account.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),  # refused, ending
    Column("sentence", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

# A vendor's quota, shared by all workers: what was spent in its window, and until when the vendor wants nothing.
budget = Table(
    "budget",
    metadata,
    Column("bucket", Text, primary_key=True),  # e.g. "gmail:user:<hash>"
    Column("spent", JSON, nullable=False),  # [[slot, units], ...], oldest first
    Column("rest_until", Float, nullable=False, server_default="0"),  # seconds since 1970, with fraction
)

# Push channels and subscriptions: to renew, to verify, to stop.
channel = Table(
    "channel",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("resource", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_push_at", Instant),
    Column("config", JSON, nullable=False),
)

# What an audit of ids found, and the gaps it could not close.
audit = Table(
    "audit",
    metadata,
    Column("id", ID, primary_key=True),
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("repaired", Integer, nullable=False),
    Column("complete_until", Instant),
    Column("gap_since", Instant),
    Column("gap_until", Instant),
)
