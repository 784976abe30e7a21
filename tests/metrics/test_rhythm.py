"""What a rhythm learns, and what it must never do."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.rhythm import BREAK_DAYS, LEAST_QUIET, Rhythm

GAPS = st.lists(st.integers(1, 80), max_size=60)


def rhythm(*gaps: int) -> Rhythm:
    made = Rhythm()
    for gap in gaps:
        made.observe(gap)
    return made


@given(GAPS, st.integers(0, 10))
def test_feeding_gap_by_gap_through_storage_equals_starting_over(gaps: list[int], words: int) -> None:
    stored = Rhythm()
    for gap in gaps:
        stored = Rhythm.of(json.loads(json.dumps(stored.state())))
        stored.observe(gap)
        for _ in range(words):
            stored.again()
    at_once = Rhythm()
    for gap in gaps:
        at_once.observe(gap)
        for _ in range(words):
            at_once.again()

    assert stored.state() == at_once.state()
    assert stored.quiet_at() == at_once.quiet_at()


@given(GAPS)
def test_a_longer_silence_is_never_more_likely(gaps: list[int]) -> None:
    learned = rhythm(*gaps)

    chances = [learned.chance(silence) for silence in range(200)]

    assert chances[0] == 1.0
    assert all(0.0 <= later <= earlier + 1e-12 for earlier, later in pairwise(chances))


@given(GAPS)
def test_once_quiet_a_longer_silence_stays_quiet(gaps: list[int]) -> None:
    learned = rhythm(*gaps)

    told = [learned.is_quiet(silence) for silence in range(400)]

    assert told == sorted(told)
    assert told.index(True) == learned.quiet_at() if True in told else learned.quiet_at() >= 400


@given(GAPS, st.integers(1, 5000), st.floats(0.02, 1.0))
def test_a_guess_shortens_the_search_and_changes_nothing(gaps: list[int], near: int, chance: float) -> None:
    learned = rhythm(*gaps)

    assert learned.quiet_at(chance, near=near) == learned.quiet_at(chance)
    assert learned.silence_at(chance, near=near) == learned.silence_at(chance)


@given(GAPS, GAPS)
def test_asking_on_the_way_changes_nothing(gaps: list[int], more: list[int]) -> None:
    asked = rhythm(*gaps)
    asked.quiet_at()
    asked.again("somebody")
    asked.quiet_at()
    for gap in more:
        asked.observe(gap)
    unasked = rhythm(*gaps)
    unasked.again("somebody")
    for gap in more:
        unasked.observe(gap)

    assert asked.quiet_at() == unasked.quiet_at()
    assert asked.level(9) == unasked.level(9)


@given(GAPS, st.floats(0.02, 1.0), st.floats(0.02, 1.0))
def test_a_stricter_detector_is_never_earlier(gaps: list[int], one: float, other: float) -> None:
    learned = rhythm(*gaps)

    assert learned.quiet_at(min(one, other)) >= learned.quiet_at(max(one, other))


def test_nobody_is_quiet_after_a_day_or_two() -> None:
    assert rhythm(*[1] * 200).quiet_at() >= LEAST_QUIET


def test_a_silence_of_a_quarter_is_not_learned_from() -> None:
    learned, spared = rhythm(2, 3, 2), rhythm(2, 3, 2)

    learned.observe(BREAK_DAYS)

    assert learned.recent == spared.recent
    assert learned.chance(10) == spared.chance(10)


def test_a_gap_shorter_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Rhythm().observe(0)


def test_a_weekly_call_is_missed_after_the_second_missed_one() -> None:
    learned = rhythm(*([5] * 9 + [10]) * 5)

    assert learned.period == 5
    assert learned.quiet_at() == 10


def test_a_call_never_skipped_before_is_missed_the_day_after_it_was_due() -> None:
    assert rhythm(*[5] * 50).quiet_at() == 6


def test_a_fortnightly_call_with_jitter_is_known_as_one() -> None:
    dice = random.Random(3)
    learned = rhythm(*(10 + dice.choice([-1, 0, 0, 0, 1]) for _ in range(40)))

    assert learned.period in {9, 10, 11}
    assert 11 <= learned.quiet_at() <= 22


def test_bursty_mail_has_no_period() -> None:
    dice = random.Random(4)

    assert rhythm(*(max(1, round(dice.weibullvariate(3, 0.6))) for _ in range(80))).period is None


def test_daily_chatter_is_missed_sooner_than_a_monthly_report() -> None:
    daily, monthly = rhythm(*[1, 1, 2, 1, 1, 3, 1] * 10), rhythm(*[20, 22, 21, 19, 23] * 4)

    assert daily.quiet_at() < 18 < monthly.quiet_at() < 50


def test_two_gaps_are_enough_to_start() -> None:
    assert 10 <= rhythm(3, 4).quiet_at() <= 60


def test_many_words_a_day_make_a_silence_more_telling() -> None:
    terse, wordy = rhythm(), rhythm()
    for _ in range(30):
        for made, words in ((terse, 0), (wordy, 9)):
            made.observe(2)
            for _ in range(words):
                made.again()

    assert wordy.chance(10) == terse.chance(10)
    assert wordy.quiet_at() <= terse.quiet_at()


def test_silences_that_came_to_nothing_make_the_detector_more_patient() -> None:
    steady = rhythm(*[3] * 60)
    scared = rhythm(*([3] * 9 + [40]) * 6)

    assert scared.scares > steady.scares == 0
    assert scared.quiet_at() > steady.quiet_at()
