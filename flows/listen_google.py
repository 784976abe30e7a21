"""Google's push channels kept alive for every connected account: made, renewed before they end, and stopped.

`listen` belongs into a schedule of an hour or less. Gmail's watch is renewed daily as Google advises, a calendar
channel, which cannot be renewed, is replaced a day before it ends: the new one first, then the old one is stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import ConnectorError
from connectors.google.consent import revoke
from connectors.google.door import NotThere
from connectors.google.opening import Access
from connectors.google.watch import stop_calendar, stop_mail, watch_calendar, watch_mail
from flows.open_google import access_to, place_of
from models.settings import Settings
from models.store.accounts import Account
from models.store.channels import Channel
from models.store.store import Store

log = logging.getLogger(__name__)

CALENDAR_PUSH = "/push/google/calendar"
_DAY = timedelta(days=1)
_WATCH_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How many accounts are listened to, and how many could not be."""

    accounts: int = 0
    failed: int = 0


def listen(store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> Listening:
    """Keep the channels of every account alive; nothing where no push is set up. Never raises for one account."""
    if settings.google.topic is None and settings.google.push_address is None:
        return Listening()
    kept = failed = 0
    for account in store.accounts.all("google"):
        try:
            _listen_to(store, settings, account, clock)
            kept += 1
        except (ConnectorError, NotThere) as e:  # the account's own pull tells the operator; here it is only counted
            failed += 1
            log.warning("account %d: no push: %s", account.id, e)
    return Listening(accounts=kept, failed=failed)


def leave(store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime]) -> bool | None:
    """Stop an account's channels and withdraw its consent; None where only an administrator can withdraw it."""
    access = access_to(store, settings, account, clock=clock)
    for channel in _channels(store, account):
        try:
            _stop(access, channel)
        except (ConnectorError, NotThere) as e:  # they end by themselves within a week
            log.info("account %d: a channel was left to end by itself: %s", account.id, e)
        store.channels.forget(channel.id)
    if access.secret.get("kind") == "robot":
        return None
    return revoke(dict(access.secret), settings.google.revoke_uri, place_of(settings).http())


def _listen_to(store: Store, settings: Settings, account: Account, clock: Callable[[], datetime]) -> None:
    now, held = clock(), _channels(store, account)
    access = access_to(store, settings, account, clock=clock)
    mail = f"gmail:{account.mailbox}"
    if settings.google.topic is not None:
        last = next((c for c in held if c.id == mail), None)
        if last is None or last.expires_at - now < _WATCH_LIFE - _DAY:
            made = watch_mail(access, settings.google.topic)
            store.sources.ensure(mail, live=True)
            store.channels.keep(
                Channel(id=made.id, source=mail, resource=made.resource, secret="", expires_at=made.expires_at)
            )
    if settings.google.push_address is not None:
        address = settings.google.push_address.rstrip("/") + CALENDAR_PUSH
        source = f"gcal:{account.mailbox}"
        old = [c for c in held if c.source == source]
        for calendar in account.config.get("calendars") or ["primary"]:
            of_it = [c for c in old if c.config.get("calendar") == calendar]
            if any(c.expires_at - now >= _DAY for c in of_it):
                continue
            new = watch_calendar(access, calendar, address)
            store.sources.ensure(source, live=True)
            store.channels.keep(
                Channel(
                    id=new.id,
                    source=source,
                    resource=new.resource,
                    secret=new.secret,
                    expires_at=new.expires_at,
                    config={"calendar": calendar},
                )
            )
            store.sources.mark_dirty(source, now=now)  # what changed while nobody told us
            for channel in of_it:
                _stop(access, channel)
                store.channels.forget(channel.id)


def _stop(access: Access, channel: Channel) -> None:
    if channel.source.startswith("gmail:"):
        stop_mail(access)
    else:
        stop_calendar(access, channel.id, channel.resource)


def _channels(store: Store, account: Account) -> list[Channel]:
    own = {f"gmail:{account.mailbox}", f"gcal:{account.mailbox}"}
    return [channel for channel in store.channels.all() if channel.source in own]
