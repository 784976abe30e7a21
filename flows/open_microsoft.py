"""From a connected Microsoft account to its mailbox and calendar: tokens, budget and what is known, put together."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from connectors.base import AccessDenied, Connector
from connectors.budget import Budget, Pacer
from connectors.microsoft.calendar_view import GraphCalendar
from connectors.microsoft.door import GraphDoor, Tokens, limits
from connectors.microsoft.entra import APPLICATION, DELEGATED, SEND, Registration, warning
from connectors.microsoft.mail import GraphMail
from connectors.microsoft.tokens import AppTokens, UserTokens
from flows.waiting import WaitingClock
from models.directory import Directory
from models.settings import Settings
from models.store.accounts import Account
from models.store.coverage import Audit
from models.store.store import Store
from models.vault import Vault, VaultError

log = logging.getLogger(__name__)

APP_ONLY, DELEGATED_MODE = "app-only", "delegated"
_app_tokens: dict[str, AppTokens] = {}  # one sign-in of the application serves all mailboxes of this process


def registration_of(settings: Settings, *, tenant: str | None = None, client_id: str | None = None) -> Registration:
    """Our app registration by the settings; AccessDenied where it is not set."""
    chosen = settings.microsoft
    wanted = client_id or chosen.client_id
    if wanted is None:
        raise AccessDenied("Microsoft: no application is set: put microsoft.client_id into the settings")
    return Registration(
        authority=chosen.authority,
        graph_root=chosen.graph_root,
        client_id=wanted,
        tenant=tenant or chosen.tenant,
        secret=chosen.client_secret.get_secret_value() if chosen.client_secret is not None else None,
        secret_expires=chosen.client_secret_expires,
        certificate_file=chosen.certificate_file,
        instance_discovery=chosen.instance_discovery,
        ca_file=chosen.ca_file,
        timeout=chosen.timeout_seconds,
    )


def scopes_of(tier: str, *, app_only: bool, may_send: bool = False) -> tuple[str, ...]:
    """The permissions of a tier."""
    return (APPLICATION if app_only else DELEGATED)[tier] + ((SEND,) if may_send else ())


def open_account(
    store: Store, settings: Settings, account: Account, directory: Directory, *, clock: Callable[[], datetime]
) -> Sequence[Connector]:
    """The mailbox and the calendar of one account; nothing is asked of Microsoft yet. AccessDenied."""
    door = door_of(store, settings, account, clock=clock)
    now = clock()
    _note_credential(store, settings, account, now)
    mail_source = store.sources.ensure(f"outlook:{account.mailbox}", live=True)
    calendar_source = store.sources.ensure(f"outlook-calendar:{account.mailbox}", live=True)
    since = account.config.get("since")

    def audited(source: str, listed: int, missing: int) -> None:
        store.coverage.note(
            Audit(source=source, at=now, listed=listed, missing=missing, repaired=missing, complete_until=now)
        )

    return (
        GraphMail(
            door,
            now=now,
            known=store.pages.knowledge(mail_source, directory),
            since=datetime.fromisoformat(since).astimezone(UTC) if since else None,
            with_text=account.tier == "text",
            audited=partial(audited, mail_source.name),
        ),
        GraphCalendar(
            door,
            now=now,
            known=store.pages.knowledge(calendar_source, directory),
            audited=partial(audited, calendar_source.name),
        ),
    )


def door_of(store: Store, settings: Settings, account: Account, *, clock: Callable[[], datetime]) -> GraphDoor:
    """The door to one account's mailbox, charged to the budget that all workers share."""
    config = account.config
    registration = registration_of(settings, tenant=config.get("tenant"), client_id=config.get("client_id"))
    app_only = config.get("mode") == APP_ONLY
    tokens: Tokens
    if app_only:
        tokens = _app_tokens.setdefault(registration.fingerprint, AppTokens(registration))
    else:
        scopes = scopes_of(account.tier, app_only=False, may_send=bool(config.get("send")))
        tokens = UserTokens(registration, scopes, SealedCache(store, Vault.of(settings.data), account))
    return GraphDoor(
        root=registration.graph_root,
        mailbox=account.mailbox,
        tokens=tokens,
        session=registration.session,
        pacer=Pacer(Budget(store.budgets), limits(account.mailbox, registration.client_id), WaitingClock(clock)),
    )


class SealedCache:
    """msal's cache of one account, sealed in the store."""

    def __init__(self, store: Store, vault: Vault, account: Account) -> None:
        self._store = store
        self._vault = vault
        self._account = account
        self._sealed: bytes | None = None

    def load(self) -> bytes | None:
        """The cache as it is now; None where nothing is sealed yet. AccessDenied if it cannot be opened."""
        found = self._store.accounts.find(self._account.provider, self._account.mailbox)
        self._sealed = found.sealed if found is not None else None
        if self._sealed is None:
            return None
        try:
            return json.dumps(self._vault.unseal(self._sealed)).encode()
        except VaultError as e:
            raise AccessDenied(f"Microsoft: {e}") from e

    def save(self, secret: bytes) -> bool:
        """Only over what was loaded."""
        sealed = self._vault.seal(json.loads(secret))
        if not self._store.accounts.seal(self._account.id, sealed, over=self._sealed):
            return False
        self._sealed = sealed
        return True


def _note_credential(store: Store, settings: Settings, account: Account, now: datetime) -> None:
    """Two weeks before secret or certificate end, the account says so."""
    if account.config.get("mode") != APP_ONLY:
        return
    sentence = warning(registration_of(settings), now)
    if sentence is not None:
        log.warning("%s", sentence)
    ours = account.failure is not None and account.failure.startswith(
        ("Microsoft: the client secret", "Microsoft: the certificate")
    )
    if sentence is not None or ours:
        store.accounts.refused(account.id, sentence, now=now)
