"""what was agreed with a partner, concerns with their dates, floors of readings, a mail to several outsiders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("partner", sa.Column("agreed", sa.JSON(), nullable=True))
    op.add_column("reading", sa.Column("at_least", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("memory", sa.Column("look_again", sa.BigInteger(), nullable=True))
    op.add_column("memory", sa.Column("rules", sa.Text(), nullable=True))
    op.create_index(op.f("ix_memory_look_again"), "memory", ["look_again"])
    op.create_table(
        "concern",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_concern_partner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint(
            "partner_id", "name", "subject", "since", name=op.f("uq_concern_partner_id_name_subject_since")
        ),
    )
    _key_of_outside("key", "domain_id")


def downgrade() -> None:
    """Back to the version before."""
    op.execute(
        "DELETE FROM outside WHERE domain_id > (SELECT min(o.domain_id) FROM outside o WHERE o.key = outside.key)"
    )
    _key_of_outside("key")
    op.drop_table("concern")
    op.drop_index(op.f("ix_memory_look_again"), table_name="memory")
    for table, column in (
        ("memory", "rules"),
        ("memory", "look_again"),
        ("reading", "at_least"),
        ("partner", "agreed"),
    ):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)


def _key_of_outside(*columns: str) -> None:
    """Change what a row of `outside` is told by; SQLite cannot change a key, so the table is made anew there."""
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(op.f("pk_outside"), "outside", type_="primary")
        op.create_primary_key(op.f("pk_outside"), "outside", list(columns))
        return
    op.rename_table("outside", "outside_before")
    op.create_table(
        "outside",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("domain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("message_class", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*columns, name=op.f("pk_outside")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO outside SELECT key, domain_id, day, side, message_class FROM outside_before")
    op.drop_table("outside_before")
