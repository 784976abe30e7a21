"""Taking leave of an account: push stopped, consent withdrawn, credential and everything read from it erased."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.base import ConnectorError
from models.settings import Settings
from models.store.accounts import Account
from models.store.erasing import erase_source
from models.store.store import Store

log = logging.getLogger(__name__)

SOURCES = {"google": ("gmail", "gcal"), "microsoft": ("outlook", "outlook-calendar")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What became of it: `revoked` = the provider withdrew the consent; None = there it cannot be withdrawn by us."""

    erased: int
    revoked: bool | None


def sources_of(account: Account) -> tuple[str, ...]:
    """Names of the account's sources."""
    return tuple(f"{kind}:{account.mailbox}" for kind in SOURCES.get(account.provider, ()))


def disconnect(
    store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime], keep: bool = False
) -> Left:
    """Leave the account; what cannot be reached at the provider is left to end by itself. `keep` = erase nothing."""
    revoked: bool | None = None
    try:
        if account.provider == "google":
            from flows.listen_google import leave as leave_google  # noqa: PLC0415 - each provider loads its own client

            revoked = leave_google(store, settings, account, clock=clock)
        elif account.provider == "microsoft":
            from flows.listen_microsoft import leave as leave_microsoft  # noqa: PLC0415

            leave_microsoft(store, settings, account, clock=clock)
    except ConnectorError as e:
        log.info("account %d: left without its provider: %s", account.id, e)
        revoked = False if account.provider == "google" else None
    store.accounts.forget(account.id)
    store.budgets.forget(_own_buckets(account))
    erased = 0 if keep else sum(erase_source(store.database, name) for name in sources_of(account))
    return Left(erased=erased, revoked=revoked)


def _own_buckets(account: Account) -> list[str]:
    """The quota windows of this mailbox alone."""
    if account.provider == "google":
        from connectors.google.costs import NEW, calendar_limits  # noqa: PLC0415 - each provider loads its own client

        return [NEW.limits(account.mailbox, "")[0].bucket, calendar_limits(account.mailbox, "")[0].bucket]
    if account.provider == "microsoft":
        from connectors.microsoft.door import limits  # noqa: PLC0415

        return [limits(account.mailbox, str(account.config.get("client_id") or ""))[0].bucket]
    return []
