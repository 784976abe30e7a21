"""From many scores to a level, a change, and what it lends to other signals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.tone.change import SPAN, alarms, baseline_size, changes, highest_climbs, limits_for
from metrics.tone.phrases import leaning_sentence, trend_sentence, words_sentences
from metrics.tone.trend import Leaning, Turn, leaning, location, thread_days, tone_trend, words_of
from metrics.tone.yardstick import Yardstick

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Mail:
    at: datetime
    thread: int
    score: float | None
    reason: str = ""
    wording: int = 0


def mails(scores: list[float | None], *, days_apart: float = 1.0, wording: int = 0) -> list[Mail]:
    """One mail a thread, the last one a day before NOW."""
    start = NOW - timedelta(days=1 + days_apart * (len(scores) - 1))
    return [
        Mail(start + timedelta(days=days_apart * i), i, score, "" if score is not None else "language: de", wording)
        for i, score in enumerate(scores)
    ]


def usual(n: int, seed: int = 1) -> list[float]:
    source = random.Random(seed)
    return [max(-1.0, min(1.0, source.gauss(0, 0.3))) for _ in range(n)]


YARD = Yardstick.of(usual(1000, 7))
assert YARD is not None
LIMITS = limits_for(YARD.pool)


def test_under_eight_scored_mails_there_is_no_level_and_a_reason() -> None:
    trend = tone_trend(mails([*usual(7), None, None]), YARD, now=NOW)

    assert (trend.level, trend.turn) == (None, Turn.NONE)
    assert "not enough mail" in trend_sentence(trend, "Their tone")
    assert "78 percent of 9 mails scored" in trend_sentence(trend, "Their tone")
    assert trend.coverage.reasons == {"language": 2}


def test_an_even_tone_is_as_usual() -> None:
    trend = tone_trend(mails([*usual(80, 3)]), YARD, now=NOW)

    assert trend.low is not None
    assert trend.high is not None
    assert trend.low < 0 < trend.high
    assert "as usual" in trend_sentence(trend, "Their tone")


def test_a_fall_is_found_dated_and_raises_confidence() -> None:
    scores = [*usual(60, 5), *[score - 0.5 for score in usual(40, 6)]]

    trend = tone_trend(mails(scores), YARD, now=NOW)

    assert trend.turn is Turn.LOWER
    assert trend.since is not None
    assert abs((trend.since - (NOW - timedelta(days=41)).date()).days) <= 7
    assert leaning(trend) is Leaning.RAISES
    assert "alone it warns of nothing" in leaning_sentence(trend)


def test_a_rise_lowers_confidence() -> None:
    scores = [*usual(60, 5), *[score + 0.5 for score in usual(40, 6)]]

    assert leaning(tone_trend(mails(scores), YARD, now=NOW)) is Leaning.LOWERS


def test_a_change_of_long_ago_is_how_they_write_by_now() -> None:
    scores = [*usual(60, 5), *[score - 0.5 for score in usual(200, 6)]]

    assert tone_trend(mails(scores), YARD, now=NOW).turn is Turn.NONE


def test_the_future_is_not_known() -> None:
    known = mails([*usual(50, 5)])
    later = [Mail(NOW + timedelta(days=1 + i), 900 + i, -0.9) for i in range(50)]

    assert tone_trend([*known, *later], YARD, now=NOW) == tone_trend(known, YARD, now=NOW)


def test_a_long_exchange_of_one_day_counts_once() -> None:
    at = NOW - timedelta(days=3)
    exchange = [Mail(at + timedelta(minutes=i), 5, -0.9) for i in range(30)]

    assert len(thread_days(exchange, YARD)) == 1


@given(st.lists(st.floats(-3, 3), min_size=10, max_size=60))
def test_one_wild_value_moves_the_level_little(values: list[float]) -> None:
    calm, _ = location(values)
    wild, _ = location([*values[:-1], 3.0])

    assert abs(wild - calm) <= 6 / (0.7 * len(values)) + 1e-9


def test_few_values_are_drawn_to_the_usual() -> None:
    assert location([2.0])[0] == pytest.approx(2 / 9)
    assert location([2.0] * 40)[0] == pytest.approx(2 * 40 / 48)


def test_false_alarms_come_as_rarely_as_promised() -> None:
    pool = np.array(YARD.pool)
    fresh = np.random.default_rng(99)
    false = 0
    runs = 400
    for _ in range(runs):
        values = (fresh.choice(pool, 60 + SPAN) + fresh.normal(0, 0.3)).clip(-3, 3)
        learned = values[:60].sum() / 68
        low = top = 0.0
        for value in values[60:]:
            low = max(0.0, low + learned - value - 0.25)
            top = max(top, low)
        false += top > LIMITS[60].alarm
    assert false / runs <= 0.14
    assert limits_for(YARD.pool) == LIMITS
    assert LIMITS[30].watch < LIMITS[30].alarm


def test_an_unchanged_partner_alarms_less_than_once_in_two_years_at_any_pace() -> None:
    pool = np.array(YARD.pool)
    chance = np.random.default_rng(3)
    for weekly, partners in ((3, 60), (20, 20)):
        values = 104 * weekly
        limits = limits_for(YARD.pool, values)
        false = sum(
            len(alarms((chance.choice(pool, values) + chance.normal(0, 0.3)).clip(-3, 3).tolist(), limits))
            for _ in range(partners)
        )
        assert 2 * false / partners <= 1.2  # theirs and ours: twice the two tests simulated here


def test_a_busier_partner_needs_a_higher_climb() -> None:
    assert limits_for(YARD.pool, 3000)[60].alarm > limits_for(YARD.pool, 300)[60].alarm
    assert highest_climbs(np.array(YARD.pool), 60, 50, runs=10).shape == (10,)


def test_the_baseline_grows_with_history_and_leaves_values_to_judge() -> None:
    assert [baseline_size(n) for n in (29, 30, 89, 90, 249, 250)] == [0, 30, 30, 60, 60, 100]
    assert changes([0.0] * 30, LIMITS) == []


@given(st.integers(0, 10_000), st.integers(20, 200))
def test_an_alarm_is_the_same_whatever_comes_later(seed: int, cut: int) -> None:
    source = random.Random(seed)
    values = [source.gauss(0.0 if index < 70 else -0.9, 1.0) for index in range(220)]

    live = [change for change in alarms(values, LIMITS) if change.found < cut]

    assert alarms(values[:cut], LIMITS) == live


def test_a_tone_that_went_back_is_no_news_any_more() -> None:
    low = [score - 0.6 for score in usual(25, 6)]
    scores = [*usual(60, 5), *low, *usual(25, 8)]

    assert tone_trend(mails([*usual(60, 5), *low]), YARD, now=NOW).turn is Turn.LOWER
    assert tone_trend(mails(scores), YARD, now=NOW).turn is Turn.NONE


def test_ranks_put_the_usual_at_zero_and_clip_the_wild() -> None:
    yard = Yardstick.of([i / 1000 for i in range(1001)])

    assert yard is not None
    assert yard.z(0.5) == pytest.approx(0, abs=0.01)
    assert yard.z(9.0) == pytest.approx(3, abs=0.3)
    assert Yardstick.of([0.0] * 29) is None


def test_missing_appreciation_and_new_distress_are_said() -> None:
    ours = words_of(mails([0.0] * 20, days_apart=4), now=NOW)
    theirs = words_of(mails([0.0] * 20, wording=4), now=NOW)

    said = " ".join(words_sentences(theirs, ours))

    assert "thanked or praised them in none" in said
    assert "Words of distress" in said
