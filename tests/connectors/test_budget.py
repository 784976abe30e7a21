"""The budget never lets a window be exceeded, and lets as much through as it may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import ServiceUnavailable
from connectors.budget import Lane, Limit, Pacer, seconds_needed
from tests.connectors.memory_budget import MemoryBudget

MINUTE = Limit(bucket="user:minute", units=6000, seconds=60)


class MovingClock:
    """A clock that moves only by sleeping."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self.time = start

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from([1.0, 20.0, 1000.0, 3000.0])), max_size=60))
def test_no_rolling_window_is_ever_exceeded(steps: list[tuple[float, float]]) -> None:
    clock, sent = MovingClock(), []
    pacer = Pacer(MemoryBudget(), [MINUTE], clock)
    for idle, units in steps:
        clock.sleep(idle)
        pacer.spend(units)
        sent.append((clock.time, units))

    for end, _ in sent:
        assert sum(units for at, units in sent if end - 60 < at <= end) <= 6000


def test_what_was_not_spent_may_be_spent_at_once() -> None:
    clock = MovingClock()
    pacer = Pacer(MemoryBudget(), [MINUTE], clock)

    for _ in range(6):
        pacer.spend(1000)

    assert clock.time == 1_000_000.0


def test_a_long_run_reaches_ninety_eight_percent_of_the_limit() -> None:
    clock = MovingClock()
    pacer = Pacer(MemoryBudget(), [MINUTE], clock)

    for _ in range(600):
        pacer.spend(1000)

    assert 600_000 / (clock.time - 1_000_000 + 60) >= 0.98 * 100


def test_backfill_leaves_the_reserve_to_live_traffic() -> None:
    budget, limit = MemoryBudget(), Limit(bucket="p", units=1000, seconds=60, reserve=0.1)
    assert budget.charge([limit], 900, lane=Lane.BACKFILL, now=100.0) == 0.0

    assert budget.charge([limit], 50, lane=Lane.BACKFILL, now=101.0) > 0
    assert budget.charge([limit], 100, lane=Lane.LIVE, now=101.0) == 0.0


def test_either_all_limits_are_charged_or_none() -> None:
    budget = MemoryBudget()
    wide, narrow = Limit(bucket="wide", units=100, seconds=60), Limit(bucket="narrow", units=10, seconds=60)
    budget.charge([wide, narrow], 10, lane=Lane.LIVE, now=0.0)

    assert budget.charge([wide, narrow], 10, lane=Lane.LIVE, now=1.0) > 0
    assert budget.charge([wide], 90, lane=Lane.LIVE, now=1.0) == 0.0


def test_a_refusal_rests_the_mailbox_and_no_other() -> None:
    budget, clock = MemoryBudget(), MovingClock()
    project = Limit(bucket="project", units=10_000, seconds=60)
    ana = Pacer(budget, [Limit(bucket="ana", units=100, seconds=60), project], clock)
    bob = Pacer(budget, [Limit(bucket="bob", units=100, seconds=60), project], clock)
    ana.refused(30)

    bob.spend(10)
    assert clock.time == 1_000_000.0
    ana.spend(10)
    assert clock.time == 1_000_030.0


def test_a_long_wait_is_handed_back_instead_of_slept() -> None:
    pacer = Pacer(MemoryBudget(), [MINUTE], MovingClock(), patience=10)
    pacer.spend(6000)

    with pytest.raises(ServiceUnavailable) as caught:
        pacer.spend(20)
    assert caught.value.retry_after is not None
    assert timedelta(seconds=59) < caught.value.retry_after < timedelta(seconds=62)


def test_more_than_a_whole_window_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="never fit"):
        MemoryBudget().charge([MINUTE], 6001, lane=Lane.LIVE, now=0.0)


def test_the_prediction_is_the_arithmetic_of_the_reference() -> None:
    assert seconds_needed([MINUTE], 200_101) == pytest.approx((200_101 - 6000) / 100)


def test_a_prediction_counts_what_was_just_spent() -> None:
    lately = [(0.0, 3000.0), (20.0, 3000.0)]

    assert seconds_needed([MINUTE], 3000, lately=lately, now=30) == 30  # when the first charge is a minute old
    assert seconds_needed([MINUTE], 5000, lately=lately, now=30) == 50
    assert seconds_needed([MINUTE], 5000, lately=lately, now=100) == 0
    assert seconds_needed([MINUTE], 12_000, lately=lately, now=30) == pytest.approx(120)


def test_a_prediction_comes_true() -> None:
    clock = MovingClock()
    pacer = Pacer(MemoryBudget(), [MINUTE], clock)
    for _ in range(60):
        pacer.spend(100)
    clock.sleep(15)
    predicted, began = pacer.seconds_left(30 * 100), clock.now()
    for _ in range(30):
        pacer.spend(100)

    assert clock.now() - began == pytest.approx(predicted, abs=2)
