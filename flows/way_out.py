"""The way that mails leave by, as the settings choose it: a folder, SMTP, or a connected account that may send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from alerts.mailer import Mailer, MailerError, Outbox, Service, Smtp
from connectors.base import AccessDenied, ConnectorError
from models.settings import Settings
from models.store.accounts import Account
from models.store.store import Store

_PROVIDERS = {"gmail": "google", "graph": "microsoft"}


def way_out(store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> Mailer:
    """The mailer of the settings; it connects only when it sends. MailerError where no account may send."""
    alerts = settings.alerts
    if alerts.via == "outbox":
        return Outbox(settings.outbox)
    if alerts.via == "smtp":
        return Smtp(
            alerts.host,
            alerts.port,
            security=alerts.security,
            username=alerts.username,
            password=alerts.password.get_secret_value() if alerts.password is not None else None,
            ca_file=alerts.ca_file,
        )
    account = sending_account(store, settings)
    return (_gmail if alerts.via == "gmail" else _graph)(store, settings, account, clock)


def sending_account(store: Store, settings: Settings) -> Account:
    """The connected account that alerts leave from: the sender's own, else the only one that may send."""
    alerts = settings.alerts
    provider = _PROVIDERS[alerts.via]
    able = [a for a in store.accounts.all(provider) if a.config.get("send") or a.config.get("may_send")]
    chosen = [a for a in able if a.mailbox == alerts.sender] or (able if len(able) == 1 else [])
    if not chosen:
        how = f"gonequiet connect {provider} --send"
        which = "more than one account may send: set alerts.sender to one of them" if able else f"run {how}"
        raise MailerError(f"alerts.via = {alerts.via}, but no connected account may send: {which}", permanent=True)
    return chosen[0]


def _graph(store: Store, settings: Settings, account: Account, clock: Callable[[], datetime]) -> Mailer:
    from connectors.microsoft.send import post, was_sent  # noqa: PLC0415  only who sends this way loads it
    from flows.open_microsoft import door_of  # noqa: PLC0415

    def send(encoded: str) -> None:
        with _as_mailer_error(), closing(door_of(store, settings, account, clock=clock)) as door:
            post(door, encoded)

    def find(message_id: str) -> bool:
        with _as_mailer_error(), closing(door_of(store, settings, account, clock=clock)) as door:
            return was_sent(door, message_id)

    return Service(send, encoding="graph", find=find)


def _gmail(store: Store, settings: Settings, account: Account, clock: Callable[[], datetime]) -> Mailer:
    from connectors.google.send import post, was_sent  # noqa: PLC0415  as above
    from flows.open_google import access_to  # noqa: PLC0415

    def send(encoded: str) -> None:
        with _as_mailer_error():
            post(access_to(store, settings, account, clock=clock), encoded)

    def find(message_id: str) -> bool:
        with _as_mailer_error():
            return was_sent(access_to(store, settings, account, clock=clock), message_id)

    return Service(send, encoding="gmail", find=find)


@contextmanager
def _as_mailer_error() -> Iterator[None]:
    try:
        yield
    except AccessDenied as e:
        raise MailerError(str(e), permanent=True) from e
    except ConnectorError as e:
        raise MailerError(str(e), unsure=True) from e  # it may have been accepted all the same
