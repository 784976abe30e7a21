"""Where facts come from: sources, the ledger of what they listed, and whom each carries."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, SmallInteger, Table, Text

from models.schema.columns import COMPACT, ID, Instant, metadata, partial_index
from models.schema.people import partner

source = Table(
    "source",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("live", Boolean, nullable=False),  # an account that goes on; False = an archive, a snapshot
    Column("location", Text),  # where an archive lies
    Column("cursor", Text),
    Column("directory", Text),  # fingerprint of the directory it was last read with
    Column("generation", Integer, nullable=False, server_default="0"),  # raised by each reading from the start
    Column("read_until", Instant),  # everything up to here has been seen
    Column("pulled_at", Instant),  # last pull that reached its end
    Column("failed_at", Instant),
    Column("failure", Text),  # one sentence for the operator
    Column("needs_person", Boolean, nullable=False, server_default="0"),
    Column("dirty_since", Instant),  # a push said that something changed
    Column("rest_until", Instant),  # the service asked us to wait
    Column("lease", Text),
    Column("lease_until", Instant),
    Column("texts", Boolean, nullable=False, server_default="0"),  # an archive imported with its texts
)

# The ledger: what became of each id a live source listed. Archives only leave their skips here.
item = Table(
    "item",
    metadata,
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),  # ItemState
    Column("generation", Integer, nullable=False),
    Column("message_key", BigInteger),
    Column("meeting_key", BigInteger),
    Column("domain_id", BigInteger),  # why it was left out: mail with this outside domain
    Column("reason", Text),
    Column("gone_at", Instant),
    partial_index("ix_item_message_key", "message_key", where="message_key IS NOT NULL"),
    # Few, and looked for after every pull.
    partial_index("ix_item_vanished", "source_id", "gone_at", where="state = 3"),
    **COMPACT,
)

# Which source usually carries which partner: the horizon of a judgement.
carries = Table(
    "carries",
    metadata,
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey(source.c.id, ondelete="CASCADE"), primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    **COMPACT,
)
