"""`gonequiet replay`: which alerts the past would have brought, from the store or from an events file."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.errors import Refusal
from cli.output import as_json, count_of, say

if TYPE_CHECKING:
    from cli.opening import Opened
    from flows.hindsight import Hindsight
    from flows.relive import Alert
    from flows.replay import Alarm
    from flows.tone_past import ToneTurn


@click.command()
@click.option(
    "--months", type=click.FloatRange(min=0.1, max=240), metavar="N", help="How far to look back. [default: 12]"
)
@click.option("--json", "json_", is_flag=True, help="Print as JSON; the fields are described in docs/json.md.")
@click.option("--apply", "apply_", is_flag=True, help="Judge from now on as this history needs to keep the budget.")
@click.option("--undo", is_flag=True, help="Take back the strictness applied last; the one before holds again.")
@click.option(
    "--events",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Replay this file instead: CSV, plain, .gz or .xz.",
)
@click.option("--until", metavar="DATE", help="With --events: the last day to judge (UTC). [default: its last]")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="With --events: write us,partner,alarm_ts,text here."
)
def command(
    months: float | None,
    json_: bool,
    apply_: bool,
    undo: bool,
    events: Path | None,
    until: str | None,
    out: Path | None,
) -> None:
    """Replay the past as if live: each alert it would have brought, and how the silence ended.

    No alert knows anything later than itself. Without --events the stored history of all partners is replayed; nothing
    is sent, and nothing is changed but by --apply and --undo. What people answered to alerts counts for more than how a
    silence ended: handled is no false alarm, "not a problem because ..." is one.

    An events file has the columns us,partner,ts,dir (and person,msg,in_reply_to), in order of ts: ts in Unix seconds,
    dir in or out.

    \b
    Examples:
      gonequiet replay --months 12
      gonequiet replay --months 12 --apply
      gonequiet replay --events events.csv.xz --until 2026-06-30 --out alarms.csv
    """
    if events is None:
        if until is not None or out is not None:
            raise Refusal("--until and --out belong to an events file: name it with --events FILE.csv")
        if undo:
            if apply_ or months is not None:
                raise Refusal("--undo takes back what was applied before: give it alone")
            _undo()
            return
        _replay_store(12.0 if months is None else months, json_, apply_=apply_)
        return
    if apply_ or undo:
        raise Refusal("--apply and --undo belong to the stored history, and --events reads a file: choose one")
    if months is not None:
        raise Refusal("--months looks into the store and --events into a file: choose one")
    _replay_file(events, _day(until), out, json_)


def _replay_store(months: float, json_: bool, *, apply_: bool) -> None:
    from cli.opening import opened  # noqa: PLC0415  --help and --events need no store
    from flows.hindsight import hindsight  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        past = hindsight(house.store, house.settings, house.directory, months=months, now=now())
        if json_:
            as_json(past)
        else:
            _show(past, months, house.next_step)
        if apply_:
            _apply(house, past, told=not json_)


def _apply(house: Opened, past: Hindsight, *, told: bool) -> None:
    from getpass import getuser  # noqa: PLC0415

    from flows.calibrate import calibrate  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    if house.settings.judge.strictness is not None:
        raise Refusal("strictness is set by hand under [judge], which holds: take that line out to let history decide")
    if house.settings.judge.calibrate == "off":
        raise Refusal('calibrate = "off" under [judge] keeps history out: set it to "propose" or "apply" first')
    done = calibrate(house.store, past, who=getuser(), in_use=True, now=now())
    if done.kept is None:
        raise Refusal(f"Nothing was applied, because this history cannot say: {done.missing}")
    if told:
        say(f"Applied: partners are judged at strictness {done.kept.strictness:.2f} from the next run on.")
        say("To take it back: gonequiet replay --undo")


def _undo() -> None:
    from cli.opening import opened  # noqa: PLC0415
    from flows.strictness import in_force  # noqa: PLC0415
    from metrics.rhythm_prior import MODEL_VERSION  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        gone = house.store.calibrations.undo(MODEL_VERSION, now=now())
        if gone is None:
            raise Refusal("There is nothing to take back: no strictness from the own history is in use")
        holds = in_force(house.store, house.settings)
        say(f"Taken back: strictness {gone.strictness:.2f}. Now in use: {holds.value:.2f}, {holds.sentence()}.")
        say("The monthly look back only proposes from now on; gonequiet replay --apply applies.")


def _show(past: Hindsight, months: float, next_step: str) -> None:
    if not past.partners:
        say("No partner is watched yet.")
        say(f"Next: {next_step}")
        return
    width = min(120, shutil.get_terminal_size((100, 24)).columns)
    for alert in past.alerts:
        say(f"{alert.at:%d %b %Y}  {click.style(alert.title, bold=True)}  ({_ending(alert)})")
        for line in textwrap.wrap(alert.reason, width - 13):
            say(f"{'':13}{line}")
    if past.alerts:
        say()
    stretch = f"{months:g} month" + ("" if months == 1 else "s")
    ended = sum(1 for alert in past.alerts if alert.ended is not None)
    silent = len(past.alerts) - ended
    endings = [f"{count_of(ended, 'silence')} ended later"] if ended else []
    endings += [f"{count_of(silent, 'silence')} {'goes' if silent == 1 else 'go'} on"] if silent else []
    of_whom = f"{count_of(len(past.alerts), 'alert')} in {stretch} over {count_of(past.partners, 'partner')}"
    say(f"{of_whom}{': ' if endings else ''}{', '.join(endings)}.")
    granted = (
        f"Budget: {_few(past.budget_per_month, 'false alarm')} a month, so {past.allowed:.0f} in {stretch}; "
        f"{past.false_alarms} of these alerts {'was' if past.false_alarms == 1 else 'were'} false (word came by itself "
        "within a quarter, or somebody answered that it was no problem)."
    )
    say(textwrap.fill(granted, width))
    origin = {"settings": "set by hand", "history": "from your own history"}.get(past.origin, "from the budget alone")
    in_use = f"In use: strictness {past.strictness:.2f}, {origin}."
    if past.own is None:
        said = f"Which strictness your own history would need cannot be said: {past.own_missing}. {in_use}"
    else:
        answered = f", with {count_of(past.own.labels, 'answer')} of yours" if past.own.labels else ""
        said = (
            f"By this history a strictness of {past.own.strictness:.2f} keeps the budget "
            f"({past.own.false_alarms} false alarms in {past.own.partner_years:.0f} partner-years{answered}). {in_use}"
        )
    say(textwrap.fill(said, width))
    _show_tone(past.tone, width)


def _few(n: float, noun: str) -> str:
    """A number that need not be whole, with its noun."""
    return f"{n:g} {noun}" + ("" if n == 1 else "s")


def _show_tone(turns: Sequence[ToneTurn], width: int) -> None:
    if not turns:
        return
    say()
    say(click.style("Where the tone turned", bold=True) + ": no alert by itself, it makes other warnings more or less")
    say("believable, and nobody is called quiet for it.")
    for turn in turns:
        say(f"{turn.at:%d %b %Y}  {click.style(turn.title, bold=True)}  ({_belief(turn)})")
        for line in textwrap.wrap(sentence_of(turn), width - 13):
            say(f"{'':13}{line}")


def sentence_of(turn: ToneTurn) -> str:
    """ "Their mails had turned cooler since about 12 March 2026 (90 percent of 112 mails scored). ..."."""
    from models.records import Side  # noqa: PLC0415  --help needs none of these

    whose = "Their mails" if turn.side is Side.PARTNER else "Our mails to them"
    way = "cooler" if turn.cooler else "warmer"
    said = f"{whose} had turned {way} since about {turn.since:%-d %B %Y} ({turn.scored})."
    if turn.side is not Side.PARTNER:
        return said
    after = "No alert followed." if turn.alert_at is None else f"An alert followed on {turn.alert_at:%-d %B %Y}."
    return f"{said} {after}"


def _belief(turn: ToneTurn) -> str:
    from models.records import Side  # noqa: PLC0415  --help needs none of these

    if turn.side is not Side.PARTNER:
        return "our own side, for you to know"
    return "other warnings more believable" if turn.cooler else "other warnings less believable"


def _ending(alert: Alert) -> str:
    days = count_of(alert.after_days, "working day")
    ending = f"still silent after {days} more" if alert.ended is None else f"came back after {days} more"
    return ending if alert.label is None else f"{ending}; answered: {alert.label}"


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise Refusal(f"--until {text!r} is not a date: write it as 2026-06-30") from e


def _replay_file(events: Path, until: date | None, out: Path | None, json_: bool) -> None:
    from flows.event_file import Unusable  # noqa: PLC0415  --help needs none of these
    from flows.event_file import events as read  # noqa: PLC0415
    from flows.replay import alarms, write_alarms  # noqa: PLC0415

    try:
        found = sorted(alarms(read(events), until), key=lambda alarm: (alarm.ts, alarm.us, alarm.partner))
    except Unusable as e:
        raise Refusal(str(e)) from e
    if out is not None:
        try:
            write_alarms(found, out)
        except OSError as e:
            raise Refusal(f"The file {out} cannot be written: {e.strerror}") from e
    if json_:
        as_json([_row(alarm) for alarm in found])
    elif out is None:
        for alarm in found:
            say(f"{_moment(alarm):%Y-%m-%d}  {alarm.us} <- {alarm.partner}: {alarm.text}")
        say(f"{count_of(len(found), 'alarm')}.")
    else:
        say(f"{count_of(len(found), 'alarm')} written to {out}.")


def _row(alarm: Alarm) -> dict[str, Any]:
    return {"us": alarm.us, "partner": alarm.partner, "at": _moment(alarm), "text": alarm.text}


def _moment(alarm: Alarm) -> datetime:
    return datetime.fromtimestamp(alarm.ts, UTC)
