"""Random lives of a Google account end in the truth, in memory and in the real store; planted mistakes are caught.

The long run is a command of its own: `python -m tests.connectors.machine --vendor google --steps 100000`.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.connectors.google.life import GoogleMachine, GoogleStoreMachine
from tests.connectors.google.planted import PLANTS, Plant
from tests.connectors.machine import run

pytestmark = pytest.mark.long

SEED = 20_261_122
STEPS = 30_000  # that a planted mistake may take


def test_two_thousand_steps_end_in_the_truth() -> None:
    tally = run(GoogleMachine, 2000, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["steps"] >= 2000
    assert tally["settled"] >= 40


def test_the_store_ends_in_the_truth_however_it_is_killed() -> None:
    tally = run(GoogleStoreMachine, 400, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["kills"] >= 5


@pytest.mark.parametrize(("plant", "seed"), PLANTS)
def test_a_planted_mistake_is_caught(plant: Plant, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    with pytest.raises(AssertionError):
        run(GoogleMachine, STEPS, seed)


def test_a_life_is_the_same_whatever_else_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run(GoogleMachine, 100, SEED)

    numbers = tmp_path / "numbers_beside.py"  # Hypothesis likes to draw what stands in code
    numbers.write_text(f"NUMBERS = {list(range(100_000, 101_000))}\n")
    spec = spec_from_file_location(numbers.stem, numbers)
    assert spec is not None
    module = module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, numbers.stem, module)

    assert run(GoogleMachine, 100, SEED) == alone
