"""From "at most one false alarm a month" to how strict the detector is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.quiet_budget import Label, Life, Word, false_alarms, strictness_from
from metrics.rhythm import Rhythm
from metrics.strictness import LEAST, MOST, strictness_after, strictness_for


def history(seed: int, years: float = 3) -> list[Word]:
    """Bursty contact days over so many years of working days."""
    dice, day, days = random.Random(seed), 0, [0]
    while day < 261 * years:
        day += max(1, round(dice.weibullvariate(4, 0.6)))
        days.append(day)
    return [(day, "bo") for day in days]


def test_few_partners_keep_the_shipped_setting_and_many_need_a_stricter_one() -> None:
    levels = [strictness_for(partners, 1.0) for partners in (1, 10, 50, 300, 10_000, 10**7)]

    assert levels[0] == MOST
    assert levels == sorted(levels, reverse=True)
    assert levels[3] < 0.5
    assert levels[-1] == LEAST


@given(st.integers(1, 5000), st.floats(0.1, 50), st.floats(0.1, 50))
def test_a_larger_budget_is_never_stricter(partners: int, one: float, other: float) -> None:
    assert strictness_for(partners, max(one, other)) >= strictness_for(partners, min(one, other))


@given(st.integers(0, 1000), st.floats(0.05, 1.0))
def test_a_false_alarm_is_one_that_the_detector_would_have_raised(seed: int, strictness: float) -> None:
    words = history(seed, 1)
    told = {day for day, needed in false_alarms(words) if needed <= strictness}
    rhythm, raised = Rhythm(), set()
    rhythm.again("bo")
    for (before, _), (day, _) in pairwise(words):
        gap = day - before
        if rhythm.seen >= 2 and gap < 65 and rhythm.quiet_at(strictness) <= gap - 1:
            raised.add(day)
        rhythm.observe(gap, "bo")

    assert told == raised


def lives(count: int) -> list[Life]:
    return [Life(history(seed)) for seed in range(count)]


def test_own_history_decides_where_there_is_enough_of_it() -> None:
    past = strictness_from(lives(40), 40, 1.0, since=261, until=261 * 3).past

    assert past is not None
    assert past.strictness < MOST
    assert 0.5 * 12 / 40 < past.false_alarms / past.partner_years < 1.5 * 12 / 40
    assert past.partner_years == pytest.approx(80, rel=0.05)


@pytest.mark.parametrize(
    ("partners", "since", "says"),
    [
        (29, 0, "29 partners were heard of in that time: 30 are needed"),
        (40, 600, "a look back over 8 months: a year is needed"),
    ],
)
def test_too_little_history_decides_nothing_and_says_what_is_missing(partners: int, since: int, says: str) -> None:
    asked = strictness_from(lives(partners), partners, 1.0, since=since, until=783)

    assert asked.past is None
    assert asked.missing == says


def test_partners_heard_of_for_a_short_while_are_too_little_history() -> None:
    short = [Life(history(seed, 0.2)) for seed in range(40)]

    asked = strictness_from(short, 40, 1.0, since=-100, until=261)

    assert asked.missing == "11 partner-years of contact in that time: 15 are needed"


def test_what_comes_later_decides_nothing() -> None:
    known = [Life([word for word in life.words if word[0] <= 500]) for life in lives(40)]

    assert strictness_from(lives(40), 40, 1.0, since=100, until=500) == strictness_from(
        known, 40, 1.0, since=100, until=500
    )


WEEKLY: list[Word] = [(5 * week, "bo") for week in range(20)]
LAST = WEEKLY[-1][0]


def raised(words: list[Word], labels: Sequence[Label] = (), *, until: int = 0) -> list[int]:
    """The days of the false alarms that the shipped setting would have raised."""
    return [day for day, strictness in false_alarms(words, labels, until=until) if strictness <= 1]


def test_a_return_within_a_quarter_is_a_false_alarm_unless_somebody_handled_it() -> None:
    back = [*WEEKLY, (LAST + 30, "bo")]

    assert raised(back) == [LAST + 30]
    assert raised(back, [Label(LAST + 20, was_real=True)]) == []
    assert raised(back, [Label(LAST + 20, was_real=False)]) == [LAST + 30]


def test_a_long_silence_is_a_false_alarm_only_where_somebody_said_so() -> None:
    back = [*WEEKLY, (LAST + 100, "bo")]
    no_problem = [Label(LAST + 20, was_real=False)]

    assert raised(back) == []
    assert raised(back, no_problem) == [LAST + 100]
    assert raised(WEEKLY, no_problem, until=LAST + 21) == [LAST + 20]
    assert raised(WEEKLY, [Label(LAST + 20, was_real=True)], until=LAST + 21) == []


def test_answers_move_the_strictness_their_way() -> None:
    def asked(was_real: bool | None) -> float:
        judged = [
            Life(life.words, [] if was_real is None else [Label(day, was_real) for day, _ in false_alarms(life.words)])
            for life in lives(40)
        ]
        past = strictness_from(judged, 40, 1.0, since=261, until=261 * 3).past
        assert past is not None
        return past.strictness

    assert asked(was_real=True) > asked(None) == asked(was_real=False)


@given(st.floats(LEAST, 1), st.floats(0.01, 10), st.floats(0.01, 10))
def test_a_calibration_follows_the_budget_it_is_given(strictness: float, then: float, now: float) -> None:
    after = strictness_after(strictness, then=then, now=now)

    assert LEAST <= after <= MOST
    assert (after <= strictness) if now < then else (after >= strictness)
