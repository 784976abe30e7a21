"""Trend alarms: called when answers get slower, quiet when nothing changed, one budget over all rows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.drift import DEFAULT_LIMIT, LEAST_BEFORE, drifts, expected_alarms, limit_for, normal_score
from metrics.trend import observations_a_month, trend_alarms, trend_rows
from models.records import Interaction, Side
from tests.factories import INBOUND, OUTBOUND, history, meeting, message, moment


def spread(count: int, seed: int, factor: float = 1) -> list[float]:
    rng = random.Random(seed)
    return [factor * rng.lognormvariate(0, 1.5) for _ in range(count)]


def test_a_row_that_does_not_change_seldom_calls() -> None:
    calls = sum(len(list(drifts(spread(500, seed)))) for seed in range(20))

    assert calls <= expected_alarms(20 * 500, DEFAULT_LIMIT)


def test_a_tenfold_slow_down_is_called_within_twenty() -> None:
    found = 0
    for seed in range(20):
        called = [drift.index for drift in drifts(spread(80, seed) + spread(20, seed + 100, 10))]
        found += any(80 <= index < 100 for index in called)

    assert found >= 19


def test_below_twenty_observations_before_nothing_is_called() -> None:
    assert not list(drifts([1.0] * (LEAST_BEFORE - 1) + [100.0]))


@given(st.lists(st.floats(0.1, 1000), min_size=30, max_size=80), st.integers(20, 79))
def test_what_comes_later_does_not_change_what_was_called(values: list[float], cut: int) -> None:
    whole = [drift for drift in drifts(values, limit=5) if drift.index < cut]

    assert list(drifts(values[:cut], limit=5)) == whole


@given(st.lists(st.floats(0.5, 500), min_size=25, max_size=60), st.floats(0.5, 30))
def test_the_unit_of_the_values_does_not_matter(values: list[float], factor: float) -> None:
    scaled = [value * factor for value in values]

    assert [d.index for d in drifts(scaled)] == [d.index for d in drifts(values)]


def test_the_score_of_the_middle_is_nought() -> None:
    assert normal_score(2, [1, 2, 3]) == pytest.approx(0)
    assert normal_score(4, [1, 2, 3]) > 0 > normal_score(0, [1, 2, 3])


def test_more_observations_under_one_budget_need_a_higher_limit() -> None:
    limits = [limit_for(count, 1) for count in (50, 500, 5000)]

    assert limits == sorted(set(limits))
    assert expected_alarms(500, limit_for(500, 1)) == pytest.approx(1)
    assert limit_for(0, 1) == DEFAULT_LIMIT


def answers(hours: list[float], *, asks: str = OUTBOUND) -> list[Interaction]:
    items: list[Interaction] = []
    for number, wait in enumerate(hours):
        day = number // 5 * 7 + number % 5
        items.append(message(day, 9, side=asks, uid=f"<{asks}{number}>"))
        answer = INBOUND if asks == OUTBOUND else OUTBOUND
        items.append(message(day, 9 + wait, side=answer, answers=f"<{asks}{number}>", uid=f"<{asks}{number}r>"))
    return items


def test_slower_answers_are_told_with_both_medians() -> None:
    slowed = answers([1 + number % 3 / 2 for number in range(40)] + [6 + number % 3 / 2 for number in range(14)])

    (alarm, *others) = trend_alarms(history(slowed, day=74))

    assert not others
    assert (alarm.name, alarm.side, alarm.base) == ("their_answers", Side.PARTNER, 1.5)
    assert alarm.sentence == (
        "They answer more slowly: the last 12 waits took 6.5 hours by the median, before it was 1.5 hours "
        "(4.3 times as long)."
    )


def test_we_are_measured_by_the_same_test() -> None:
    slowed = answers([1] * 40 + [7] * 14, asks=INBOUND)

    assert [(a.name, a.side) for a in trend_alarms(history(slowed, day=74))] == [("our_answers", Side.US)]


def test_steady_answers_call_nothing() -> None:
    assert not trend_alarms(history(answers([1 + number % 7 for number in range(60)]), day=84))


def test_an_alarm_falls_once_answers_are_quick_again() -> None:
    recovered = answers([1] * 40 + [7] * 14 + [1] * 6)

    assert not trend_alarms(history(recovered, day=84))


def test_answers_that_never_come_count_as_slow_at_their_age() -> None:
    items = answers([2 + number % 3 for number in range(40)])
    items += [message(56 + day, 9, side=OUTBOUND, uid=f"<open{day}>") for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]

    alarms = trend_alarms(history(items, day=72))

    assert {alarm.name for alarm in alarms} == {"their_answers", "their_replies"}


def test_fewer_held_meetings_and_more_moves_are_told() -> None:
    items: list[Interaction] = []
    for week in range(40):
        day = week * 7 + 1
        items.append(meeting(day, uid=f"m{week}", seen=moment(day - 6)))
        if week >= 28:
            items.append(meeting(day, uid=f"m{week}", seen=moment(day - 1), cancelled=True))

    alarms = {alarm.name: alarm for alarm in trend_alarms(history(items, day=280))}

    assert set(alarms) == {"meetings_held", "our_moves"}
    assert "100 % were not held" in alarms["meetings_held"].sentence


def test_every_row_knows_its_side_and_counts_for_the_budget() -> None:
    known = history(answers([2] * 20), day=28)

    assert {row.name for row in trend_rows(known) if row.side is Side.US} == {"our_answers", "our_replies", "our_moves"}
    assert observations_a_month(known) > 0
