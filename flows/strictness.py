"""How strict the detector is now, and who decided: the settings, the own history, or the alarm budget alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from metrics.rhythm_prior import MODEL_VERSION
from metrics.strictness import strictness_after, strictness_for
from models.settings import Settings
from models.store.calibrations import Calibration
from models.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The strictness in use.

    origin       "settings", "history" or "budget"
    calibration  what the own history said, where that decides
    """

    value: float
    origin: str
    calibration: Calibration | None = None

    def sentence(self) -> str:
        """Where it comes from, for people."""
        if self.calibration is None:
            return "set by hand under [judge]" if self.origin == "settings" else "from the alarm budget alone"
        made = self.calibration
        return f"calibrated on {_day(made.at)} from {made.partner_years:.0f} partner-years of your own history" + (
            f" and {made.labels} of your answers" if made.labels else ""
        )


def in_force(store: Store, settings: Settings, *, partners: int | None = None) -> InForce:
    """The strictness by which partners are judged; `partners` = how many are watched, where that is known already."""
    if settings.judge.strictness is not None:
        return InForce(value=settings.judge.strictness, origin="settings")
    watched = store.partners.count() if partners is None else partners
    budget = settings.alerts.budget_per_month
    made = store.calibrations.standing(MODEL_VERSION)
    if made is None or settings.judge.calibrate == "off":
        return InForce(value=strictness_for(watched, budget), origin="budget")
    value = strictness_after(
        made.strictness, then=made.budget_per_month / max(1, made.partners), now=budget / max(1, watched)
    )
    return InForce(value=value, origin="history", calibration=made)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
