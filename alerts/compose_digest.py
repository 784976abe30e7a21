"""The weekly digest: sent also when calm, because its absence is itself the alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alerts.facts import DigestFacts, DigestRow
from alerts.sheet import Button, Desk, Grid, Mood, Section, Sheet
from alerts.words import count, day, number, short, working_days
from models.records import State

_ORDER = (State.GONE, State.QUIET, State.LATE, State.FADING, State.BLIND, State.PAUSED, State.NEW, State.ON_RHYTHM)
_NAMES = {
    State.GONE: "gone",
    State.QUIET: "quiet",
    State.LATE: "late",
    State.FADING: "fading",
    State.BLIND: "blind",
    State.PAUSED: "paused",
    State.NEW: "new",
    State.ON_RHYTHM: "on rhythm",
}
_NEEDS = frozenset({State.GONE, State.QUIET, State.LATE, State.FADING})
_BLOCKS = "·▁▂▃▄▅▆▇"
_MOST = 5
_MOST_ROWS = 60  # more would be cut off by mail programs; the page has them all


def digest_sheet(facts: DigestFacts, desk: Desk) -> Sheet:
    """The week on one sheet: who needs you, what changed, what comes, our manners, the table."""
    if not facts.rows:
        return _of_nobody(facts, desk)
    tally = Counter(row.state for row in facts.rows)
    said = ", ".join(f"{tally[state]} {_NAMES[state]}" for state in reversed(_ORDER) if tally[state])
    whole = " ".join(facts.blind) if facts.blind else "data complete"
    needs = tuple(_need(row) for row in _worst(facts.rows))
    trouble = [state for state in _ORDER if tally[state] and state in _NEEDS | {State.BLIND}]
    heard = [f"answers owed to {owed}"] if (owed := sum(bool(row.owed) for row in facts.rows)) else []
    heard += [f"{tally[state]} {_NAMES[state]}" for state in trouble]
    worst = ", ".join(heard) or (f"{len(needs)} to look at" if needs else "all calm")
    partners = count(len(facts.rows), "partner")
    week = f"{facts.week.day} {facts.week:%b}"
    sections = (
        Section(
            title="Needs you",
            lines=needs or ("Nobody: no answer owed, nobody silent.",),
            urls=tuple(desk.about(row.partner.key) for row in _worst(facts.rows)),
        ),
        Section(title="Changed since last week", lines=tuple(_change(facts, desk)) or ("Nothing.",)),
        Section(title="Coming", lines=facts.coming),
        Section(title="Our manners", lines=facts.manners),
        Section(title="Ownership and resilience", lines=facts.ownership),
        Section(title="Bookkeeping", lines=facts.bookkeeping, is_small=True),
    )
    return Sheet(
        subject=f"{Mood.CALM} of {week}: {worst} – {partners}",
        mood=Mood.BLIND if facts.blind else Mood.CALM,
        badge=f"{Mood.CALM} of {week}",
        title=f"{partners[0].upper()}{partners[1:]}",
        lead=f"{said}; {whole}" if whole.endswith(".") else f"{said}; {whole}.",
        sections=tuple(section for section in sections if section.lines),
        grid=_grid(facts.rows, desk),
        buttons_title="See more",
        buttons=(Button(label="Status page", command="gonequiet status", url=desk.link("status"), is_first=True),),
        footer=(
            *(
                (f"The table shows {_MOST_ROWS} of {len(facts.rows)} partners.",)
                if len(facts.rows) > _MOST_ROWS
                else ()
            ),
            desk.why,
            "It comes every Monday, also when all is well: if it does not, something is broken.",
        ),
        unsubscribe=desk.unsubscribe,
    )


def _of_nobody(facts: DigestFacts, desk: Desk) -> Sheet:
    """The digest before anybody is watched: how to begin."""
    week = f"{facts.week.day} {facts.week:%b}"
    lines = (*facts.blind, *facts.bookkeeping)
    return Sheet(
        subject=f"{Mood.CALM} of {week}: nobody is watched yet",
        mood=Mood.BLIND if facts.blind else Mood.CALM,
        badge=f"{Mood.CALM} of {week}",
        title="Nobody is watched yet",
        lead="Once partners are named, this mail says every Monday who needs you.",
        sections=(Section(title="Bookkeeping", lines=lines, is_small=True),) if lines else (),
        step=("Name them: gonequiet partners suggest shows who writes most.",),
        footer=(desk.why,) if desk.why else (),
        unsubscribe=desk.unsubscribe,
    )


def _worst(rows: Sequence[DigestRow]) -> list[DigestRow]:
    wanted = [row for row in rows if row.owed or row.concern or row.state in _NEEDS]
    wanted.sort(
        key=lambda row: (
            not row.owed,
            _ORDER.index(row.state),
            -(row.owed_days or 0),
            not row.concern,
            row.partner.title,
        )
    )
    return wanted[:_MOST]


def _need(row: DigestRow) -> str:
    if row.owed:
        age = (
            ""
            if row.owed_days is None
            else f"{', the oldest' if row.owed > 1 else ''} for {working_days(row.owed_days)}"
        )
        owed = f"you owe {count(row.owed, 'answer')}{age}"
        rest = f"; {_NAMES[row.state]}" if row.state in _NEEDS else ""
        return f"{row.partner.title}: {owed}{rest}."
    if row.state not in _NEEDS:
        return f"{row.partner.title}: {row.concern}"
    return f"{row.partner.title}: {_NAMES[row.state]}. {row.reason}"


def _change(facts: DigestFacts, desk: Desk) -> list[str]:
    """What became worse first, then what became better, each with its numbers."""
    worse = [change for change in facts.changes if change.new in _NEEDS]
    better = [change for change in facts.changes if change.new not in _NEEDS | {State.BLIND}]
    rest = [change for change in facts.changes if change.new is State.BLIND]
    lines = []
    for word, changes in (("Worse", worse), ("Better", better), ("Not to be seen", rest)):
        for change in changes:
            said = f"{_NAMES[change.old]} → {_NAMES[change.new]} on {day(change.at, desk.zone, now=desk.at)}"
            if change.silence is not None and change.new is not State.FADING and word != "Not to be seen":
                said += f"{' after' if word == 'Better' else ','} {working_days(change.silence)} of silence"
            lines.append(f"{word}: {change.title}, {said}.")
    return lines


def _grid(rows: Sequence[DigestRow], desk: Desk) -> Grid:
    ordered = sorted(rows, key=lambda row: (_ORDER.index(row.state), row.partner.title))[:_MOST_ROWS]
    return Grid(
        heads=("Partner", "State", "Heard", "Wrote", "Met", "Their answer", "Ours", "Next meeting", "8 weeks"),
        rows=tuple(
            (
                short(row.partner.title),
                _NAMES[row.state],
                _ago(row.days_in),
                _ago(row.days_out),
                _ago(row.days_met),
                _hours(row.their_p50, row.their_p90),
                _hours(row.our_p50, row.our_p90),
                day(row.next_meeting, desk.zone, now=desk.at) if row.next_meeting else "–",
                "".join(_BLOCKS[min(7, n)] for n in row.spark),
            )
            for row in ordered
        ),
    )


def _ago(days: float | None) -> str:
    return "–" if days is None else f"{number(days)} d"


def _hours(median: float | None, slow: float | None) -> str:
    """ "6.5 to 20 h": half, and nine in ten."""
    if median is None:
        return "–"
    return f"{number(median)} h" if slow is None or slow <= median else f"{number(median)} to {number(slow)} h"
