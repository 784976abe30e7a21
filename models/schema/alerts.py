"""What goes out: letters, notices, answers, and readers who want none."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from models.schema.columns import ID, Day, Instant, metadata
from models.schema.judgement import concern, flip
from models.schema.people import partner

# One row a mail or call on its way: what was accepted, what failed, who is sending it now.
letter = Table(
    "letter",
    metadata,
    Column("id", ID, primary_key=True),
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
    Column("id", ID, primary_key=True),
    Column("flip_id", ForeignKey(flip.c.id, ondelete="CASCADE"), nullable=False),
    Column("reader", Text, nullable=False),  # "" = about no reader at all
    Column("kind", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("letter_id", ForeignKey(letter.c.id, ondelete="CASCADE"), index=True),
    Column("skipped", Text),
    UniqueConstraint("flip_id", "reader", "kind"),
)

# The same for concerns: one row a concern, reader and kind.
concern_notice = Table(
    "concern_notice",
    metadata,
    Column("id", ID, primary_key=True),
    Column("concern_id", ForeignKey(concern.c.id, ondelete="CASCADE"), nullable=False),
    Column("reader", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("letter_id", ForeignKey(letter.c.id, ondelete="CASCADE"), index=True),
    Column("skipped", Text),
    UniqueConstraint("concern_id", "reader", "kind"),
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
    Column("id", ID, primary_key=True),
    Column("partner_id", ForeignKey(partner.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("flip_id", ForeignKey(flip.c.id, ondelete="CASCADE")),
    Column("kind", Text, nullable=False),  # models.letters.AnswerKind
    Column("until", Day),
    Column("who", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", Text),
    Column("undone_at", Instant),
    Column("concern_id", BigInteger),  # what it is about, where that is no flip
)
