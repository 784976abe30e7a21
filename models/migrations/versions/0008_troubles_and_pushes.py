"""accounts that a person must mend, as episodes; how late pushes come, and how many are lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "trouble",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_trouble_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_trouble")),
    )
    op.create_table(
        "push_mark",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_push_mark_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "kind", "at", name=op.f("pk_push_mark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "push_day",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("late", sa.JSON(), nullable=False),
        sa.Column("worst", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_push_day_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source_id", "day", name=op.f("pk_push_day")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Back to the version before."""
    for table in ("push_day", "push_mark", "trouble"):
        op.drop_table(table)
