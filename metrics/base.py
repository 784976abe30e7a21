"""What a metric is: a name, a unit, a meaning, and a function from a partner's history to a number.

    from metrics.base import Metric, measured
    for metric in METRICS:                       # metrics.registry
        found = metric.measure(history)          # history: metrics.folding.fold(...)
        if found is not None:
            value, n, at_least = found

A measure is pure. It knows `history.now` and nothing later, and gives None when there is too little to say.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from metrics.history import History
from models.records import Reading

# What each measure's docstring has to say, one line each; docs/signals.md is made of them.
FACTS = ("Unit", "Range", "Better", "Least n", "Example", "Source")


class Measured(NamedTuple):
    """A value in the metric's unit, and from how many observations.

    at_least  the value is only a floor: so many waits are still open that the quantile lies beyond it ("> 12 h")
    """

    value: float
    n: int
    at_least: bool = False


Measure = Callable[[History], Measured | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One signal. `measure` gives None where there is too little to say; `meaning` is one plain sentence.

    signal   the signal's id in the catalogue (R1 ... P9)
    decimals how many decimals a person is shown
    """

    name: str
    signal: str
    unit: str
    meaning: str
    measure: Measure
    decimals: int = 1

    @property
    def doc(self) -> str:
        """The docstring of the function behind the measure."""
        inner = self.measure.func if isinstance(self.measure, partial) else self.measure
        return inspect.getdoc(inner) or ""

    @property
    def facts(self) -> dict[str, str]:
        """Range, direction, smallest n, example and source, as the docstring states them."""
        found = re.findall(rf"^({'|'.join(FACTS)}): (.+(?:\n {{2,}}.+)*)", self.doc, re.MULTILINE)
        return {name: " ".join(text.split()) for name, text in found}


def measured(history: History, metrics: Iterable[Metric]) -> dict[str, Measured]:
    """What each metric says of one history, those with too little to say left out."""
    return {metric.name: found for metric in metrics if (found := metric.measure(history)) is not None}


def readings(history: History, metrics: Iterable[Metric]) -> tuple[Reading, ...]:
    """The same as rows to store, dated at the history's horizon."""
    return tuple(
        Reading(partner=history.partner.key, metric=name, at=history.moment, value=found.value, n=found.n)
        for name, found in measured(history, metrics).items()
    )
