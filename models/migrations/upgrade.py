"""Bring an older database to the present tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def config() -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    return made


def upgrade(engine: Engine, revision: str) -> bool:
    """Run every migration after `revision`; False if it is not one of ours (a newer program wrote it)."""
    made = config()
    known = {script.revision for script in ScriptDirectory.from_config(made).walk_revisions()}
    if revision not in known:
        return False
    made.attributes["engine"] = engine
    command.upgrade(made, "head")
    return True
