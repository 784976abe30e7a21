"""Connected accounts: which mailbox, what it may read, and its sealed credential. Nothing here can open the seal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from models.letters import NoticeKind
from models.schema.accounts import account
from models.schema.alerts import letter
from models.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One connected mailbox.

    provider      google, microsoft
    tier          headers, text
    config        how it is read; nothing secret
    connected_at  when consent was given last, UTC
    failure       why a person must act, in one sentence; None = nobody must
    """

    id: int
    provider: str
    mailbox: str
    tier: str
    config: Mapping[str, Any]
    connected_at: datetime
    sealed: bytes | None = field(default=None, repr=False)
    failure: str | None = None
    failed_at: datetime | None = None


class Accounts:
    """Every connected account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, provider: str | None = None) -> list[Account]:
        """By provider and mailbox."""
        query = select(account).order_by(account.c.provider, account.c.mailbox)
        if provider is not None:
            query = query.where(account.c.provider == provider)
        with self._database.read() as conn:
            return [_account(row) for row in conn.execute(query)]

    def find(self, provider: str, mailbox: str) -> Account | None:
        """The account of this mailbox; None if it is not connected."""
        with self._database.read() as conn:
            row = conn.execute(
                select(account).where(account.c.provider == provider, account.c.mailbox == mailbox.lower())
            ).one_or_none()
            return None if row is None else _account(row)

    def connect(
        self, provider: str, mailbox: str, *, tier: str, config: Mapping[str, Any], sealed: bytes, now: datetime
    ) -> Account:
        """Keep a new account, or a new consent for one that is known."""
        values: dict[str, Any] = {
            "tier": tier,
            "config": dict(config),
            "secret": sealed,
            "connected_at": now,
            "failure": None,
            "failed_at": None,
        }
        where = (account.c.provider == provider, account.c.mailbox == mailbox.lower())
        with self._database.write() as conn:
            changed = conn.execute(update(account).where(*where).values(**values)).rowcount
            if not changed:
                conn.execute(insert(account).values(provider=provider, mailbox=mailbox.lower(), **values))
            return _account(conn.execute(select(account).where(*where)).one())

    def configure(self, account_id: int, config: Mapping[str, Any]) -> None:
        """Change how it is read."""
        with self._database.write() as conn:
            conn.execute(update(account).where(account.c.id == account_id).values(config=dict(config)))

    def seal(self, account_id: int, sealed: bytes, *, over: bytes | None = None) -> bool:
        """Keep a credential that the provider has renewed.

        With `over`, only where that one still stands; False = another worker renewed it in between.
        """
        where = [account.c.id == account_id] + ([account.c.secret == over] if over is not None else [])
        with self._database.write() as conn:
            return bool(conn.execute(update(account).where(*where).values(secret=sealed)).rowcount)

    def refused(self, account_id: int, failure: str | None, *, now: datetime) -> bool:
        """Note that a person must act, or (None) that nobody must any more; True if that is news."""
        with self._database.write() as conn:
            before = conn.execute(select(account.c.failure).where(account.c.id == account_id)).scalar()
            failed_at = now if failure is not None else None
            if before != failure:
                conn.execute(
                    update(account).where(account.c.id == account_id).values(failure=failure, failed_at=failed_at)
                )
            return before != failure

    def reseal(self, change: Callable[[bytes], bytes]) -> int:
        """Seal every credential anew, all or none; gives how many."""
        with self._database.write() as conn:
            rows = conn.execute(select(account.c.id, account.c.secret).where(account.c.secret.is_not(None))).all()
            for row in rows:
                conn.execute(update(account).where(account.c.id == row.id).values(secret=change(row.secret)))
            return len(rows)

    def forget(self, account_id: int) -> None:
        """Remove the account, its credential and the mails about its access; its sources are forgotten apart."""
        with self._database.write() as conn:
            found = conn.execute(select(account.c.provider).where(account.c.id == account_id)).scalar()
            about = letter.c.about.like(f"% {found} {account_id} %")
            conn.execute(delete(letter).where(letter.c.kind == NoticeKind.ACCOUNT.value, about))
            conn.execute(delete(account).where(account.c.id == account_id))


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        provider=row.provider,
        mailbox=row.mailbox,
        tier=row.tier,
        config=row.config,
        connected_at=row.connected_at,
        sealed=row.secret,
        failure=row.failure,
        failed_at=row.failed_at,
    )
