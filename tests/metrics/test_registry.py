"""Every registered metric keeps the contract, has a name of its own and stands in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from metrics.base import Metric, measured, readings
from metrics.registry import BY_NAME, METRICS
from metrics.signal_table import signal_table
from tests.factories import history, message
from tests.metrics.contract import MetricContract


@pytest.fixture(params=METRICS, ids=[metric.name for metric in METRICS])
def metric(request: pytest.FixtureRequest) -> Metric:
    found = request.param
    assert isinstance(found, Metric)
    return found


class TestEveryMetric(MetricContract):
    pass


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(METRICS)


def test_both_sides_are_measured_by_the_same_function() -> None:
    ours = {m.name.removeprefix("our_"): m for m in METRICS if m.name.startswith("our_")}
    theirs = {m.name.removeprefix("their_"): m for m in METRICS if m.name.startswith("their_")}

    assert ours.keys() == theirs.keys()
    assert all(ours[name].doc == theirs[name].doc and ours[name].unit == theirs[name].unit for name in ours)


def test_readings_are_dated_at_the_horizon_and_leave_out_what_is_not_known() -> None:
    once = history([message(1)], day=3)

    rows = readings(once, METRICS)

    assert {row.at for row in rows} == {once.moment}
    assert {row.metric for row in rows} == set(measured(once, METRICS)) < set(BY_NAME)


def test_the_documented_table_is_the_registry() -> None:
    page = Path(__file__).parents[2] / "docs" / "signals.md"

    assert page.read_text(encoding="utf-8") == signal_table(), (
        "run: .venv/bin/python -m metrics.signal_table > docs/signals.md"
    )
