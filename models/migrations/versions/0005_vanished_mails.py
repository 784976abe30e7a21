"""mails that vanished wait a while before they are withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_index(
        "ix_item_vanished",
        "item",
        ["source_id", "gone_at"],
        sqlite_where=sa.text("state = 3"),
        postgresql_where=sa.text("state = 3"),
    )


def downgrade() -> None:
    """Back to the version before: what still counted is gone at once."""
    op.execute(sa.text("UPDATE item SET state = 2 WHERE state = 3"))
    op.drop_index("ix_item_vanished", "item")
