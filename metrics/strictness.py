"""How strict the detector is under an alarm budget: "at most one false alarm a month over all my partners".

Strictness scales the chance at which a silence is called quiet: 1 as shipped, less for fewer alarms. A false alarm is
one in a silence from which the partner came back by itself. The map was measured on the training corpus; with a year
of own history of enough partners, that history is asked too (metrics/quiet_budget.py).
"""

from __future__ import annotations

MOST = 1.0
LEAST = 0.02
# False alarms per partner-year at strictness s: AT_ONE * s ** EXPONENT, over all partners of the training corpus.
AT_ONE = 0.86
EXPONENT = 1.15


def strictness_for(partners: int, alarms_per_month: float) -> float:
    """The strictness that keeps so many partners together within the budget, by the shipped map; never above 1.

    One partner alone has less than one false alarm a year at strictness 1: a larger budget buys nothing more.
    """
    per_partner_year = 12 * alarms_per_month / max(1, partners)
    return max(LEAST, min(MOST, float((per_partner_year / AT_ONE) ** (1 / EXPONENT))))


def strictness_after(calibrated: float, *, then: float, now: float) -> float:
    """A calibrated strictness carried over to another grant: false alarms per partner-year granted then and now.

    More partners under the same budget, or a smaller budget, make it stricter, by the shipped map.
    """
    return max(LEAST, min(MOST, float(calibrated * (now / then) ** (1 / EXPONENT))))
