"""From "at most one false alarm a month" to how strict the detector is."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.quiet_budget import LEAST, MOST, Word, false_alarms, strictness_for, strictness_from
from metrics.rhythm import Rhythm


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


def test_own_history_decides_where_there_is_enough_of_it() -> None:
    histories = [history(seed) for seed in range(40)]

    past = strictness_from(histories, 40, 1.0, since=261, until=261 * 3)

    assert past is not None
    assert past.per_partner_year <= 12 / 40
    assert past.per_partner_year > 0.5 * 12 / 40
    assert past.partner_years == pytest.approx(80, rel=0.05)


def test_too_little_history_decides_nothing() -> None:
    assert strictness_from([history(seed) for seed in range(29)], 29, 1.0, since=0, until=783) is None
    assert strictness_from([history(seed) for seed in range(40)], 40, 1.0, since=700, until=783) is None


def test_what_comes_later_decides_nothing() -> None:
    histories = [history(seed) for seed in range(40)]
    known = [[word for word in words if word[0] <= 500] for words in histories]

    assert strictness_from(histories, 40, 1.0, since=100, until=500) == strictness_from(
        known, 40, 1.0, since=100, until=500
    )
