"""Mails with partners, counts of mails with outsiders, and tone."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from models.schema.columns import COMPACT, ID, metadata
from models.schema.people import partner

message = Table(
    "message",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", BigInteger, nullable=False),  # of the uid
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),  # seconds; bulk path, so no type decorator
    Column("sender_id", BigInteger),
    Column("side", SmallInteger, nullable=False),  # of the sender: 0 us, 1 partner, 2 other
    Column("message_class", SmallInteger, nullable=False),
    Column("thread_key", BigInteger),  # of source and provider thread id
    Column("root_key", BigInteger),  # of the oldest reference
    Column("reply_key", BigInteger),  # of the mail it answers
    Column("topic", BigInteger),
    Column("subject", Text),  # only where the settings keep subjects
    Column("back_on", Text),
    Column("suspect", SmallInteger),
    Column("withdrawn_at", BigInteger),
    UniqueConstraint("key", "partner_id"),
    Index("ix_message_partner_at", "partner_id", "at"),
)

recipient = Table(
    "recipient",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", SmallInteger, nullable=False),  # 0 to, 1 cc, 2 bcc, 3 undelivered
    **COMPACT,
)

# Mail with outside organisations that nobody watches: a key, a domain and a day, so that each counts once for each.
outside = Table(
    "outside",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("domain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, nullable=False),  # days since 1970
    Column("side", SmallInteger, nullable=False),  # who wrote: 0 us, 2 they
    Column("message_class", SmallInteger, nullable=False),
    **COMPACT,
)

domain = Table(
    "domain",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

# The tone of a mail whose text was read: numbers and flags, no word of it. By mail and by what scored it.
tone = Table(
    "tone",
    metadata,
    Column("message_key", BigInteger, primary_key=True, autoincrement=False),
    Column("analyser", Text, primary_key=True),  # name and version; scores of two never meet
    Column("score", Float),  # -1..1; None = not scored
    Column("subjectivity", Float),
    Column("n_words", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("reason", Text, nullable=False),  # why not scored; "" when scored
    Column("wording", SmallInteger, nullable=False),  # 1 appreciation, 2 criticism, 4 distress
    **COMPACT,
)
