"""The store: one handle on everything that is kept."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.store.database import Database

if TYPE_CHECKING:
    from models.store.accounts import Accounts
    from models.store.answers import Answers
    from models.store.budgets import Budgets
    from models.store.calibrations import Calibrations
    from models.store.channels import Channels
    from models.store.concerns import Concerns
    from models.store.coverage import Coverage
    from models.store.interactions import Interactions
    from models.store.letters import Letters
    from models.store.notices import Notices
    from models.store.outside import Outside
    from models.store.pages import Pages
    from models.store.partners import Partners
    from models.store.persons import Persons
    from models.store.pushes import Pushes
    from models.store.readers import Readers
    from models.store.retention import Retention
    from models.store.sources import Sources
    from models.store.standings import Standings
    from models.store.tones import Tones
    from models.store.troubles import Troubles


class Store:
    """Opened by URL; each attribute holds the statements of one subject, and is imported when it is first used.

    The subject `partners` is the class Partners of models/store/partners.py.
    """

    accounts: Accounts
    answers: Answers
    budgets: Budgets
    calibrations: Calibrations
    channels: Channels
    concerns: Concerns
    coverage: Coverage
    interactions: Interactions
    letters: Letters
    notices: Notices
    outside: Outside
    pages: Pages
    partners: Partners
    persons: Persons
    pushes: Pushes
    readers: Readers
    retention: Retention
    sources: Sources
    standings: Standings
    tones: Tones
    troubles: Troubles

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        try:
            self.database.prepare()
        except BaseException:
            self.database.close()
            raise

    @classmethod
    def at(cls, path: Path) -> Store:
        """A SQLite store in this file."""
        return cls(f"sqlite:///{path}")

    def __getattr__(self, name: str) -> Any:
        """The subject of this name, from now on an attribute like any other."""
        if name not in Store.__annotations__:
            raise AttributeError(name, name=name, obj=self)
        subject = getattr(import_module(f"models.store.{name}"), name.capitalize())(self.database)
        setattr(self, name, subject)
        return subject

    def reading(self) -> AbstractContextManager[None]:
        """Many small reads in a row: see `Database.reading`."""
        return self.database.reading()

    def settle(self) -> None:
        """Tidy up after a round, when nobody waits: see `Database.settle`."""
        self.database.settle()

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()
