"""`gonequiet doctor`: says in words what is wrong, and what to do."""

from __future__ import annotations

import shutil
import textwrap

import click

from cli.doctor_checks import findings
from cli.doctor_finding import Finding, Health
from cli.errors import FAILED
from cli.opening import opened
from cli.output import as_json, say

_MARKS = {
    Health.GOOD: ("ok", "green"),
    Health.NOTE: ("note", "cyan"),
    Health.WARN: ("look", "yellow"),
    Health.BAD: ("wrong", "red"),
}


@click.command()
@click.option("--offline", is_flag=True, help="Ask no mail server and no name server.")
@click.option("--json", "json_", is_flag=True, help="Print as JSON.")
def command(offline: bool, json_: bool) -> None:
    """Check settings, database, clock, sources, readers and the way mails leave; say what to do where it fails.

    Nothing is changed and no mail is sent. The exit code is 1 where something is wrong, else 0.
    """
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        found = list(findings(house, clock=now, offline=offline))
    if json_:
        as_json({"findings": found})
    else:
        for finding in found:
            _show(finding)
        bad = sum(finding.health is Health.BAD for finding in found)
        look = sum(finding.health is Health.WARN for finding in found)
        say()
        counts = [f"{bad} wrong"] * bool(bad) + [f"{look} to look at"] * bool(look)
        say(f"{', '.join(counts)}." if counts else "All is well.")
    if any(finding.health is Health.BAD for finding in found):
        click.get_current_context().exit(FAILED)


def _show(finding: Finding) -> None:
    word, colour = _MARKS[finding.health]
    room = max(40, shutil.get_terminal_size((120, 24)).columns - 7)
    lines = _wrapped(f"{finding.about}: {finding.says}", room) + (_wrapped(finding.todo, room) if finding.todo else [])
    say(f"{click.style(f'{word:<5}', fg=colour)}  {lines[0]}")
    for line in lines[1:]:
        say(f"       {line}")


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
