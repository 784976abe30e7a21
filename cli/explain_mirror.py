"""Both sides by the same measure, as `gonequiet explain` shows them; readings as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metrics.base import Measured, Metric
    from metrics.history import History
    from models.records import Side

# What the page and the mails show first; each is measured by one definition for both sides.
_MIRROR = (
    ("answer_time", "usual answer time"),
    ("slow_answer_time", "9 in 10 answers within"),
    ("reply_rate", "answered within target"),
    ("nudges", "reminders needed per answer"),
    ("active_people", "people in contact"),
    ("after_hours_pressure", "mail into the other's evenings"),
    ("short_notice_churn", "meetings changed at short notice"),
)
_TYPICAL, _FEW_WAITS = "answer_time", 3
# Units of one; those not named here lose their s.
_ONE = {
    "people": "person",
    "series": "series",
    "means": "means",
    "people a week": "person a week",
    "minutes a week": "minute a week",
    "hours a person and week": "hour a person and week",
    "mails per answer": "mail per answer",
}


def mirror(history: History, values: Mapping[str, Measured]) -> list[tuple[str, str, str]]:
    """(what, they, we) of each measure that one side at least has."""
    from metrics.registry import BY_NAME  # noqa: PLC0415  --help needs none of these
    from models.records import Side  # noqa: PLC0415

    rows = []
    for name, meaning in _MIRROR:
        told = []
        for who, side in (("their", Side.PARTNER), ("our", Side.US)):
            metric = BY_NAME[f"{who}_{name}"]
            found = values.get(metric.name)
            few = name == _TYPICAL and found is None
            told.append(_waits(history, side) if few else _told(history, found, metric, side))
        if told != ["-", "-"]:
            rows.append((meaning, told[0], told[1]))
    return rows


def shown(found: Measured | None, metric: Metric) -> str:
    """A reading as people write it, with its unit; a dash where there is too little to say."""
    if found is None:
        return "-"
    sign = "at least " if found.at_least else ""
    if metric.unit == "share":
        return f"{sign}{100 * found.value:.0f} %"
    number = f"{found.value:,.{metric.decimals}f}"
    unit = _ONE.get(metric.unit, metric.unit.removesuffix("s")) if float(number.replace(",", "")) == 1 else metric.unit
    return f"{sign}{number} {unit}"


def _told(history: History, found: Measured | None, metric: Metric, side: Side) -> str:
    """A reading as people say it: long times in working days of the side that takes them."""
    from metrics.wording import hours  # noqa: PLC0415

    if found is None or metric.unit != "business hours":
        return shown(found, metric).removesuffix(" mails per answer")  # the row says it
    told = hours(found.value, history.clock(side).day_seconds / 3600).replace("working day", "day")
    return f"at least {told}" if found.at_least else told


def _waits(history: History, side: Side) -> str:
    """The single answer times of 90 days, where they are too few for a usual one; a dash where there is none."""
    from metrics.wording import hours  # noqa: PLC0415

    day = history.clock(side).day_seconds / 3600
    answered = [w for w in history.waits_for(side, 90) if w.is_answered and not w.is_out_of_hours]
    return ", ".join(hours(w.hours, day).replace("working day", "day") for w in answered[-_FEW_WAITS:]) or "-"
