"""From a connected account to its connectors: tokens, budgets and what is known already are put together here.

One module a provider, each with one function:

    open_account(store, settings, account, directory, *, clock) -> Sequence[Connector]

It may raise the three errors of `connectors.base`; AccessDenied where the stored credentials cannot be used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.base import Connector
from models.directory import Directory
from models.settings import Settings
from models.store.accounts import Account
from models.store.store import Store

OPENERS = {
    "google": "flows.open_google",
    "microsoft": "flows.open_microsoft",
}


def connectors_of(
    store: Store, settings: Settings, account: Account, directory: Directory, *, clock: Callable[[], datetime]
) -> Sequence[Connector]:
    """The mailbox and the calendar of one account. KeyError for an unknown provider."""
    module = importlib.import_module(OPENERS[account.provider])
    opened: Sequence[Connector] = module.open_account(store, settings, account, directory, clock=clock)
    return opened
