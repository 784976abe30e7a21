"""`gonequiet partners`: whom we watch."""

from __future__ import annotations

import importlib
from typing import cast

import click

from cli.menu import Menu

# command -> (module, name there, one line for --help); imported only when called, so that each starts at once
_PARTS: dict[str, tuple[str, str, str]] = {
    "suggest": ("cli.partners_show", "suggest", "Propose organisations worth watching."),
    "add": ("cli.partners_add", "add", "Watch an organisation, or several."),
    "list": ("cli.partners_show", "list_", "List every partner and where it stands."),
    "show": ("cli.partners_show", "show", "Show all that is set for one partner."),
    "edit": ("cli.partners_edit", "edit", "Change what is set for a partner."),
    "pause": ("cli.partners_pause", "pause", "Let silence mean nothing until a date."),
    "resume": ("cli.partners_pause", "resume", "End a pause today."),
    "remove": ("cli.partners_pause", "remove", "Forget a partner and its history."),
}


class _Parts(Menu):
    """Knows its commands by name, in the order one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command."""
        return list(_PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None if there is none."""
        if cmd_name not in _PARTS:
            return None
        module, name, _ = _PARTS[cmd_name]
        return cast("click.Command", getattr(importlib.import_module(module), name))

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """One line each, without importing any."""
        return [(name, line) for name, (_, _, line) in _PARTS.items()]


@click.group(name="partners", cls=_Parts, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Suggest, add, list, show, edit, pause and remove partners.

    A partner is an outside organisation whose contact we watch: its domains, or single addresses where a domain says
    nothing (free mail). Each has a short key, "northwind"; where PARTNER stands, its title or domain does as well.

    \b
    Examples:
      gonequiet partners suggest
      gonequiet partners add northwind.example --owner ana@example.org
      gonequiet partners pause northwind --until 2026-12-27 --reason "closing"
    """
