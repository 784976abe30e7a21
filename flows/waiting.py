"""The clock that a budget paces by: the time of the steps, and real waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime


class WaitingClock:
    """A `connectors.budget.Clock` over the clock of a step."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock().timestamp()

    def sleep(self, seconds: float) -> None:
        """Come back so many seconds later."""
        time.sleep(seconds)
