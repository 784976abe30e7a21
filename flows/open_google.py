"""From a connected Google account to its connectors: credential, budget and what is known already put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from connectors.base import AccessDenied, Connector, Known
from connectors.budget import Budget
from connectors.google.opening import Access, Place, connectors_for
from flows.waiting import WaitingClock
from models.directory import Directory
from models.records import Message, Side
from models.settings import Settings
from models.store.accounts import Account
from models.store.coverage import Audit
from models.store.ledger import Knowledge
from models.store.store import Store
from models.vault import Vault, VaultError

AUDIT_EVERY = timedelta(hours=23)  # a daily schedule may come a little early


def place_of(settings: Settings) -> Place:
    """Where Google is, by the settings."""
    google = settings.google
    return Place(
        gmail_root=google.gmail_root,
        calendar_root=google.calendar_root,
        token_uri=google.token_uri,
        timeout=google.timeout_seconds,
        prices=google.prices,
        ca_file=google.ca_file,
    )


def access_to(store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime]) -> Access:
    """The account with its credential opened; AccessDenied if it cannot be."""
    if account.sealed is None:
        raise AccessDenied("no credential is stored: connect the account again")
    try:
        secret = Vault.of(settings.data).unseal(account.sealed)
    except VaultError as e:
        raise AccessDenied(str(e)) from e
    return Access(
        mailbox=account.mailbox,
        tier=account.tier,
        secret=secret,
        place=place_of(settings),
        budget=Budget(store.budgets),
        clock=WaitingClock(clock),
    )


def open_account(
    store: Store, settings: Settings, account: Account, directory: Directory, *, clock: Callable[[], datetime]
) -> Sequence[Connector]:
    """The mail and the meetings of a Google account."""
    since = account.config.get("since")
    chosen = account.config.get("calendars")
    return connectors_for(
        access_to(store, settings, account, clock=clock),
        known=lambda source: Remembered(store, source, directory, texts=_wants_texts(store, account, source)),
        since=datetime.fromisoformat(since) if since else None,
        calendars=tuple(chosen) if chosen else None,
        first=[domain for partner in store.partners.all() for domain in partner.domains],
        wants_text=lambda message: _concerns_a_partner(message, directory),
        audited=_auditor(store, clock),
    )


def _auditor(store: Store, clock: Callable[[], datetime]) -> Callable[[str], Callable[[int, int, int], None] | None]:
    """For a source whose last audit is a day old: a pen that writes the next one down."""
    latest, now = store.coverage.latest(), clock()

    def for_source(source: str) -> Callable[[int, int, int], None] | None:
        last = latest.get(source)
        if last is not None and now - last.at < AUDIT_EVERY:
            return None

        def note(listed: int, missing: int, repaired: int) -> None:
            before = store.sources.find(source)
            whole = missing == repaired
            store.coverage.note(
                Audit(
                    source=source,
                    at=clock(),
                    listed=listed,
                    missing=missing,
                    repaired=repaired,
                    complete_until=now if whole else (last.complete_until if last is not None else None),
                    gap_since=None if whole or before is None else before.read_until,
                    gap_until=None if whole else now,
                )
            )

        return note

    return for_source


def _wants_texts(store: Store, account: Account, source: str) -> bool:
    """Whether this mailbox was read by its headers before, and not yet to its end since texts may be read."""
    if account.tier != "text" or not account.config.get("read_texts"):
        return False
    found = store.sources.find(source)
    return found is None or found.pulled_at is None or found.pulled_at <= account.connected_at


class Remembered:
    """What the store holds of a source, asked when it is first needed: the source may not be there before."""

    def __init__(self, store: Store, source: str, directory: Directory, *, texts: bool = False) -> None:
        self._store = store
        self._source = source
        self._directory = directory
        self._texts = texts

    def __call__(self, external_ids: Sequence[str], /) -> frozenset[str]:
        """As in `connectors.base.Known`; with `texts`, what was read without its text counts as not known."""
        known = self._knowledge(external_ids)
        return known - self._store.tones.unread(self._source, sorted(known)) if self._texts else known

    @cached_property
    def _knowledge(self) -> Known:
        source = self._store.sources.ensure(self._source, live=True)
        return Knowledge(self._store.database, source, self._directory)


def _concerns_a_partner(message: Message, directory: Directory) -> bool:
    people = [message.sender] if message.sender is not None else []
    return any(directory.side(p.address) is Side.PARTNER for p in (*people, *message.to, *message.cc, *message.bcc))
