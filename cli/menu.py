"""A group of commands as a page of a manual: every line whole, and a mistyped name answered with the nearest one."""

from __future__ import annotations

import errno
import os
import sys
from difflib import get_close_matches
from typing import Any

import click

from cli.errors import INTERRUPTED, Refusal

# What the machine refuses, and no fault of ours: told in a sentence instead of a traceback.
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE}


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with what a person should know of the work at hand."""


class Menu(click.Group):
    """A group that lists its commands without shortening a line, and knows what was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command meant by the first word; a usage error names the nearest ones."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0], self.list_commands(ctx), n=2, cutoff=0.6)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command in the order in which one meets them, as they are written."""
        return list(self.commands)

    def lines(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Name and first sentence of every command."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        return [(name, command.get_short_help_str(limit=200)) for name, command in commands if command is not None]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, one line each."""
        with formatter.section("Commands"):
            formatter.write_dl(self.lines(ctx))


def in_words(ctx: click.Context, run: Any) -> Any:
    """What `run` gives; Ctrl-C ends with its own exit code, and what the machine refuses is said in one sentence."""
    try:
        return run()
    except KeyboardInterrupt as e:
        click.echo(("\n" if sys.stderr.isatty() else "") + (str(e) or "Stopped."), err=True)
        ctx.exit(INTERRUPTED)
    except OSError as e:
        if e.errno not in _OF_THE_MACHINE:
            raise
        what = os.fspath(e.filename) if isinstance(e.filename, str | os.PathLike) else "what this command prints"
        raise Refusal(f"The machine refuses {what}: {e.strerror}") from e
