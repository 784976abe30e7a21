"""`gonequiet doctor`: says in words what is wrong, and what to do."""

from __future__ import annotations

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
        say(f"{bad} wrong, {look} to look at." if bad or look else "All is well.")
    if any(finding.health is Health.BAD for finding in found):
        click.get_current_context().exit(FAILED)


def _show(finding: Finding) -> None:
    word, colour = _MARKS[finding.health]
    say(f"{click.style(f'{word:<5}', fg=colour)}  {finding.about}: {finding.says}")
    if finding.todo:
        say(f"       {finding.todo}")
