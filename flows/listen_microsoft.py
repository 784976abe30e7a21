"""Microsoft's subscriptions kept alive for every connected account: made, renewed, made again, and stopped.

`listen` belongs into a schedule of an hour or less; between two pulls it also acts on what Graph said about the
subscriptions themselves. Push only shortens the wait: pulls and audits go on without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.base import ConnectorError
from connectors.microsoft.subscriptions import Lifecycle, Receiver, Subscription, Watched, keep_alive, stop
from flows.open_microsoft import door_of
from models.settings import Settings
from models.store.accounts import Account
from models.store.channels import Channel
from models.store.store import Store

log = logging.getLogger(__name__)

CHANGES = "/push/microsoft"
LIFECYCLE = "/push/microsoft/lifecycle"
_SOURCES = {Watched.MAIL: "outlook", Watched.CALENDAR: "outlook-calendar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How many accounts are listened to, and how many could not be."""

    accounts: int = 0
    failed: int = 0


def listen(store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> Listening:
    """Keep the subscriptions of every account alive; nothing without microsoft.push_address. Never raises for one."""
    base = settings.microsoft.push_address
    if base is None:
        return Listening()
    receiver = Receiver(changes=base.rstrip("/") + CHANGES, lifecycle=base.rstrip("/") + LIFECYCLE)
    kept = failed = 0
    for account in store.accounts.all("microsoft"):
        try:
            _listen_to(store, settings, account, receiver, clock)
            kept += 1
        except ConnectorError as e:  # the account's own pull tells the operator; here it is only counted
            failed += 1
            log.warning("account %d: no push: %s", account.id, e)
    return Listening(accounts=kept, failed=failed)


def leave(store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime]) -> None:
    """Stop an account's subscriptions at Microsoft, as far as it lets us, and forget them."""
    held = _channels(store, account)
    for channel in held:  # first here: whatever Microsoft says, nothing that comes on them is believed any more
        store.channels.forget(channel.id)
    if not held:
        return
    door = door_of(store, settings, account, clock=clock)
    try:
        for channel in held:
            try:
                stop(door, _subscription(channel))
            except ConnectorError as e:  # consent may be gone already: they end by themselves within a week
                log.info("account %d: a subscription was left to end by itself: %s", account.id, e)
    finally:
        door.close()


def _listen_to(
    store: Store, settings: Settings, account: Account, receiver: Receiver, clock: Callable[[], datetime]
) -> None:
    channels = _channels(store, account)
    heard = frozenset((c.id, Lifecycle(e)) for c in channels for e in c.config.get("events", ()))
    now = clock()
    door = door_of(store, settings, account, clock=clock)
    try:
        kept, blind = keep_alive(door, [_subscription(c) for c in channels], receiver, now=now, heard=heard)
    finally:
        door.close()
    for channel in channels:
        if channel.id not in {one.id for one in kept}:
            store.channels.forget(channel.id)
    before = {c.id: c for c in channels}
    for one in kept:
        source = store.sources.ensure(_source(account, one.watched), live=True)
        old = before.get(one.id)
        if old is None or _subscription(old) != one:
            store.channels.keep(
                Channel(
                    id=one.id,
                    source=source.name,
                    resource=one.watched.value,
                    secret=one.client_state,
                    expires_at=one.expires_at,
                )
            )
        store.channels.acted_on(one.id, [event for channel, event in heard if channel == one.id])
        if blind:
            store.sources.mark_dirty(source.name, now=now)


def _channels(store: Store, account: Account) -> list[Channel]:
    sources = {_source(account, watched) for watched in Watched}
    return [channel for channel in store.channels.all() if channel.source in sources]


def _source(account: Account, watched: Watched) -> str:
    return f"{_SOURCES[watched]}:{account.mailbox}"


def _subscription(channel: Channel) -> Subscription:
    return Subscription(
        id=channel.id,
        watched=Watched(channel.resource),
        expires_at=channel.expires_at,
        client_state=channel.secret,
    )
