"""The fact sheet: the same measures of both sides, to be opened together. No person, no subject, no judgement of ours.

Whoever is shown it sees figures that are defined alike for both sides and rest on the same mails and meetings. What is
about us alone stays out: standings, deadlines, alerts, tone, and what we make of the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metrics.base import Measured, Metric, measured
from metrics.cadence import contact_weeks
from metrics.history import History
from metrics.registry import BY_NAME
from models.records import Partner, Side
from web.mirror import DEFINITIONS, MIRROR, PAIRS, value_of

_DAYS = 90
_WEEKS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One measure of both sides; `meaning` is its definition, which fits either side."""

    label: str
    theirs: str
    ours: str
    n: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """One page. `counts` are plain numbers of the stretch: (what, they, we); `weeks` contact days, oldest first."""

    they: str
    we: str
    since: date
    until: date
    counts: tuple[tuple[str, str, str], ...]
    facts: tuple[Fact, ...]
    weeks: tuple[int, ...]
    calendars: tuple[str, str]


def fact_sheet(partner: Partner, history: History, *, we: str) -> FactSheet:
    """The sheet of the 90 days up to the horizon. `we` is what we call ourselves on it: our first domain."""
    values = measured(history, [BY_NAME[name] for pair in _pairs() for name in pair[:2]])
    until = history.date_of(history.now)
    return FactSheet(
        they=partner.title,
        we=we,
        since=until - timedelta(days=_DAYS),
        until=until,
        counts=tuple(_counts(history)),
        facts=tuple(_facts(values, BY_NAME)),
        weeks=contact_weeks(history, _WEEKS),
        calendars=(_hours(history, Side.PARTNER), _hours(history, Side.US)),
    )


def _counts(history: History) -> list[tuple[str, str, str]]:
    edge = history.since(_DAYS)
    wrote = {side: len(history.recent(_DAYS, side)) for side in (Side.PARTNER, Side.US)}
    held = [o for o in history.held if o.start > edge]
    called = {side: sum(o.organised_by is side for o in held) for side in (Side.PARTNER, Side.US)}
    ahead = [o for o in history.occasions if o.start > history.now and o.cancelled is None]
    planned = {side: sum(o.organised_by is side for o in ahead) for side in (Side.PARTNER, Side.US)}
    return [
        ("Mails written", str(wrote[Side.PARTNER]), str(wrote[Side.US])),
        ("Meetings held, by who called them", str(called[Side.PARTNER]), str(called[Side.US])),
        ("Meetings ahead, by who called them", str(planned[Side.PARTNER]), str(planned[Side.US])),
    ]


def _facts(values: Mapping[str, Measured], metrics: Mapping[str, Metric]) -> list[Fact]:
    found = []
    for theirs, ours, label, name in _pairs():
        # A measure that only one side has enough mails for is no comparison.
        if theirs in values and ours in values:
            found.append(
                Fact(
                    label=label,
                    theirs=value_of(values[theirs], metrics[theirs]),
                    ours=value_of(values[ours], metrics[ours]),
                    n=f"{values[theirs].n} / {values[ours].n}",
                    meaning=DEFINITIONS[name],
                )
            )
    return found


def _pairs() -> list[tuple[str, str, str, str]]:
    """(their measure, ours, what a person calls it, the name of its definition)."""
    pairs = [(f"their_{name}", f"our_{name}", label, name) for name, label in MIRROR]
    return pairs + [(theirs, ours, label, theirs) for theirs, ours, label in PAIRS]


def _hours(history: History, side: Side) -> str:
    hours = history.clock(side).hours
    region = f"-{hours.region.rpartition('-')[2]}" if hours.region else ""
    place = f", holidays of {hours.country}{region}" if hours.country else ""
    learned = " (learned)" if side is Side.PARTNER and history.hours_are_learned else ""
    return f"{hours.hours} {hours.zone}{place}{learned}"
