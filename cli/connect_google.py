"""`gonequiet connect google`: a person's consent in the browser, or a service account for a whole Workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.days import DAY, start_of
from cli.errors import NotAllowed, Refusal, TryLater
from cli.opening import Opened, opened
from cli.output import count_of, say

if TYPE_CHECKING:
    from connectors.google.consent import Client

_MISSING_CLIENT = (
    "No OAuth client is named: make one of type Desktop app in the Cloud console (docs/google.md, step 3) and give its "
    "JSON file with --client FILE, or set google.client_file in gonequiet.toml"
)


@click.command()
@click.option(
    "--tier",
    type=click.Choice(["headers", "text"]),
    default="headers",
    show_default=True,
    help="headers: who, when, which thread. text: also the words, for tone; scored in memory and dropped.",
)
@click.option(
    "--client", "client_file", type=click.Path(path_type=Path), metavar="FILE", help="OAuth client file (Desktop app)."
)
@click.option("--mailbox", metavar="ADDRESS", help="The mailbox you mean to open; another one is refused.")
@click.option("--no-browser", is_flag=True, help="On a server: open the page elsewhere, and paste the answer back.")
@click.option("--send", "--may-send", "send", is_flag=True, help="Also ask to send the alert mails from here.")
@click.option(
    "--service-account", type=click.Path(path_type=Path), metavar="FILE", help="Key file, for domain-wide delegation."
)
@click.option(
    "--mailboxes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --service-account: addresses, one a line.",
)
@click.option(
    "--domain",
    metavar="DOMAIN",
    help="With --service-account: every mailbox of this domain, as the directory lists them.",
)
@click.option(
    "--admin", metavar="ADDRESS", help="With --domain: the administrator in whose name the directory is read."
)
@click.option(
    "--calendar",
    "calendars",
    multiple=True,
    metavar="CALENDAR",
    help="Read this calendar; default: all that the person owns.",
)
@click.option("--since", type=DAY, help="Leave out mail and meetings before this day.")
def command(
    tier: str,
    client_file: Path | None,
    mailbox: str | None,
    no_browser: bool,
    send: bool,
    service_account: Path | None,
    mailboxes: Path | None,
    domain: str | None,
    admin: str | None,
    calendars: tuple[str, ...],
    since: date | None,
) -> None:
    """Connect Gmail and Google Calendar.

    One person: the consent page opens in the browser. A whole Workspace: a service account whose delegation the
    administrator has granted; only the mailboxes that you name are read. docs/google.md leads through both.
    """
    if service_account is None and (mailboxes or domain or admin):
        raise Refusal("--mailboxes, --domain and --admin go with --service-account FILE")
    if service_account is not None and (mailboxes is None) == (domain is None):
        raise Refusal("Say whose mailboxes may be read: --mailboxes FILE, or --domain DOMAIN with --admin ADDRESS")
    if domain is not None and admin is None:
        raise Refusal("--domain needs --admin ADDRESS: the directory is read in an administrator's name")
    config: dict[str, Any] = {"may_send": send}
    if calendars:
        config["calendars"] = list(calendars)
    if since is not None:
        config["since"] = start_of(since).isoformat()
    with opened() as house, _in_words():
        if service_account is not None:
            _connect_robot(house, service_account, mailboxes, domain, admin, tier, config)
        else:
            _connect_person(house, client_file, mailbox, no_browser=no_browser, tier=tier, config=config)


def _connect_person(
    house: Opened,
    client_file: Path | None,
    wanted: str | None,
    *,
    no_browser: bool,
    tier: str,
    config: dict[str, Any],
) -> None:
    from connectors.google.consent import (  # noqa: PLC0415  --help is quick
        SCOPES,
        SEND_SCOPE,
        by_browser,
        by_pasting,
        has_browser,
    )
    from connectors.google.opening import Access, whose  # noqa: PLC0415
    from flows.open_google import place_of  # noqa: PLC0415
    from flows.waiting import WaitingClock  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    google = house.settings.google
    client = _client(house, client_file)
    scopes = SCOPES[tier] + ((SEND_SCOPE,) if config["may_send"] else ())
    options: dict[str, Any] = {"timeout": google.timeout_seconds, "hint": wanted, "ca_file": google.ca_file}
    if no_browser:
        say("Open this address in a browser on any machine, and give consent:")
        say()
        consent = by_pasting(client, scopes, show=say, ask=_paste, **options)
    else:
        if has_browser():
            say("Your browser opens Google's consent page. If it does not, open this address on this machine:")
        else:
            say("No browser was found. Open this address on this machine, or press Ctrl-C and add --no-browser:")
        say()
        consent = by_browser(client, scopes, show=say, **options)
    missing = sorted(scope.rpartition("/")[2] for scope in set(scopes) - consent.granted)
    if missing:
        raise NotAllowed(
            f"Consent was given without {', '.join(missing)}: run the command again and leave every box ticked"
        )
    access = Access(
        mailbox=wanted or "me",
        tier=tier,
        secret=consent.secret,
        place=place_of(house.settings),
        budget=_budget(house),
        clock=WaitingClock(now),
    )
    mailbox = whose(access)
    if wanted is not None and mailbox != wanted.strip().lower():
        raise Refusal(f"{mailbox} signed in, not {wanted}: nothing was connected")
    _keep(house, mailbox, tier, config, consent.secret)
    say()
    say(f"Connected {mailbox} ({tier}{', may send alerts' if config['may_send'] else ''}).")
    say("Next: gonequiet pull, then gonequiet partners suggest")


def _connect_robot(
    house: Opened,
    key_file: Path,
    mailboxes: Path | None,
    domain: str | None,
    admin: str | None,
    tier: str,
    config: dict[str, Any],
) -> None:
    from connectors.base import ConnectorError  # noqa: PLC0415  --help is quick
    from connectors.google.opening import Access, read_key, whose  # noqa: PLC0415
    from flows.open_google import place_of  # noqa: PLC0415
    from flows.waiting import WaitingClock  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    key = read_key(key_file)
    secret = {"kind": "robot", "key": key}
    config = {**config, "robot": True, "client_id": key.get("client_id", "")}
    place, budget, clock = place_of(house.settings), _budget(house), WaitingClock(now)
    if mailboxes is not None:
        wanted = _addresses_in(mailboxes)
    else:
        from connectors.google.people import mailboxes_of  # noqa: PLC0415

        wanted = mailboxes_of(
            key,
            domain or "",
            admin or "",
            root=house.settings.google.admin_root,
            place=place,
            budget=budget,
            clock=clock,
        )
    refused: list[str] = []
    connected = 0
    for mailbox in wanted:
        access = Access(mailbox=mailbox, tier=tier, secret=secret, place=place, budget=budget, clock=clock)
        try:
            whose(access)
        except ConnectorError as e:
            refused.append(f"{mailbox}: {e}")
            continue
        _keep(house, mailbox, tier, config, secret)
        connected += 1
    say(f"Connected {count_of(connected, 'mailbox').replace('mailboxs', 'mailboxes')} ({tier}).")
    if refused:
        raise NotAllowed("Not connected: " + "; ".join(refused))
    say("Next: gonequiet pull, then gonequiet partners suggest")


def _keep(house: Opened, mailbox: str, tier: str, config: dict[str, Any], secret: dict[str, Any]) -> None:
    from flows.disconnect import sources_of  # noqa: PLC0415  --help is quick
    from models.clock import now  # noqa: PLC0415
    from models.directory import FREE_MAIL, domain_of  # noqa: PLC0415
    from models.vault import Vault  # noqa: PLC0415

    sealed = Vault.of(house.settings.data).seal(secret)
    before = house.store.accounts.find("google", mailbox)
    if tier == "text" and before is not None and (before.tier != "text" or before.config.get("read_texts")):
        # Mail with partners that was read by its headers is read once more, with its words: all ids are listed anew.
        config = {**config, "read_texts": True}
        house.store.sources.start_over(f"gmail:{mailbox}")
    account = house.store.accounts.connect("google", mailbox, tier=tier, config=config, sealed=sealed, now=now())
    house.store.sources.forgive(sources_of(account))
    domain = domain_of(mailbox)
    if mailbox not in house.us and domain not in house.us:
        # Colleagues are no partners: our domain is ours, unless anybody can have an address there.
        house.store.partners.set_us([*house.store.partners.us(), mailbox if domain in FREE_MAIL else domain])


def _client(house: Opened, client_file: Path | None) -> Client:
    from connectors.google.consent import read_client  # noqa: PLC0415

    path = client_file or house.settings.google.client_file
    if path is None:
        raise Refusal(_MISSING_CLIENT)
    return read_client(path, auth_uri=house.settings.google.auth_uri, token_uri=house.settings.google.token_uri)


def _budget(house: Opened) -> Any:
    from connectors.budget import Budget  # noqa: PLC0415

    return Budget(house.store.budgets)


def _paste() -> str:
    say()
    say("The browser then shows an error page; that is expected. Copy the whole address of that page.")
    return str(click.prompt("Paste it here", prompt_suffix=": "))


def _addresses_in(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise Refusal(
            f"The list of mailboxes {path} cannot be read: {getattr(e, 'strerror', None) or 'no text'}"
        ) from e
    found = {line.partition("#")[0].strip().lower() for line in lines} - {""}
    wrong = sorted(name for name in found if name.count("@") != 1)
    if wrong:
        raise Refusal(f"{path}: {wrong[0]!r} is not an e-mail address")
    if not found:
        raise Refusal(f"{path} names no mailbox: write one address a line")
    return sorted(found)


@contextmanager
def _in_words() -> Iterator[None]:
    from connectors.base import AccessDenied, ServiceUnavailable  # noqa: PLC0415
    from models.vault import VaultError  # noqa: PLC0415

    try:
        yield
    except AccessDenied as e:
        raise NotAllowed(str(e)) from e
    except ServiceUnavailable as e:
        raise TryLater(str(e)) from e
    except (VaultError, ValueError) as e:
        raise Refusal(str(e)) from e
