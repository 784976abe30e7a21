"""What runs when: for `gonequiet serve`, and the same in prefect.yaml."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from flows.schedule import deployments, plans
from models.settings import Settings

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG = timedelta(minutes=10)


def test_schedules_are_in_the_operators_zone() -> None:
    told = {flow.name: how for flow, how in deployments(Settings(zone="Asia/Kolkata"), None)}

    assert {schedule.timezone for how in told.values() for schedule in how["schedules"]} == {"Asia/Kolkata"}
    assert told["catch-up"]["schedules"] == []
    assert told["catch-up"]["triggers"][0].expect == {"source.changed"}


@pytest.mark.parametrize("minutes", [1, 7, 15, 60])
def test_a_round_comes_as_often_as_the_settings_say(minutes: int) -> None:
    cron = next(plan.cron for plan in plans(Settings(serve={"pull_minutes": minutes})) if plan.flow.name == "watch")

    assert cron is not None
    first, _, step = cron.split()[0].partition("/")
    assert int(first.partition("-")[0]) < minutes
    assert int(step or 60) == minutes


def test_two_installations_ask_at_other_minutes() -> None:
    minutes = {plans(Settings(us=(f"example{n}.org",)))[0].cron for n in range(40)}

    assert len(minutes) > 8


def test_only_rounds_may_run_beside_each_other() -> None:
    limits = {
        flow.name: how["concurrency_limit"].limit for flow, how in deployments(Settings(serve={"at_once": 6}), None)
    }

    assert limits == {"watch": 6, "catch-up": 6, "tell": 1, "renew": 1, "clear-up": 1}


def test_prefect_yaml_names_the_same_flows() -> None:
    named = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]

    ours = {plan.flow.fn.__name__: plan for plan in plans(Settings())}
    assert {one["entrypoint"].partition(":")[2] for one in named} == set(ours)
    for one in named:
        path, _, function = one["entrypoint"].partition(":")
        assert ours[function].flow.fn.__module__ == path.removesuffix(".py").replace("/", ".")
        assert bool(one.get("schedules")) == (ours[function].cron is not None)
        assert [t["expect"] for t in one.get("triggers", [])] == (
            [["source.changed"]] if ours[function].on_push else []
        )
