"""The drawing of pressure: our mails to each active person of theirs by week, between too little and too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from metrics.history import History
from metrics.pressure import pressure_by_week, pressure_zone
from models.records import Side

WEEKS = 26
WIDTH, HEIGHT = 720, 100


@dataclass(frozen=True, slots=True)
class WeekBar:
    """One week; `kind` is "much", "little" or "usual"."""

    x: float
    y: float
    height: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class PressureBand:
    """Half a year of weeks; `low` and `high` are the y of the two limits, None where too little is known."""

    bars: tuple[WeekBar, ...]
    bar_width: float
    low: float | None
    high: float | None
    says: str


def pressure_band(history: History) -> PressureBand | None:
    """The weeks up to the horizon; None where we have not written in any of them."""
    weeks = pressure_by_week(history, side=Side.US, weeks=WEEKS)
    if not any(weeks):
        return None
    zone = pressure_zone(history, side=Side.US)
    top = max([value for value in weeks if value is not None] + ([zone[1] * 1.1] if zone else []))
    step = WIDTH / WEEKS
    bars = []
    for i, value in enumerate(weeks):
        if value is None:
            continue
        height = round(HEIGHT * value / top, 1)
        until = history.date_of(history.now) - timedelta(days=7 * (WEEKS - 1 - i))
        kind = "usual" if zone is None else "much" if value > zone[1] else "little" if value < zone[0] else "usual"
        words = {"much": ", too much", "little": ", too little", "usual": ""}[kind]
        says = f"week to {until.day} {until:%b}: {value:.1f} mails a person and day{words}"
        bars.append(WeekBar(round(i * step + 2, 1), round(HEIGHT - height, 1), height, kind, says))
    much, little = (sum(bar.kind == kind for bar in bars) for kind in ("much", "little"))
    said = f"{len(bars)} weeks: {much} with far more contact from us than usual, {little} with far less."
    if zone is None:
        said = f"{len(bars)} weeks; too few mails to say what is usual."
    return PressureBand(
        bars=tuple(bars),
        bar_width=round(step - 4, 1),
        low=None if zone is None else round(HEIGHT - HEIGHT * zone[0] / top, 1),
        high=None if zone is None else round(HEIGHT - HEIGHT * zone[1] / top, 1),
        says=said,
    )
