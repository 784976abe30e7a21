"""Random lives of a Google account end in the truth, in memory and in the real store; planted mistakes are caught.

The long run is a command of its own: `python -m tests.connectors.machine --vendor google --steps 100000`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.google import calendar_listing, gmail, history
from connectors.google.calendar_listing import Listing
from connectors.google.positions import MailPosition
from tests.connectors.google.life import GoogleMachine, GoogleStoreMachine
from tests.connectors.machine import run

SEED = 20_261_122


def test_two_thousand_steps_end_in_the_truth() -> None:
    tally = run(GoogleMachine, 2000, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["steps"] >= 2000
    assert tally["settled"] >= 40


def test_the_store_ends_in_the_truth_however_it_is_killed() -> None:
    tally = run(GoogleStoreMachine, 400, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["kills"] >= 5


def _no_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = history.read_history
    monkeypatch.setattr(gmail, "read_history", lambda records: _without_restored(whole(records)))


def _without_restored(changes: history.Changes) -> history.Changes:
    changes.restored.clear()
    return changes


def _position_runs_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    written = MailPosition.written
    monkeypatch.setattr(
        MailPosition, "written", lambda self: written(replace(self, history=str(int(self.history) + 3)))
    )


def _nothing_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gmail, "_owing", lambda position, _failed, _tries=None: position)


def _old_rule_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_listing, "_instances", lambda *_: [])


def _exceptions_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    expand: Any = Listing._expand
    monkeypatch.setattr(
        Listing,
        "_expand",
        lambda self, book, master, _exceptions, read, cancelled: expand(self, book, master, set(), read, cancelled),
    )


@pytest.mark.parametrize(
    "plant", [_no_restored, _position_runs_ahead, _nothing_owed, _old_rule_forgotten, _exceptions_forgotten]
)
def test_a_planted_mistake_is_caught(plant: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    with pytest.raises(AssertionError):
        run(GoogleMachine, 20_000, SEED)  # stops at the first mistake; which life shows it depends on what is imported
