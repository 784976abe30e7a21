"""A partner against its own usual range: rare things are told, chance is not, and the budget holds for all."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from metrics.bands import Level
from metrics.base import measured
from metrics.finding import Finding
from metrics.own_bands import (
    SIGNALS,
    chance_for,
    chance_of_gap,
    chance_of_rise,
    chance_of_so_few,
    own_band_findings,
)
from metrics.registry import METRICS
from models.records import Interaction, Side
from tests.factories import OUTBOUND, history, meeting, message

WEEKDAYS = [day for day in range(500) if day % 7 < 5]


def found(items: Sequence[Interaction], day: float, chance: float = 0.01) -> dict[str, Finding]:
    known = history(items, day=day)
    return {f.name: f for f in own_band_findings(known, measured(known, METRICS), chance=chance)}


def both_ways(day: int) -> list[Interaction]:
    return [message(day, 9, uid=f"<{day}>"), message(day, 11, side=OUTBOUND, answers=f"<{day}>")]


def every_second_day(until: int) -> list[Interaction]:
    rng = random.Random(1)
    return [item for day in WEEKDAYS if day < until and rng.random() < 0.5 for item in both_ways(day)]


def test_far_fewer_days_with_contact_than_ever_are_a_concern() -> None:
    thin = [item for day in (312, 326) for item in both_ways(day)]

    finding = found([*every_second_day(300), *thin], 328)["contact_days"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == "There was contact on 2 of the last 20 working days, usually on 8 to 11."


def test_a_month_like_the_others_is_none() -> None:
    assert found(every_second_day(329), 328)["contact_days"].level is not Level.CONCERN


def test_a_single_long_pause_is_told_as_the_silence_it_is() -> None:
    assert found(every_second_day(310), 330)["contact_days"].level is Level.BETWEEN


def test_it_is_ours_when_we_are_the_ones_who_stopped_writing() -> None:
    theirs: list[Interaction] = [message(day, 9) for day in (301, 308, 315, 322, 326)]

    assert found([*every_second_day(300), *theirs], 328)["contact_days"].side is Side.US


def test_half_a_year_is_needed_to_know_what_is_usual() -> None:
    assert "contact_days" not in found(every_second_day(150), 160)


def weekly_calls(until: int) -> list[Interaction]:
    return [meeting(day, 10, series="s") for day in range(0, until, 7)]


def test_weekly_calls_that_stopped_are_a_concern() -> None:
    finding = found(weekly_calls(200), 235)["time_together"]

    assert finding.level is Level.CONCERN
    assert finding.sentence == "You last met 29 working days ago, usually you meet every 5 working days."
    assert found(weekly_calls(200), 199)["time_together"].level is Level.HEALTHY


def test_a_meeting_that_is_booked_makes_it_none() -> None:
    assert found([*weekly_calls(200), meeting(238, seen=None)], 235.5)["time_together"].level is Level.BETWEEN


def test_bursts_after_an_even_rhythm_are_a_concern() -> None:
    even = [item for day in range(0, 300, 2) if day % 7 < 5 for item in both_ways(day)]
    bursts = [
        item
        for start in (301, 329, 357, 378)
        for day in range(start, start + 10)
        if day % 7 < 5
        for item in both_ways(day)
    ]

    finding = found([*even, *bursts], 392)["evenness"]

    assert finding.level is Level.CONCERN
    assert "uneven" in finding.sentence
    assert found(even, 300)["evenness"].level is Level.HEALTHY


def test_a_longer_pause_is_a_rarer_one() -> None:
    gaps = [4.0, 5.0, 5.0, 6.0, 5.0, 4.0, 7.0]

    chances = [chance_of_gap(gap, gaps) for gap in (3, 5, 7, 10, 20, 40)]

    assert chances == sorted(chances, reverse=True)
    assert chance_of_gap(7, gaps) == pytest.approx(2 / 8)
    assert chances[-1] < 0.001


def test_equal_gaps_cannot_have_risen() -> None:
    assert chance_of_rise([5, 5, 5, 5], [5, 5, 5, 5]) == 1.0


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.3])
def test_as_many_windows_are_called_rare_as_were_asked_for_at_most(spread: float) -> None:
    """Whatever the partner's own spread: steady ones (0) and those with seasons of their own (0.3)."""
    rng = random.Random(7)
    calls = looks = 0
    for _ in range(2500):
        p = rng.uniform(0.15, 0.85)
        shares = [
            p if spread == 0 else rng.betavariate(p * (1 / spread - 1), (1 - p) * (1 / spread - 1)) for _ in range(13)
        ]
        windows = [(sum(rng.random() < share for _ in range(20)), 20) for share in shares]
        looks += 1
        calls += chance_of_so_few(*windows[0], before=windows[1:]) <= 0.02

    assert calls / looks <= 0.03


def test_the_budget_is_for_all_partners_and_signals_together() -> None:
    assert chance_for(100, 0.3) * 100 * SIGNALS == pytest.approx(0.3)
    assert chance_for(1, 10) == 0.05
    assert chance_for(0, 0.3) == 0.05
