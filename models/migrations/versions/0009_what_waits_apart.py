"""what waits for judgement apart from what is remembered; meetings are found by their entry."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version: what was remembered is dropped, and learned anew at the next judgement."""
    op.create_table(
        "attention",
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("news", sa.Integer(), server_default="0", nullable=False),
        *_flags(),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_attention_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_attention")),
    )
    op.execute(
        "INSERT INTO attention (partner_id, touched, unmeasured, late_since, look_again, rules) "
        "SELECT partner_id, touched, unmeasured, late_since, look_again, rules FROM memory"
    )
    op.drop_table("memory")
    for name in ("late_after", "quiet_after"):  # who is due is one look at everybody
        op.drop_index(f"ix_standing_{name}", table_name="standing")
    op.add_column("standing", sa.Column("version", sa.Text(), server_default="", nullable=False))
    op.add_column("standing", sa.Column("memory", sa.LargeBinary(), nullable=True))
    op.create_index("ix_meeting_source_key", "meeting", ["source_id", "key"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_index("ix_meeting_source_key", table_name="meeting")
    with op.batch_alter_table("standing") as batch:
        batch.drop_column("memory")
        batch.drop_column("version")
    for name in ("late_after", "quiet_after"):
        op.create_index(f"ix_standing_{name}", "standing", [name])
    op.create_table(
        "memory",
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        *_flags(),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_memory_partner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_memory")),
    )
    flags: list[sa.ColumnClause[Any]] = [sa.column(one.name) for one in (sa.column("partner_id"), *_flags())]
    kept = sa.select(*flags, sa.literal("").label("version"), sa.literal(b"").label("state"))
    rows = op.get_bind().execute(kept.select_from(sa.table("attention"))).mappings().all()
    if rows:
        op.bulk_insert(sa.table("memory", *flags, sa.column("version"), sa.column("state")), [dict(r) for r in rows])
    op.create_index(op.f("ix_memory_look_again"), "memory", ["look_again"])
    op.drop_table("attention")


def _flags() -> list[sa.Column[Any]]:
    return [
        sa.Column("touched", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("unmeasured", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("late_since", sa.BigInteger(), nullable=True),
        sa.Column("look_again", sa.BigInteger(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=True),
    ]
