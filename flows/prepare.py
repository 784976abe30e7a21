"""What is done with a mail between reading and storing that needs no database, so that any process can do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.headers import settle_class
from models.directory import Directory
from models.records import Message
from models.store.sorting import Sorter


@dataclass(frozen=True, slots=True)
class Preparation:
    """Settles classes by who is who, and sorts mails for the tables; can be pickled."""

    directory: Directory
    sorter: Sorter

    def __call__(self, mails: Sequence[Message]) -> bytes:
        """A packed `models.store.batch.Batch`."""
        return self.sorter.batch([settle_class(mail, self.directory) for mail in mails]).packed()
