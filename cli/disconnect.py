"""`gonequiet disconnect NAME`: consent withdrawn, credential and everything read erased; or an archive forgotten."""

from __future__ import annotations

import click

from cli.errors import Refusal
from cli.opening import Opened, opened
from cli.output import count_of, label_of, say, sure


@click.command()
@click.argument("mailbox", metavar="MAILBOX|ARCHIVE")
@click.option("--provider", type=click.Choice(["google", "microsoft"]), help="Where one address is connected at both.")
@click.option("--keep-data", is_flag=True, help="Withdraw the consent, but keep what was read.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(mailbox: str, provider: str | None, keep_data: bool, yes: bool) -> None:
    """Withdraw the consent for MAILBOX at its provider, and erase its credential and everything read from it.

    Mail that another connected account has too stays, as seen by that one. Partners are judged anew.

    An ARCHIVE that was imported, named as `gonequiet accounts` does, is not looked for again: for files that were moved
    or are damaged. The mails stored from it stay; its meetings go.
    """
    from flows.disconnect import disconnect  # noqa: PLC0415  --help needs none of these
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        wanted = mailbox.strip().lower()
        found = [
            a
            for a in house.store.accounts.all(provider)
            if a.mailbox == wanted or wanted in {str(a.id), f"account {a.id}"}
        ]
        if not found and _forget_archive(house, mailbox.strip()):
            return
        if not found:
            raise Refusal(f"{mailbox!r} is neither connected nor an archive: `gonequiet accounts` shows all")
        if len(found) > 1:
            raise Refusal(f"{mailbox} is connected at {' and '.join(a.provider for a in found)}: add --provider")
        account = found[0]
        what = "keep what was read" if keep_data else "erase everything read from it"
        if not yes and not sure(f"Disconnect {account.mailbox} ({account.provider}) and {what}?"):
            return
        left = disconnect(house.store, house.settings, account, clock=now, keep=keep_data)
        say(
            f"Disconnected {account.mailbox}; erased {count_of(left.erased, 'mail or meeting version')}.".replace(
                "mail or meeting versions", "mails and meeting versions"
            )
        )
        if left.revoked is True:
            say("The consent is withdrawn at Google.")
        elif left.revoked is False:
            say("The consent could not be withdrawn at Google: remove the app at myaccount.google.com/connections")
        else:
            where = (
                "admin.google.com: Security, API controls, Domain-wide delegation"
                if account.provider == "google"
                else "myapps.microsoft.com, or by the administrator in Entra"
            )
            say(f"The permission itself is withdrawn at {where}.")
        say("Next: gonequiet run")


def _forget_archive(house: Opened, name: str) -> bool:
    """Forget the archive of this name, label or place; False where there is none."""
    names = [
        source.name
        for source in house.store.sources.all()
        if not source.live and name in {source.name, label_of(source.name), source.location}
    ]
    if len(names) > 1:
        raise Refusal(f"Several archives are called {name}: name one of {', '.join(names)}")
    for archive in names:
        house.store.sources.forget(archive)
        house.store.standings.touch_all()
        say(f"Forgotten: {archive}. What was stored of its mails stays.")
        say("Next: gonequiet run")
    return bool(names)
