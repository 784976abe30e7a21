"""Random lives end equal to the server: with the hole and its audit, and by the delta alone without either."""

from __future__ import annotations

import os

import pytest

from tests.connectors.machine import run
from tests.connectors.microsoft.life import MicrosoftMachine, SoundMachine

STEPS = int(os.environ.get("MACHINE_STEPS", "1000"))


@pytest.mark.parametrize("machine", [MicrosoftMachine, SoundMachine])
def test_after_faults_stop_and_one_pull_we_hold_what_the_server_holds(machine: type[MicrosoftMachine]) -> None:
    tally = run(machine, STEPS, 20261122)

    assert tally["steps"] >= STEPS
    assert tally["settled"] > 0
