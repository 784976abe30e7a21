"""`gonequiet replay`: which alarms the past would have brought, from the store or from an events file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from cli.errors import Refusal
from cli.output import count_of, say


@click.command()
@click.option("--events", type=click.Path(path_type=Path), help="Events to replay: CSV, plain, .gz or .xz.")
@click.option("--until", metavar="YYYY-MM-DD", help="The last day to judge (UTC). Default: the last day of the file.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the alarms here as CSV: us,partner,alarm_ts,text.")
def command(events: Path | None, until: str | None, out: Path | None) -> None:
    """Replay the past as if live, and show each alarm it would have brought. No alarm knows anything later than itself.

    \b
    Example:
      gonequiet replay --events events.csv.xz --until 2026-06-30 --out alarms.csv
    """
    if events is None:
        raise Refusal("Nothing to replay: name an events file with --events FILE.csv")
    _replay_file(events, _day(until), out)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise Refusal(f"--until {text!r} is not a date: write it as 2026-06-30") from e


def _replay_file(events: Path, until: date | None, out: Path | None) -> None:
    from flows.event_file import Unusable  # noqa: PLC0415  --help needs none of these
    from flows.event_file import events as read  # noqa: PLC0415
    from flows.replay import alarms, write_alarms  # noqa: PLC0415

    try:
        found = sorted(alarms(read(events), until), key=lambda alarm: (alarm.ts, alarm.us, alarm.partner))
    except Unusable as e:
        raise Refusal(str(e)) from e
    if out is None:
        for alarm in found:
            say(f"{datetime.fromtimestamp(alarm.ts, UTC):%Y-%m-%d}  {alarm.us} <- {alarm.partner}: {alarm.text}")
        say(f"{count_of(len(found), 'alarm')}.")
        return
    try:
        write_alarms(found, out)
    except OSError as e:
        raise Refusal(f"{out} cannot be written: {e.strerror}") from e
