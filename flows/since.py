"""How far back an account is read, changed after it was connected."""

from __future__ import annotations

from datetime import datetime

from flows.disconnect import sources_of
from models.store.accounts import Account
from models.store.store import Store


def read_since(store: Store, account: Account, since: datetime) -> bool:
    """Read this account from that day on; True if the next pull has to reach further back than those before.

    Then all ids are listed again, and only what is not known is read. What was read already stays in any case: a
    later day only bounds what a first reading has not reached yet.
    """
    said = account.config.get("since")
    before = datetime.fromisoformat(said) if said else None
    store.accounts.configure(account.id, {**account.config, "since": since.isoformat()})
    known = [name for name in sources_of(account) if (s := store.sources.find(name)) is not None and s.cursor]
    # Without a day everything was read, or is on its way.
    further = before is not None and since < before.replace(tzinfo=before.tzinfo or since.tzinfo)
    if further:
        for name in known:
            store.sources.start_over(name)
    return further and bool(known)
