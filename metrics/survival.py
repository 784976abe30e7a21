"""How long it takes until something happens, when for some it has not happened yet.

Kaplan & Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53:457-481. Leaving open waits
out would make a side that stopped answering look quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Quantile(NamedTuple):
    """A quantile, or with `at_least` only a floor: the curve ends above it, print "> value"."""

    value: float
    at_least: bool


def kaplan_meier(happened: Iterable[float], still_open: Iterable[float], p: float) -> Quantile | None:
    """The time by which a share p has happened; None without any observation.

    Answered after 1, 2, 3, 4 hours and open for 10 and 12: the median is 3 (2.5 without the open ones), 9 in 10 "> 12".
    """
    events = sorted([(time, 0) for time in happened] + [(time, 1) for time in still_open])
    if not events:
        return None
    surviving, at_risk = 1.0, len(events)
    for time, is_open in events:  # at equal times what happened comes first
        if not is_open:
            surviving *= 1 - 1 / at_risk
            if surviving <= 1 - p + 1e-12:
                return Quantile(time, at_least=False)
        at_risk -= 1
    return Quantile(events[-1][0], at_least=True)
