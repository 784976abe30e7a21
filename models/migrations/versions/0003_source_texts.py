"""whether an archive was imported with its texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("source", sa.Column("texts", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("source") as batch:
        batch.drop_column("texts")
