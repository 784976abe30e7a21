"""`gonequiet person`: what is kept of one person, and erasing it."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.errors import Refusal
from cli.menu import Menu
from cli.opening import opened
from cli.output import as_json, count_of, say, shown_time, sure


@click.group(cls=Menu)
def command() -> None:
    """Answer a person who asks what is kept of them, or asks to be erased."""


@command.command()
@click.argument("address")
@click.option("--json", "json_", is_flag=True, help="Print every row as JSON.")
def export(address: str, json_: bool) -> None:
    """Show everything that is kept under ADDRESS: mails, meetings, absences, and what was said of them."""
    with opened() as house:
        kept = house.store.persons.kept(_address(address))
        if kept is None:
            raise Refusal(f"Nothing is kept of {address}")
        if json_:
            as_json(asdict(kept))
            return
        zone = house.settings.zone
        say(f"{kept.address}{f' ({kept.name})' if kept.name else ''}")
        for what, rows in (("mails written", kept.written), ("mails received", kept.received)):
            span = f", {shown_time(rows[0][0], zone)} to {shown_time(rows[-1][0], zone)}" if rows else ""
            say(f"  {what}: {len(rows)}{span}")
        say(f"  meetings: {len(kept.meetings)}")
        for key, since, until, origin in kept.absences:
            say(f"  absence: {key}, {since} to {until or 'not known'} ({origin.replace('_', ' ')})")
        for _, _, since_, until_, sentence in kept.concerns:
            ended = f" to {shown_time(until_, zone)}" if until_ is not None else ""
            say(f"  said of them, {shown_time(since_, zone)}{ended}: {sentence}")
        letters, answers = count_of(len(kept.letters), "mail"), count_of(len(kept.answers), "answer")
        say(f"  {letters} of ours to them, {answers} of theirs")
        say("No text is kept; subjects only where the settings keep them. Every row: --json")


@command.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(address: str, yes: bool) -> None:
    """Make ADDRESS nobody: their address, name and subjects go; that the two sides were in contact stays.

    It cannot be undone. Their mail stays in the mailboxes it lies in: what is read later brings the address again.
    """
    from models.store.persons import NamedPartner  # noqa: PLC0415

    person = _address(address)
    with opened() as house:
        if house.store.persons.kept(person) is None:
            raise Refusal(f"Nothing is kept of {address}")
        if not yes and not sure(f"Erase {person} for good?"):
            return
        try:
            house.store.persons.erase(person)
        except NamedPartner as e:
            raise Refusal(f"{person} cannot be erased: {e}; change that first with `gonequiet partners edit`") from e
        say(f"{person} is nobody now. Their partners are judged anew at the next `gonequiet run`.")


def _address(text: str) -> str:
    from cli.partner_checks import address  # noqa: PLC0415

    return address(text)
