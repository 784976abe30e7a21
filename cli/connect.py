"""`gonequiet connect google|microsoft`: mailboxes that are read as they fill."""

from __future__ import annotations

import importlib
from typing import cast

import click

from cli.menu import Menu

# provider -> (module, one line for --help); imported only when called.
_PROVIDERS: dict[str, tuple[str, str]] = {
    "google": ("cli.connect_google", "Gmail and Google Calendar: one person, or a whole Workspace."),
    "microsoft": ("cli.connect_microsoft", "Outlook and its calendar: one person, or a whole tenant."),
}


class _Providers(Menu):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_PROVIDERS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _PROVIDERS:
            return None
        return cast("click.Command", importlib.import_module(_PROVIDERS[cmd_name][0]).command)

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        return [(name, line) for name, (_, line) in _PROVIDERS.items()]


@click.group(cls=_Providers)
def command() -> None:
    """Connect a mailbox and its calendar, so that they are read as they fill.

    Only metadata is read unless you choose `--tier text`. The credential is kept encrypted on this machine.
    """
