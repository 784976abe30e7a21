"""How Alembic runs here: on the engine that the store hands over."""

from __future__ import annotations

from alembic import context

from models.tables import metadata

engine = context.config.attributes["engine"]
with engine.execution_options(writes=True).begin() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()
