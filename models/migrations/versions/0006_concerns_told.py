"""who was told of which concern, and answers about one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("answer", sa.Column("concern_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "concern_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("concern_id", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("letter_id", sa.BigInteger(), nullable=True),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concern.id"], name=op.f("fk_concern_notice_concern_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_concern_notice_letter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_notice")),
        sa.UniqueConstraint("concern_id", "reader", "kind", name=op.f("uq_concern_notice_concern_id_reader_kind")),
    )
    op.create_index(op.f("ix_concern_notice_letter_id"), "concern_notice", ["letter_id"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("concern_notice")
    with op.batch_alter_table("answer") as batch:
        batch.drop_column("concern_id")
