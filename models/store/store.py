"""The store: one handle on everything that is kept."""

from __future__ import annotations

from pathlib import Path

from models.store.accounts import Accounts
from models.store.answers import Answers
from models.store.budgets import Budgets
from models.store.channels import Channels
from models.store.concerns import Concerns
from models.store.coverage import Coverage
from models.store.database import Database
from models.store.interactions import Interactions
from models.store.notices import Notices
from models.store.pages import Pages
from models.store.partners import Partners
from models.store.retention import Retention
from models.store.sources import Sources
from models.store.standings import Standings
from models.store.tones import Tones


class Store:
    """Opened by URL; each attribute holds the statements of one subject."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.database.prepare()
        self.partners = Partners(self.database)
        self.sources = Sources(self.database)
        self.pages = Pages(self.database)
        self.interactions = Interactions(self.database)
        self.standings = Standings(self.database)
        self.concerns = Concerns(self.database)
        self.notices = Notices(self.database)
        self.answers = Answers(self.database)
        self.accounts = Accounts(self.database)
        self.budgets = Budgets(self.database)
        self.coverage = Coverage(self.database)
        self.channels = Channels(self.database)
        self.tones = Tones(self.database)
        self.retention = Retention(self.database)

    @classmethod
    def at(cls, path: Path) -> Store:
        """A SQLite store in this file."""
        return cls(f"sqlite:///{path}")

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()
