"""Accounts that a person must mend: one row an episode, from the first refusal until all is well again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.letters import NoticeKind
from models.schema.accounts import trouble
from models.schema.alerts import letter
from models.store.database import Database


class TroubleKind(StrEnum):
    """Whether access has ended, or is about to."""

    REFUSED = "refused"
    ENDING = "ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One episode: `sentence` says what a person must do, `since` when it began, UTC."""

    account: int
    kind: TroubleKind
    sentence: str
    since: datetime


class Troubles:
    """Every episode that stands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Trouble]:
        """By account."""
        query = select(trouble).order_by(trouble.c.account_id, trouble.c.kind)
        with self._database.read() as conn:
            return [
                Trouble(account=row.account_id, kind=TroubleKind(row.kind), sentence=row.sentence, since=row.since)
                for row in conn.execute(query)
            ]

    def told(self) -> frozenset[str]:
        """What the mails of earlier episodes and of these were about."""
        query = select(letter.c.about).where(letter.c.kind == NoticeKind.ACCOUNT.value)
        with self._database.read() as conn:
            return frozenset(conn.scalars(query))

    def note(self, found: Trouble) -> None:
        """An episode begins, or goes on with another sentence: then its beginning stays."""
        where = (trouble.c.account_id == found.account, trouble.c.kind == found.kind.value)
        with suppress(IntegrityError), self._database.write() as conn:  # another worker may be first
            if not conn.execute(update(trouble).where(*where).values(sentence=found.sentence)).rowcount:
                conn.execute(
                    insert(trouble).values(
                        account_id=found.account, kind=found.kind.value, sentence=found.sentence, since=found.since
                    )
                )

    def over(self, account_id: int, kind: TroubleKind) -> None:
        """It is mended."""
        with self._database.write() as conn:
            conn.execute(delete(trouble).where(trouble.c.account_id == account_id, trouble.c.kind == kind.value))
