"""Who knows whom: their people against ours by days of contact. Single people of ours only where the setting allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from metrics.history import History
from metrics.people import person_days, silent_people, unreachable_people
from models.records import Side

_DAYS = 90
_MOST_THEIRS, _MOST_OURS = 12, 6


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One of theirs: days with each column of ours, all days, last word, and what stands out."""

    name: str
    days: tuple[int, ...]
    total: int
    last: str
    remark: str


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """`ours` names the columns; without the right to name single people of ours there is none."""

    ours: tuple[str, ...]
    rows: tuple[PersonRow, ...]
    most: int


def people_table(history: History, names: Mapping[str, str], *, our_people: bool) -> PeopleTable | None:
    """Contact of 90 days; None where nobody of theirs is known."""
    silent = {person.person for person in silent_people(history)}
    lost = set(unreachable_people(history))
    totals = person_days(history, Side.PARTNER, _DAYS)
    pairs = _pairs(history)
    last: dict[str, int] = {}
    for act in history.acts:
        if act.side is Side.PARTNER:
            last[act.person] = act.at
    columns: list[str] = []
    if our_people:
        weight: Counter[str] = Counter()
        for (_, ours), days in pairs.items():
            weight[ours] += days
        columns = sorted(weight, key=lambda person: (-weight[person], person))[:_MOST_OURS]
    rows = []
    for person in sorted({*totals, *silent, *lost}, key=lambda p: (-totals[p], p))[:_MOST_THEIRS]:
        seen = last.get(person)
        remark = "mail comes back" if person in lost else "silent while others go on" if person in silent else ""
        rows.append(
            PersonRow(
                names.get(person, person),
                tuple(pairs[person, ours] for ours in columns),
                totals[person],
                "" if seen is None else f"{history.date_of(seen):%-d %b %Y}",
                remark,
            )
        )
    if not rows:
        return None
    most = max((days for row in rows for days in row.days), default=0)
    return PeopleTable(tuple(names.get(person, person) for person in columns), tuple(rows), most)


def _pairs(history: History) -> Counter[tuple[str, str]]:
    """Days on which one of theirs and one of ours were on a mail that either wrote, or sat in one meeting."""
    edge = history.since(_DAYS)
    seen: set[tuple[str, str, int]] = set()
    for act in history.recent(_DAYS):
        day = history.us.day_of(act.at)
        if act.side is Side.PARTNER:
            seen |= {(act.person, ours, day) for ours in act.ours}
        elif act.side is Side.US:
            seen |= {(theirs, act.person, day) for theirs in act.theirs}
    for occasion in history.held:
        if occasion.start > edge:
            day = history.us.day_of(occasion.start)
            there = set(occasion.attended)
            seen |= {(t, o, day) for t in occasion.theirs for o in occasion.ours if {t, o} <= there}
    return Counter((theirs, ours) for theirs, ours, _ in seen)
