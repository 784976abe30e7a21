"""How well push does, as `accounts` and `doctor` say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main
from models.clock import now
from models.store.channels import Channel
from models.store.pushes import Outcome
from models.store.store import Store

ANA = "ana@example.org"
SOURCE = f"gmail:{ANA}"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.setenv("GONEQUIET_US", "example.org")

    def run(*arguments: str) -> str:
        result: Any = CliRunner().invoke(main, arguments)
        return str(result.output)

    return run


def seen(folder: Path, *, told: int, lost: int) -> None:
    at = now()
    store = Store.at(folder / "gonequiet.db")
    store.accounts.connect("google", ANA, tier="headers", config={}, sealed=b"", now=at)
    store.sources.ensure(SOURCE, live=True)
    store.sources.finished(SOURCE, now=at, directory="")
    channel = Channel(id="c", source=SOURCE, resource="mail", secret="", expires_at=at + timedelta(days=6))
    store.channels.keep(channel)
    outcomes = [Outcome(at=at - timedelta(minutes=n), late=timedelta(seconds=n)) for n in range(told)]
    outcomes += [Outcome(at=at - timedelta(minutes=n), late=None) for n in range(lost)]
    store.pushes.settle(SOURCE, outcomes, waiting=(), forget_before=at, now=at)
    store.close()


def test_accounts_says_how_late_and_how_many(run: Run, tmp_path: Path) -> None:
    seen(tmp_path, told=12, lost=3)

    words = run("accounts")
    row = json.loads(run("accounts", "--json"))[0]["sources"][0]

    assert "half within 5 s and 95 in 100 within 20 s, 3 of 15 changes in 7 days never told" in words
    assert row["push_7_days"] == {
        "told": 12,
        "lost": 3,
        "half_within_seconds": 5,
        "nearly_all_within_seconds": 20,
        "worst_seconds": 11,
    }


def test_nothing_is_claimed_where_nothing_was_seen(run: Run, tmp_path: Path) -> None:
    seen(tmp_path, told=0, lost=0)

    assert "never told" not in run("accounts")
    assert json.loads(run("accounts", "--json"))[0]["sources"][0]["push_7_days"] is None


@pytest.mark.parametrize(("told", "lost", "warned"), [(12, 3, True), (30, 1, False), (1, 3, False), (0, 12, True)])
def test_doctor_warns_of_push_that_loses_much(run: Run, tmp_path: Path, told: int, lost: int, warned: bool) -> None:
    seen(tmp_path, told=told, lost=lost)

    assert (f"push told nothing of {lost} of {told + lost} changes" in run("doctor", "--offline")) is warned
