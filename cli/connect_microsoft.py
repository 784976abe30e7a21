"""`gonequiet connect microsoft`: one person's mailbox by sign-in, or many mailboxes of a tenant by the application."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.days import DAY, start_of
from cli.errors import NotAllowed, Refusal, TryLater
from cli.opening import opened
from cli.output import say

if TYPE_CHECKING:
    from connectors.base import ConnectorError
    from connectors.microsoft.consent import Consent
    from connectors.microsoft.entra import Registration

_LONG = "docs/microsoft.md says what an administrator sets up first"


@click.command("microsoft")
@click.option(
    "--no-browser", "--device", "no_browser", is_flag=True, help="Sign in with a code on any device: for servers."
)
@click.option(
    "--tier",
    type=click.Choice(["headers", "text"]),
    default="headers",
    show_default=True,
    help="headers: who, when, which thread. text: also the words, for tone; scored in memory and dropped.",
)
@click.option("--send", is_flag=True, help="Also ask for the right to send alert mails from this account.")
@click.option(
    "--mailbox", "--address", "address", metavar="ADDRESS", help="The mailbox you mean to open; another one is refused."
)
@click.option("--since", type=DAY, help="Leave out mail received before this day.")
@click.option("--app-only", is_flag=True, help="As the application, with its secret or certificate: many mailboxes.")
@click.option(
    "--mailboxes",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --app-only: the allow-list, one address a line. No other mailbox is ever read.",
)
def command(
    no_browser: bool,
    tier: str,
    send: bool,
    address: str | None,
    since: date | None,
    app_only: bool,
    file: Path | None,
) -> None:
    """Connect Outlook mail and calendar of Microsoft 365.

    One person signs in in the browser, or with a code on another device (--no-browser). With --app-only nobody signs
    in: the application reads the mailboxes of the list in FILE. Metadata only, unless you choose the tier "text".
    """
    if app_only != (file is not None):
        raise Refusal("--app-only and --mailboxes FILE belong together: the list says which mailboxes may be read")
    if app_only and (no_browser or address is not None):
        raise Refusal("--app-only signs nobody in: leave out --no-browser and --mailbox")
    start = start_of(since) if since is not None else None
    if file is not None:
        _connect_tenant(_addresses(file), tier=tier, may_send=send, since=start)
    else:
        _connect_person(tier=tier, may_send=send, mailbox=address, since=start, no_browser=no_browser)


def _connect_person(
    *, tier: str, may_send: bool, mailbox: str | None, since: datetime | None, no_browser: bool
) -> None:
    import json  # noqa: PLC0415  --help needs none of these

    from connectors.base import ConnectorError  # noqa: PLC0415
    from connectors.microsoft.consent import missing  # noqa: PLC0415
    from flows.disconnect import sources_of  # noqa: PLC0415
    from flows.open_microsoft import DELEGATED_MODE, registration_of, scopes_of  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415
    from models.vault import Vault, VaultError  # noqa: PLC0415

    with opened() as house:
        try:
            vault = Vault.of(house.settings.data)
            registration = registration_of(house.settings)
            scopes = scopes_of(tier, app_only=False, may_send=may_send)
            consent = _consent(registration, scopes, mailbox, no_browser=no_browser)
        except VaultError as e:
            raise Refusal(str(e)) from e
        except ConnectorError as e:
            raise _refused(e) from e
        if mailbox is not None and consent.mailbox != mailbox.strip().lower():
            raise Refusal(f"{consent.mailbox} signed in, not {mailbox}: nothing was connected")
        lacking = missing(scopes, consent.granted)
        if lacking:
            raise NotAllowed(
                f"These permissions were not granted: {', '.join(lacking)}. Nothing was connected; {_LONG}"
            )
        config = {
            "mode": DELEGATED_MODE,
            "client_id": registration.client_id,
            "tenant": registration.tenant,
            "send": may_send,
            "since": since.isoformat() if since is not None else None,
        }
        account = house.store.accounts.connect(
            "microsoft",
            consent.mailbox,
            tier=tier,
            config=config,
            sealed=vault.seal(json.loads(consent.cache)),
            now=now(),
        )
        house.store.sources.forgive(sources_of(account))
        say(f"Connected {consent.mailbox} (tier: {tier}). Next: gonequiet pull")


def _consent(registration: Registration, scopes: tuple[str, ...], mailbox: str | None, *, no_browser: bool) -> Consent:
    from connectors.microsoft.consent import by_browser, by_device  # noqa: PLC0415  msal takes its time

    if no_browser:
        return by_device(registration, scopes, say)
    say("Your browser opens Microsoft's sign-in page; come back here afterwards.")
    return by_browser(registration, scopes, hint=mailbox)


def _connect_tenant(addresses: list[str], *, tier: str, may_send: bool, since: datetime | None) -> None:
    from connectors.base import ConnectorError  # noqa: PLC0415
    from connectors.microsoft.entra import warning  # noqa: PLC0415
    from flows.disconnect import sources_of  # noqa: PLC0415
    from flows.open_microsoft import APP_ONLY, door_of, registration_of  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415
    from models.store.accounts import Account  # noqa: PLC0415
    from models.vault import Vault, VaultError  # noqa: PLC0415

    with opened() as house:
        try:
            vault = Vault.of(house.settings.data)
            registration = registration_of(house.settings)
        except VaultError as e:
            raise Refusal(str(e)) from e
        except ConnectorError as e:
            raise _refused(e) from e
        config = {
            "mode": APP_ONLY,
            "client_id": registration.client_id,
            "tenant": registration.tenant,
            "send": may_send,
            "since": since.isoformat() if since is not None else None,
        }
        refused: list[str] = []
        connected = 0
        for address in addresses:
            tried = Account(
                id=0, provider="microsoft", mailbox=address, tier=tier, config=config, connected_at=now()
            )  # fmt: skip
            door = door_of(house.store, house.settings, tried, clock=now)
            try:
                door.get(f"{door.base}/mailFolders/inbox?$select=id", 'IdType="ImmutableId"')
            except ConnectorError as e:
                if not refused and not connected and "mailbox" not in str(e):
                    raise _refused(e) from e  # the application itself is refused: the next mailbox would be too
                refused.append(f"{address}: {e}")
                continue
            finally:
                door.close()
            account = house.store.accounts.connect(
                "microsoft", address, tier=tier, config=config, sealed=vault.seal({}), now=now()
            )
            house.store.sources.forgive(sources_of(account))
            connected += 1
        for sentence in refused:
            say(f"Not connected: {sentence}")
        if (ending := warning(registration, now())) is not None:
            say(ending)
        if not connected:
            raise NotAllowed(f"None of the {len(addresses)} mailboxes could be opened; {_LONG}")
        say(f"Connected {connected} of {len(addresses)} mailboxes (tier: {tier}). Next: gonequiet pull")


def _addresses(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise Refusal(f"The list {file} cannot be read: {getattr(e, 'strerror', None) or 'it is no text'}") from e
    found: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        address = line.partition("#")[0].strip().lower()
        if not address:
            continue
        local, at, domain = address.rpartition("@")
        if not (at and local and "." in domain) or any(c.isspace() or c in "<>,;/?" for c in address):
            raise Refusal(f"Line {number} of {file} is not an address: {line.strip()!r}")
        found[address] = None
    if not found:
        raise Refusal(f"The list {file} names no mailbox: one address a line")
    return list(found)


def _refused(error: ConnectorError) -> Refusal:
    from connectors.base import ServiceUnavailable  # noqa: PLC0415

    return (TryLater if isinstance(error, ServiceUnavailable) else NotAllowed)(str(error))
