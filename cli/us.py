"""`gonequiet us`: who we are, by domain and address."""

from __future__ import annotations

import click

from cli.errors import Refusal
from cli.opening import Opened, opened
from cli.output import as_json, say


@click.command()
@click.argument("names", nargs=-1, metavar="[DOMAIN|ADDRESS]...")
@click.option("--forget", multiple=True, metavar="DOMAIN|ADDRESS", help="This is not us after all; may be repeated.")
@click.option("--json", "json_", is_flag=True, help="Print as JSON; the fields are described in docs/json.md.")
def command(names: tuple[str, ...], forget: tuple[str, ...], json_: bool) -> None:
    """Show who we are, add a domain or address of ours, or forget one.

    Everything else is measured from here: who is not us is outside. Names in the settings (us = [...]) count as well.

    \b
    Examples:
      gonequiet us
      gonequiet us example.org ana@gmail.com
      gonequiet us --forget exmaple.org
    """
    added = {our_name(name) for name in names}
    gone = {name.strip().lower().lstrip("@") for name in forget}
    with opened() as house:
        stored = set(house.store.partners.us())
        _check(house, added, gone, stored)
        if added or gone:
            from cli.partners_add import settle  # noqa: PLC0415  showing needs it not

            stored = (stored | added) - gone
            house.store.partners.set_us(stored)
            settle(house)
        settings = sorted(house.settings.us)
        if json_:
            as_json({"remembered": sorted(stored), "settings": settings})
            return
        for name in sorted(stored):
            say(name)
        for name in settings:
            say(f"{name}  (settings)")
        if not stored and not settings:
            say("Nobody is us yet.")
            say("Next: gonequiet us example.org")
        elif added or gone:
            say("Everybody is placed anew at the next `gonequiet run`.")


def _check(house: Opened, added: set[str], gone: set[str], stored: set[str]) -> None:
    for name in sorted(gone - stored):
        where = ": it stands in the settings, take it out there" if name in house.settings.us else ""
        raise Refusal(f"The name {name} is not remembered as ours{where}")
    for partner in house.store.partners.all():
        for name in sorted(added & {*partner.domains, *partner.addresses}):
            raise Refusal(f"The name {name} belongs to the partner {partner.key}: it cannot be ours as well")


def our_name(text: str) -> str:
    """A domain or address of ours as it is remembered; Refusal where it can be neither, or says nothing."""
    from cli.partner_checks import address, domain_in  # noqa: PLC0415
    from models.directory import FREE_MAIL  # noqa: PLC0415

    if "@" in text.strip()[1:]:
        return address(text)
    name = domain_in(text)
    if name is None:
        raise Refusal(f"{text!r} cannot be us: name a domain such as example.org, or an address such as ana@gmail.com")
    if name in FREE_MAIL:
        raise Refusal(f"Anybody can have a mailbox at {name}: name your own address there instead, ana@{name}")
    return name
