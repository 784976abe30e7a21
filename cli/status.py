"""`gonequiet status`: every partner in one line, worst first."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.opening import Opened, opened
from cli.output import as_json, count_of, say, shown_day, shown_time

if TYPE_CHECKING:
    from models.records import Concern, Partner, Reading, Standing
    from models.settings import Settings
    from models.store.sources import Source
    from models.store.store import Store

# Worst first; the word stands beside the colour, so that colour is never the only cue.
ORDER = ("gone", "quiet", "late", "fading", "blind", "new", "paused", "on_rhythm")
_LEAST_ROOM = 40  # columns for a sentence beside a name
_STALE_DAYS = 4  # a long week-end
_MOST = 6  # partners named in a line
COLOURS = {
    "gone": "red",
    "quiet": "red",
    "late": "yellow",
    "fading": "yellow",
    "blind": "magenta",
    "new": "blue",
    "paused": "cyan",
    "on_rhythm": "green",
}


@click.command()
@click.option("--json", "json_", is_flag=True, help="Print as JSON; the fields are described in docs/json.md.")
def command(json_: bool) -> None:
    """Show where every partner stands, worst first, and whether the data can be relied on.

    The standing is that of the last `gonequiet run`. Nothing is read from mailboxes and nothing is changed.
    """
    from flows.strictness import in_force  # noqa: PLC0415  --help needs no detector

    with opened() as house:
        used = in_force(house.store, house.settings)
        if json_:
            rows, standings = ranked(house.store)
            signals, concerns = house.store.standings.latest_readings(), house.store.concerns.standing()
            as_json(
                {
                    "partners": [
                        as_row(p, standings.get(p.key))
                        | {
                            "signals": _signal_rows(signals.get(p.key, ())),
                            "concerns": [concern_row(concern) for concern in concerns.get(p.key, ())],
                        }
                        for p in rows
                    ],
                    "sources": [source_row(source) for source in house.store.sources.all()],
                    "strictness": {"value": used.value, "origin": used.origin, "says": used.sentence()},
                }
            )
            return
        rows, standings = ranked(house.store)
        if not rows:
            say("No partner is watched yet.")
            say(f"Next: {house.next_step}")
            return
        show_standings(house.store, house.settings)
        if not standings:
            return
        _show_our_side(house, rows)
        _show_age(house, standings.values())
        say()
        if used.origin != "budget":
            say(f"Strictness {used.value:.2f}, {used.sentence()}.")
        say(f"Why: gonequiet explain {rows[0].key}")


def _show_our_side(house: Opened, rows: Sequence[Partner]) -> None:
    """What we owe, press and put off: the concerns of our own side, by topic."""
    from metrics.topics import Topic, topic_of  # noqa: PLC0415  only for the list

    labels = {Topic.OWED: "answers we owe", Topic.TOO_MUCH: "too much from us", Topic.MEETINGS: "meetings we change"}
    standing = house.store.concerns.standing()
    found: dict[str, list[str]] = {label: [] for label in labels.values()}
    for partner in rows:
        for topic, label in labels.items():
            mine = [c for c in standing.get(partner.key, ()) if c.side == "us" and topic_of(c.name) is topic]
            if mine:
                began = min(concern.since for concern in mine)
                found[label].append(f"{partner.title} (since {shown_day(began, house.settings.zone)})")
    if not any(found.values()):
        return
    say()
    say(click.style("Our side:", bold=True))
    width = min(120, shutil.get_terminal_size((100, 24)).columns)
    for label, partners in found.items():
        if partners:
            more = f" and {len(partners) - _MOST} more" if len(partners) > _MOST else ""
            text = f"{label + ':':<20}{', '.join(partners[:_MOST])}{more}"
            say(textwrap.fill(text, width, initial_indent="  ", subsequent_indent=" " * 22))


def _show_age(house: Opened, standings: Iterable[Standing]) -> None:
    """Where all that was read ends days ago: people are told that the standings are of then, not of today."""
    from models.clock import now  # noqa: PLC0415  only for the list

    newest = max(standing.judged_at for standing in standings)
    days = (now() - newest).days
    if days >= _STALE_DAYS:
        more = "gonequiet run" if house.store.accounts.all() else "import newer mail, or connect an account"
        say()
        width = min(120, shutil.get_terminal_size((100, 24)).columns)
        told = f"What was read ends {days:,} days ago, and is judged as of then. To know of today: {more}."
        say(textwrap.fill(told, width))


def ranked(store: Store) -> tuple[list[Partner], dict[str, Standing]]:
    """Every partner, worst standing first, and the standings by key."""
    standings = store.standings.all()
    return sorted(store.partners.all(), key=lambda p: _rank(standings.get(p.key), p)), standings


def as_row(partner: Partner, standing: Standing | None) -> dict[str, Any]:
    """One partner for --json; state "unjudged" before the first run."""
    row: dict[str, Any] = {"key": partner.key, "title": partner.title, "owner": partner.owner, "deputy": partner.deputy}
    if standing is None:
        return row | {"state": "unjudged"}
    return row | {
        "state": standing.state,
        "since": standing.since,
        "judged_at": standing.judged_at,
        "reason": standing.reason,
        "last_inbound": standing.last_inbound,
        "last_outbound": standing.last_outbound,
        "late_after": standing.late_after,
        "quiet_after": standing.quiet_after,
        "chance": standing.chance,
        "evidence": standing.evidence,
    }


def _signal_rows(readings: Iterable[Reading]) -> dict[str, Any]:
    """The newest stored signals by name."""
    return {r.metric: {"value": r.value, "n": r.n, "at_least": r.at_least} for r in readings}


def concern_row(concern: Concern) -> dict[str, Any]:
    """What asks for attention since when, for --json; `until` is null while it stands."""
    from metrics.topics import topic_of  # noqa: PLC0415  the plain list starts without it

    return {
        "name": concern.name,
        "topic": topic_of(concern.name),
        "side": concern.side,
        "person": concern.subject or None,
        "since": concern.since,
        "until": concern.until,
        "sentence": concern.sentence,
        "value": concern.value,
        "n": concern.n,
        "historical": concern.historical,
    }


def source_row(source: Source) -> dict[str, Any]:
    """One account or archive for --json."""
    return {
        "name": source.name,
        "live": source.live,
        "read_until": source.read_until,
        "pulled_at": source.pulled_at,
        "failed_at": source.failed_at,
        "failure": source.failure,
        "needs_person": source.needs_person,
    }


def _rank(standing: Standing | None, partner: Partner) -> tuple[int, float, str]:
    if standing is None:
        return len(ORDER), 0.0, partner.key
    return ORDER.index(standing.state.value), standing.since.timestamp(), partner.key


def show_standings(store: Store, settings: Settings) -> None:
    """Print every partner in one line, and the sources that cannot be read."""
    rows, standings = ranked(store)
    sources = store.sources.all()
    judged = [standings[p.key] for p in rows if p.key in standings]
    if not judged:
        say(f"{count_of(len(rows), 'partner')}, none judged yet.")
        say("Next: gonequiet run")
        return
    counts = Counter(standing.state.value for standing in judged)
    as_of = max(standing.judged_at for standing in judged)
    summary = ", ".join(f"{counts[state]} {words(state)}" for state in ORDER if counts[state])
    width = min(120, shutil.get_terminal_size((100, 24)).columns)
    head = f"{count_of(len(rows), 'partner')} as of {shown_time(as_of, settings.zone)}: {summary}."
    say(textwrap.fill(head, max(40, width)))
    say()
    names = min(24, max(len(partner.title) for partner in rows))
    for partner in rows:
        standing = standings.get(partner.key)
        state = "not judged" if standing is None else words(standing.state.value)
        colour = None if standing is None else COLOURS[standing.state.value]
        reason = "Run `gonequiet run` to judge it." if standing is None else standing.reason
        indent = " " * (14 + names)
        head = f"{click.style(f'{state:>10}', fg=colour, bold=True)}  {partner.title[:names]:<{names}}"
        if width - len(indent) < _LEAST_ROOM:  # a narrow terminal: the sentence goes below the name
            indent = " " * 12
            lines = ["", *textwrap.wrap(reason, max(20, width - len(indent)))]
        else:
            lines = textwrap.wrap(reason, width - len(indent)) or [""]
        say(f"{head}  {lines[0]}".rstrip())
        for line in lines[1:]:
            say(indent + line)
    troubles = [source for source in sources if source.failure]
    if troubles:
        say()
        say(click.style("Cannot be read:", fg="magenta", bold=True))
        for source in troubles:
            since = f" (since {shown_time(source.failed_at, settings.zone)})" if source.failed_at else ""
            say(
                textwrap.fill(
                    f"{source.name}: {source.failure}{since}", width, initial_indent="  ", subsequent_indent="    "
                )
            )


def words(state: str) -> str:
    """A state as people write it."""
    return state.replace("_", " ")
