"""Random lives of a Google account end in the truth, in memory and in the real store; planted mistakes are caught.

The long run is a command of its own: `python -m tests.connectors.machine --vendor google --steps 100000`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.google.life import GoogleMachine, GoogleStoreMachine
from tests.connectors.google.planted import PLANTS, SEED
from tests.connectors.machine import run

ROOT = Path(__file__).parents[3]


def test_two_thousand_steps_end_in_the_truth() -> None:
    tally = run(GoogleMachine, 2000, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["steps"] >= 2000
    assert tally["settled"] >= 40


def test_the_store_ends_in_the_truth_however_it_is_killed() -> None:
    tally = run(GoogleStoreMachine, 400, SEED)
    print(f"seed {SEED}: {tally}")

    assert tally["kills"] >= 5


@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_a_planted_mistake_is_caught(plant: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.connectors.google.planted", plant], cwd=ROOT, capture_output=True, check=False
    )

    assert result.returncode == 0, result.stderr.decode()[-2000:]
