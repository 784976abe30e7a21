"""SQLAlchemy declarations: one table a fact. Every statement over them stands in models/store/.

Times are whole seconds since 1970 in UTC (`Instant`); local dates are ISO text. A mail, meeting or outside id is
looked up by a 64-bit BLAKE2b key, never by its text: four times smaller and faster than text keys.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import JSON

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time kept as whole seconds since 1970: four bytes, ordered, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To seconds; a naive time is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return int(value.timestamp() // 1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """To an aware UTC time."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Day(TypeDecorator[date]):
    """A local date kept as ISO text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """To ISO text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """To a date."""
        return None if value is None else date.fromisoformat(value)


# SQLite gives a rowid alias only to INTEGER; PostgreSQL wants 64 bits.
_ID = BigInteger().with_variant(Integer, "sqlite")
_COMPACT: dict[str, Any] = {"sqlite_with_rowid": False}  # WITHOUT ROWID: the primary key is the table

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# --- who is who ------------------------------------------------------------------------------------------------------

ours = Table("ours", metadata, Column("name", Text, primary_key=True))  # our domains and addresses

partner = Table(
    "partner",
    metadata,
    Column("id", _ID, primary_key=True),
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
    Column("id", _ID, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

absence = Table(
    "absence",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("since", Day, nullable=False),
    Column("until", Day),
    Column("person", Text),
    Column("origin", Text, nullable=False),
    UniqueConstraint("partner_id", "since", "person", "origin"),
)

# --- sources ---------------------------------------------------------------------------------------------------------

source = Table(
    "source",
    metadata,
    Column("id", _ID, primary_key=True),
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
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),  # ItemState
    Column("generation", Integer, nullable=False),
    Column("message_key", BigInteger),
    Column("meeting_key", BigInteger),
    Column("domain_id", BigInteger),  # why it was left out: mail with this outside domain
    Column("reason", Text),
    Column("gone_at", Instant),
    Index(
        "ix_item_message_key",
        "message_key",
        sqlite_where=text("message_key IS NOT NULL"),
        postgresql_where=text("message_key IS NOT NULL"),
    ),
    Index(
        "ix_item_vanished",  # few, and looked for after every pull
        "source_id",
        "gone_at",
        sqlite_where=text("state = 3"),
        postgresql_where=text("state = 3"),
    ),
    **_COMPACT,
)

# Which source usually carries which partner: the horizon of a judgement.
carries = Table(
    "carries",
    metadata,
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    **_COMPACT,
)

# --- mail ------------------------------------------------------------------------------------------------------------

message = Table(
    "message",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("key", BigInteger, nullable=False),  # of the uid
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False),
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
    **_COMPACT,
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
    **_COMPACT,
)

domain = Table(
    "domain",
    metadata,
    Column("id", _ID, primary_key=True),
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
    **_COMPACT,
)

# --- meetings --------------------------------------------------------------------------------------------------------

# One row an observed version; the newest seen_at is what holds now.
meeting = Table(
    "meeting",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("key", BigInteger, nullable=False),  # of the uid
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False),
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
)

invitee = Table(
    "invitee",
    metadata,
    Column("meeting_id", ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
    Column("address_id", BigInteger, primary_key=True, autoincrement=False),
    Column("response", Text, nullable=False),
    Column("optional", Boolean, nullable=False),
    Column("resource", Boolean, nullable=False),
    Column("answered_at", Instant),
    **_COMPACT,
)

# --- judgement -------------------------------------------------------------------------------------------------------

standing = Table(
    "standing",
    metadata,
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("judged_at", Instant, nullable=False),
    Column("last_inbound", Instant),
    Column("last_outbound", Instant),
    Column("late_after", Instant, index=True),
    Column("quiet_after", Instant, index=True),
    Column("chance", Float),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
)

# What the detector remembers of a partner, so that one new mail costs one step; made anew when `version` differs.
memory = Table(
    "memory",
    metadata,
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Text, nullable=False),  # model and calendar fingerprint
    Column("state", LargeBinary, nullable=False),
    Column("touched", Boolean, nullable=False, server_default="0"),  # new facts wait for judgement
    Column("unmeasured", Boolean, nullable=False, server_default="0"),  # new facts wait for the signals
    Column("late_since", Instant),  # earliest new fact not yet in `state`; older than its end = start anew
    Column("look_again", Instant, index=True),  # when time alone may change the signals
)

reading = Table(
    "reading",
    metadata,
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), primary_key=True),
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
    Column("id", _ID, primary_key=True),
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False),
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
    Column("id", _ID, primary_key=True),
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("turned_at", Instant, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("historical", Boolean, nullable=False),
    UniqueConstraint("partner_id", "turned_at", "new"),
)

# --- alerts ----------------------------------------------------------------------------------------------------------

# One row a mail or call on its way: what was accepted, what failed, who is sending it now.
letter = Table(
    "letter",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("message_id", Text, nullable=False, unique=True),
    Column("reader", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),  # models.letters.NoticeKind of the worst notice in it
    Column("about", Text, nullable=False, server_default=""),  # the week of a digest
    Column("made_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failure", Text),
    Column("given_up", Boolean, nullable=False, server_default="0"),
    Column("next_at", Instant),  # not before
    Column("worker", Text),
    Column("lease_until", Instant),
)

# One row a flip, reader and kind: in which letter it went, or why none was needed.
notice = Table(
    "notice",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("flip_id", ForeignKey("flip.id", ondelete="CASCADE"), nullable=False),
    Column("reader", Text, nullable=False),  # "" = about no reader at all
    Column("kind", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("letter_id", ForeignKey("letter.id", ondelete="CASCADE"), index=True),
    Column("skipped", Text),
    UniqueConstraint("flip_id", "reader", "kind"),
)

# Readers who asked for no more mail.
silent_reader = Table(
    "silent_reader",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

answer = Table(
    "answer",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("partner_id", ForeignKey("partner.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("flip_id", ForeignKey("flip.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),  # models.letters.AnswerKind
    Column("until", Day),
    Column("who", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", Text),
    Column("undone_at", Instant),
)

# --- accounts --------------------------------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("id", _ID, primary_key=True),
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
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False, index=True),
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
    Column("id", _ID, primary_key=True),
    Column("source_id", ForeignKey("source.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("repaired", Integer, nullable=False),
    Column("complete_until", Instant),
    Column("gap_since", Instant),
    Column("gap_until", Instant),
)
