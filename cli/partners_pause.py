"""`gonequiet partners pause`, `resume` and `remove`: watch it later, again, no more."""

from __future__ import annotations

from dataclasses import replace

import click

from cli import partner_checks as checks
from cli.errors import Refusal
from cli.opening import opened
from cli.output import say, sure
from models.clock import now
from models.records import Absence


@click.command()
@click.argument("key", metavar="PARTNER")
@click.option("--until", required=True, metavar="DATE", help="First day that counts again: 2026-12-01, or 10d, 3w.")
@click.option("--reason", help="Why; shown wherever the pause is.")
def pause(key: str, until: str, reason: str | None) -> None:
    """Let a partner's silence mean nothing until a date: holidays, a finished phase, a strike.

    The paused days do not count later either, so nobody is alarmed on the day the pause ends.
    """
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


@click.command()
@click.argument("key", metavar="PARTNER")
def resume(key: str) -> None:
    """End a pause today. The days paused so far still do not count."""
    with opened() as house:
        partner = house.partner(key)
        today = now().date()
        open_ = [
            absence
            for absence in house.store.partners.absences(partner.key)
            if absence.origin == "declared" and (absence.until is None or absence.until > today)
        ]
        if partner.paused_until is None and not open_:
            raise Refusal(f"The partner {partner.key} is not paused")
        for absence in open_:
            house.store.partners.add_absence(replace(absence, until=max(today, absence.since)))
        house.store.partners.change(replace(partner, paused_until=None, pause_reason=None))
        house.store.standings.touch_all()
        say(f"{partner.title} is watched again from today.")


@click.command()
@click.argument("key", metavar="PARTNER")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(key: str, yes: bool) -> None:
    """Forget a partner: its settings, stored mail facts, standing and history."""
    with opened() as house:
        partner = house.partner(key)
        leaning = [p.key for p in house.store.partners.all() if p.backup == partner.key]
        if leaning:
            raise Refusal(
                f"The partner {partner.key} is the backup of {', '.join(leaning)}: "
                f"first `gonequiet partners edit {leaning[0]} --clear backup`"
            )
        if not yes and not sure(f"Forget {partner.title} and everything known of it?"):
            return
        house.store.partners.remove(partner.key)
        house.store.standings.touch_all()
        say(f"{partner.title} is forgotten. Its mail counts as an outsider's from the next `gonequiet run` on.")
