"""The door: `gonequiet COMMAND`. A command is imported only when called, so that --help is instant."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
from pathlib import Path
from typing import Any, cast

import click

from cli.errors import EXIT_CODES
from cli.menu import Menu, in_words

# Section -> command -> (module, one line for --help). The module gives the click command under the name `command`.
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "demo": ("cli.demo", "The whole job on made-up people: no account needed."),
        "import": ("cli.import_", "Read mail and calendars from files."),
        "connect": ("cli.connect", "Connect Gmail or Outlook, with the calendar."),
        "accounts": ("cli.accounts", "What is connected, how fresh and how complete it is."),
        "disconnect": ("cli.disconnect", "Withdraw the consent and erase what was read."),
    },
    "Who to watch": {
        "us": ("cli.us", "Who we are: our domains and addresses."),
        "partners": ("cli.partners", "Suggest, add, list, show, edit, pause and remove partners."),
    },
    "Every day": {
        "pull": ("cli.pull", "Read what is new, and nothing else."),
        "run": ("cli.run", "Read what is new, judge every partner, send what is due."),
        "serve": ("cli.serve", "Everything by itself: schedules, pushes, mails and pages, until Ctrl-C."),
        "status": ("cli.status", "Where every partner stands, worst first."),
        "export": ("cli.export", "Standings, signals and flips as CSV or Parquet."),
        "explain": ("cli.explain", "The evidence behind one partner's standing."),
        "alerts": ("cli.alerts", "What was sent; a test mail; answer an alert."),
        "page": ("cli.page", "The page in a browser, on this machine."),
        "doctor": ("cli.doctor", "What is wrong, in words, and what to do."),
    },
    "Look before you leap": {
        "replay": ("cli.replay", "Which alerts the past would have brought, and how each silence ended."),
    },
    "Tone": {
        "tone": ("cli.tone", "Score texts, and see what would be scored."),
    },
    "Privacy": {
        "person": ("cli.person", "Everything kept of one person; make them nobody."),
    },
}


# Python looks for unreachable cycles after every 700 new objects; starting makes a hundred thousand, all of them kept.
_NEW_OBJECTS = 50_000


class Door(Menu):
    """A group that knows its commands by name and loads them when asked."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run as the program of this process: it starts and ends without searching what it imported for garbage."""
        gc.set_threshold(_NEW_OBJECTS, 20, 50)
        atexit.register(gc.freeze)
        return super().__call__(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C and a machine that refuses are told in words."""
        return in_words(ctx, lambda: super(Door, self).invoke(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the manual."""
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None if there is none."""
        for commands in SECTIONS.values():
            if cmd_name in commands:
                return cast("click.Command", importlib.import_module(commands[cmd_name][0]).command)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands by section, without importing any of them."""
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, line) for name, (_, line) in commands.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Settings file. [default: $GONEQUIET_CONFIG, ./gonequiet.toml, the user's configuration folder]",
)
@click.version_option(package_name="gonequiet")
def main(config: Path | None) -> None:  # noqa: ARG001  read by cli.opening, once it is needed
    """Tells you when a partner has gone quiet, before it costs you.

    Gonequiet reads mail and meeting metadata, learns each partner's own rhythm, measures both sides by the same
    definitions, and mails the relationship's owner when a partner goes quiet. A mailbox that cannot be read never
    looks like a silent partner. No text is kept; subjects are dropped unless the settings keep them.

    \b
    First steps, without any account:
      gonequiet demo                          see it work on made-up people
      gonequiet import --us example.org PATH  your own mail and calendar
      gonequiet partners suggest              whom to watch; then: partners add
      gonequiet run                           read, judge, tell
      gonequiet status                        where everybody stands
    """
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        click.get_current_context().color = False
