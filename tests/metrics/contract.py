"""What every metric promises; a test file for metrics subclasses it with the metrics it is about."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import pytest

from metrics.base import FACTS, Metric
from metrics.history import History
from models.records import Interaction, Meeting
from tests.factories import history, moment
from tests.metrics.busy_partner import HORIZON_DAY, PEERS, TARGETS, busy_partner, busy_year


class MetricContract:
    """Run over `metrics` by parametrisation in the subclass's module; see test_registry.py."""

    def test_nothing_gives_nothing(self, metric: Metric) -> None:
        found = metric.measure(history([]))

        assert found is None or metric.name == "named_owners", (
            "an empty history says nothing, but who is named is known"
        )

    def test_it_says_something_of_a_busy_partner(self, metric: Metric) -> None:
        found = metric.measure(known_on(HORIZON_DAY))

        assert found is not None
        assert math.isfinite(found.value)

    def test_it_is_pure(self, metric: Metric) -> None:
        once = known_on(HORIZON_DAY)

        assert metric.measure(once) == metric.measure(once) == metric.measure(_made_again())

    def test_it_is_blind_to_order_and_duplicates(self, metric: Metric) -> None:
        assert metric.measure(shuffled_with_repeats()) == metric.measure(known_on(HORIZON_DAY))

    @pytest.mark.parametrize("day", [40, 150, 222])
    def test_the_future_is_not_known(self, metric: Metric, day: int) -> None:
        assert metric.measure(known_on(day)) == metric.measure(told_by(day))

    def test_the_answer_stays_in_its_range_and_counts_what_it_needs(self, metric: Metric) -> None:
        least = int(re.match(r"\d+", metric.facts["Least n"])[0])  # type: ignore[index]
        for day in range(10, HORIZON_DAY + 60, 21):
            found = metric.measure(known_on(day))
            if found is None:
                continue
            assert isinstance(found.n, int)
            assert found.n >= least
            assert math.isfinite(found.value)
            if metric.unit == "share" and not metric.name.endswith("overload"):
                assert 0 <= found.value <= 1
            if metric.unit == "index":
                assert -1 <= found.value <= 1
            if metric.unit in {"business hours", "joint business days", "days", "conversations", "people", "meetings"}:
                assert found.value >= 0 or metric.name == "pushed_days"

    def test_it_says_what_it_is(self, metric: Metric) -> None:
        assert metric.unit
        assert metric.meaning.endswith(".")
        assert set(metric.facts) == set(FACTS), f"{metric.name}: the docstring lacks {set(FACTS) - set(metric.facts)}"
        assert re.match(r"\d+", metric.facts["Least n"])
        assert re.fullmatch(r"[RMTBP]\d+", metric.signal)


@lru_cache(maxsize=64)
def known_on(day: float) -> History:
    """The busy year as known on a day."""
    return folded(busy_year(), day)


@lru_cache(maxsize=8)
def told_by(day: float) -> History:
    """The same from only those interactions that existed by then."""
    return folded([item for item in busy_year() if _known_since(item) <= moment(day, 12.0)], day)


@lru_cache(maxsize=1)
def shuffled_with_repeats() -> History:
    """The busy year in another order, a third of it twice."""
    items = [*busy_year(), *busy_year()[::3]]
    random.Random(7).shuffle(items)
    return folded(items, HORIZON_DAY)


def folded(items: Sequence[Interaction], day: float) -> History:
    """A fresh history of the busy partner."""
    return history(items, day=day, of=busy_partner(), targets=TARGETS, peers=PEERS)


@lru_cache(maxsize=1)
def _made_again() -> History:
    return folded(busy_year(), HORIZON_DAY)


def _known_since(item: Interaction) -> datetime:
    return item.seen_at if isinstance(item, Meeting) else item.at
