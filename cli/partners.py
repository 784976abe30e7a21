"""`gonequiet partners`: whom we watch."""

from __future__ import annotations

from dataclasses import replace

import click

from cli.errors import Refusal
from cli.opening import opened
from cli.output import say
from cli.partners_add import add
from cli.partners_edit import edit
from cli.partners_show import list_, show, suggest


class _InOrder(click.Group):
    """Lists its commands in the order one meets them, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As they were added."""
        return list(self.commands)


@click.group(name="partners", cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Suggest, add, list, show, edit, pause and remove partners.

    A partner is an outside organisation whose contact we watch: its domains, or single addresses where a domain says
    nothing (free mail). Each has a short KEY that other commands take; a title or domain is understood as well.

    \b
    Examples:
      gonequiet partners suggest
      gonequiet partners add northwind.example --owner ana@example.org --zone Asia/Kolkata --country IN
      gonequiet partners pause northwind --until 2026-12-27 --reason "summer closing"
    """


for _part in (suggest, add, list_, show, edit):
    command.add_command(_part)


@command.command(short_help="Let silence mean nothing until a date.")
@click.argument("key")
@click.option("--until", required=True, metavar="DATE", help="First day that counts again: 2026-12-01, or 10d, 3w.")
@click.option("--reason", help="Why; shown wherever the pause is.")
def pause(key: str, until: str, reason: str | None) -> None:
    """Let a partner's silence mean nothing until a date: holidays, a finished phase, a strike.

    The paused days do not count later either, so nobody is alarmed on the day the pause ends.
    """
    from cli import partner_checks as checks  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415
    from models.records import Absence  # noqa: PLC0415

    with opened() as house:
        partner = house.partner(key)
        today = now().date()
        end = checks.day_ahead(until, today=today)
        why = None if reason is None else checks.title(reason, "reason")
        house.store.partners.change(replace(partner, paused_until=end, pause_reason=why))
        house.store.partners.add_absence(Absence(partner=partner.key, since=today, until=end))
        house.store.standings.touch_all()
        say(f"{partner.title} is paused: its silence means nothing until {end}.")
        say(f"Undo: gonequiet partners resume {partner.key}")


@command.command()
@click.argument("key")
def resume(key: str) -> None:
    """End a pause today. The days paused so far still do not count."""
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        partner = house.partner(key)
        today = now().date()
        open_ = [
            absence
            for absence in house.store.partners.absences(partner.key)
            if absence.origin == "declared" and (absence.until is None or absence.until > today)
        ]
        if partner.paused_until is None and not open_:
            raise Refusal(f"{partner.title} is not paused")
        for absence in open_:
            house.store.partners.add_absence(replace(absence, until=max(today, absence.since)))
        house.store.partners.change(replace(partner, paused_until=None, pause_reason=None))
        house.store.standings.touch_all()
        say(f"{partner.title} is watched again from today.")


@command.command(short_help="Forget a partner and its history.")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(key: str, yes: bool) -> None:
    """Forget a partner: its settings, stored mail facts, standing and history."""
    with opened() as house:
        partner = house.partner(key)
        leaning = [p.key for p in house.store.partners.all() if p.backup == partner.key]
        if leaning:
            raise Refusal(
                f"{partner.key} is the backup of {', '.join(leaning)}: "
                f"first `gonequiet partners edit {leaning[0]} --clear backup`"
            )
        if not yes:
            click.confirm(f"Forget {partner.title} and everything known of it?", abort=True)
        house.store.partners.remove(partner.key)
        house.store.standings.touch_all()
        say(f"{partner.title} is forgotten. Its mail counts as an outsider's from the next `gonequiet run` on.")
