"""Concerns begin once, tremble never, and end when all is well again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.bands import BANDS, Level
from metrics.concerns import HOLD_DAYS, LOOK_DAYS, concerns_after, look_again
from metrics.finding import Finding
from metrics.findings import findings
from metrics.history import History
from metrics.topics import Topic, topic_of
from models.records import Concern, Interaction, Side
from tests.factories import OUTBOUND, history, message, moment

BEFORE_ALL = moment(-400)
NOTHING = history([])


def finding(level: Level, value: float = 0.6, *, name: str = "our_impatience", **more: object) -> Finding:
    return Finding(name, Side.US, level, f"{value} it is.", value, 9, **more)  # type: ignore[arg-type]


def looked(
    before: list[Concern],
    *found: Finding,
    day: float = 100,
    items: list[Interaction] | None = None,
    first: bool = False,
    watched: datetime = BEFORE_ALL,
) -> list[Concern]:
    """What stands after a look on this day."""
    known = history(items or [], day=day)
    changed = concerns_after(before, found, known, watched_since=watched, first_look=first)
    after = {(c.name, c.subject): c for c in before} | {(c.name, c.subject): c for c in changed}
    return [concern for concern in after.values() if concern.until is None]


def test_a_concern_begins_at_the_look_that_found_it() -> None:
    (concern,) = looked([], finding(Level.CONCERN))

    assert (concern.name, concern.side, concern.since, concern.until) == (
        "our_impatience",
        Side.US,
        moment(100, 12),
        None,
    )
    assert not concern.historical


def test_what_is_healthy_or_between_begins_nothing() -> None:
    assert looked([], finding(Level.HEALTHY), finding(Level.BETWEEN, name="our_reply_rate")) == []


def test_a_figure_that_trembles_on_its_limit_is_one_concern() -> None:
    standing = looked([], finding(Level.CONCERN, 0.51))
    for day, level in enumerate((Level.BETWEEN, Level.CONCERN, Level.BETWEEN, Level.CONCERN), 101):
        standing = looked(standing, finding(level), day=day)

    assert [c.since for c in standing] == [moment(100, 12)]


def test_it_ends_once_all_is_well() -> None:
    standing = looked([], finding(Level.CONCERN))

    (ended,) = concerns_after(
        standing, [finding(Level.HEALTHY, 0.1)], history([], day=110), watched_since=BEFORE_ALL, first_look=False
    )

    assert ended.until == moment(110, 12)


def test_what_nobody_can_tell_any_more_stands_for_four_weeks() -> None:
    standing = looked([], finding(Level.CONCERN))

    assert looked(standing, day=100 + HOLD_DAYS) == standing
    assert looked(standing, day=101 + HOLD_DAYS) == []


def test_a_rule_that_speaks_only_of_trouble_ends_with_its_silence() -> None:
    standing = looked([], finding(Level.CONCERN, name="owner_or_deputy_missing"))

    assert looked(standing, day=101) == []


def test_each_person_is_a_concern_of_their_own_and_ends_when_they_write() -> None:
    bo = finding(Level.CONCERN, name="silent_person", people=("bo@northwind.example",))
    ed = finding(Level.CONCERN, name="silent_person", people=("ed@northwind.example",))
    standing = looked([], bo, ed)

    after = looked(standing, ed, day=103, items=[message(102)])

    assert [c.subject for c in standing] == ["bo@northwind.example", "ed@northwind.example"]
    assert [c.subject for c in after] == ["ed@northwind.example"]


def test_what_was_there_at_the_first_look_is_history() -> None:
    assert [c.historical for c in looked([], finding(Level.CONCERN), first=True)] == [True]


def test_what_began_before_we_watched_is_history() -> None:
    old = finding(Level.CONCERN, since=int(moment(10).timestamp()))

    assert [c.historical for c in looked([], old, watched=moment(50))] == [True]
    assert [c.historical for c in looked([], old, watched=moment(5))] == [False]


def test_an_answer_we_owe_is_a_concern_from_the_hour_it_became_one() -> None:
    items: list[Interaction] = [message(0, 9, uid="<q>")]  # due after 8 hours, a concern after 16
    known = history(items, day=10)

    (concern,) = [
        c
        for c in concerns_after([], findings(known, {}), known, watched_since=BEFORE_ALL, first_look=False)
        if c.name == "answers_we_owe"
    ]

    assert concern.since == moment(1, 17)


def test_the_next_look_is_when_an_answer_gets_too_old() -> None:
    open_one = history([message(0, 9, uid="<q>")], day=0, hour=16)

    again = look_again(open_one)

    assert again == moment(2, 9) + timedelta(minutes=1)
    assert concern_names(history([message(0, 9, uid="<q>")], day=2, hour=9)) == set()
    assert concern_names(history([message(0, 9, uid="<q>")], day=2, hour=9 + 1 / 60)) == {"answers_we_owe"}


def test_where_nothing_is_owed_the_next_look_is_in_a_week() -> None:
    assert look_again(NOTHING) == NOTHING.moment + timedelta(days=LOOK_DAYS)
    closed = history([message(0, 9, uid="<q>"), message(0, 10, side=OUTBOUND, answers="<q>")], day=0, hour=11)
    assert look_again(closed) <= closed.moment + timedelta(days=LOOK_DAYS)


@given(st.lists(st.sampled_from([Level.HEALTHY, Level.BETWEEN, Level.CONCERN, None]), max_size=30))
def test_whatever_comes_a_concern_begins_only_from_concern_and_ends_only_from_health_or_long_silence(
    levels: list[Level | None],
) -> None:
    standing: list[Concern] = []
    for day, level in enumerate(levels):
        before = bool(standing)
        found = [] if level is None else [finding(level)]
        standing = looked(standing, *found, day=100 + day)

        if not before:
            assert bool(standing) == (level is Level.CONCERN)
        elif level in (Level.CONCERN, Level.BETWEEN):
            assert standing
        elif level is Level.HEALTHY:
            assert not standing


def test_looking_twice_is_looking_once() -> None:
    standing = looked([], finding(Level.CONCERN))

    assert looked(standing, finding(Level.CONCERN)) == standing


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("over_contact", Topic.TOO_MUCH),
        ("answers_we_owe", Topic.OWED),
        ("silent_person", Topic.PERSON),
        ("backup_age", Topic.DEPENDENCE),
        ("our_short_notice_churn", Topic.MEETINGS),
        ("their_reply_rate", None),
    ],
)
def test_what_is_worth_a_mail_of_its_own_has_a_topic(name: str, topic: Topic | None) -> None:
    assert topic_of(name) is topic


def test_every_band_can_end() -> None:
    """Between concern and health there is room, or a concern could never end, or would tremble."""
    for band in BANDS:
        for healthy, concern in zip(band.healthy, band.concern, strict=True):
            assert (healthy is None) == (concern is None)
            assert healthy is None or healthy != concern, band.metric


def concern_names(known: History) -> set[str]:
    named = replace(known.partner, owner="ana@example.org", deputy="eve@example.org")
    found = findings(replace(known, partner=named), {})
    return {f.name for f in found if f.level is Level.CONCERN}
