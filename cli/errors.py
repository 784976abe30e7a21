"""How a command ends: the exit codes, and the one-sentence refusals behind them."""

from __future__ import annotations

import click

OK = 0
FAILED = 1
BAD_USE = 2
BAD_INPUT = 3
NOT_ALLOWED = 4
TRY_LATER = 5
INTERRUPTED = 130

EXIT_CODES: dict[int, str] = {
    OK: "done",
    FAILED: "an unexpected error, or doctor found something wrong",
    BAD_USE: "the command line could not be understood",
    BAD_INPUT: "a file, partner, setting or database could not be used; nothing was changed",
    NOT_ALLOWED: "a service refused access, or an archive is gone or damaged; a person must act",
    TRY_LATER: "a service or the database is busy or away; run it again later",
    INTERRUPTED: "stopped with Ctrl-C; nothing is lost, run it again to go on",
}


class Refusal(click.ClickException):
    """Bad input in one clear sentence: what, where, and what to do. Nothing was changed."""

    exit_code = BAD_INPUT

    def __init__(self, message: str) -> None:
        super().__init__(capital(message))


def capital(text: str) -> str:
    """A sentence with a capital first letter; a file, option or address in front stays as it is written."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return text[:1].upper() + text[1:] if first.rstrip(",:").isalpha() else text


class NotAllowed(Refusal):
    """A service refused access; the sentence says who must do what."""

    exit_code = NOT_ALLOWED


class TryLater(Refusal):
    """A service or the database is away or busy."""

    exit_code = TRY_LATER
