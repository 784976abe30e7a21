"""Both sides by one definition: which measures stand side by side, what people call them, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping

from metrics.base import Measured, Metric

# (metric without its side, what a person calls it)
MIRROR = (
    ("answer_time", "Usual answer time"),
    ("slow_answer_time", "9 in 10 answers within"),
    ("reply_rate", "Answered within target"),
    ("nudges", "Reminders needed per answer"),
    ("active_people", "People in contact, 4 weeks"),
    ("after_hours_pressure", "Mail pressing into the other's evenings"),
    ("impatience", "Reminders before the usual answer time"),
    ("short_notice_churn", "Meetings changed at short notice"),
)
# (theirs, ours, what a person calls it)
PAIRS = (
    ("awaiting_them", "awaiting_us", "Answers owed now"),
    ("moved_by_them", "moved_by_us", "Meetings moved"),
    ("cancelled_by_them", "cancelled_by_us", "Meetings cancelled"),
)
# What each means, in words that fit either side: for a sheet that both read.
DEFINITIONS = {
    "answer_time": "Half of the waits for an answer of this side end within it. In its working hours, from the first "
    "mail that asks; what is still open counts as longer than it has lasted (Kaplan-Meier). 90 days.",
    "slow_answer_time": "Nine in ten of the same waits end within it.",
    "reply_rate": "Of the mails that asked this side, how many it answered within its agreed answer time. 90 days.",
    "nudges": "Reminders that this side had to send before it was answered, for each answer it got. 90 days.",
    "active_people": "People of this side with at least two mails or one held meeting in the last 28 days.",
    "after_hours_pressure": "Mails of this side that came while the other was closed and were answered or followed up "
    "before it opened. 90 days.",
    "impatience": "Reminders of this side that came before the other's usual answer time had passed. 90 days.",
    "short_notice_churn": "Planned meetings that this side moved or cancelled less than 24 working hours, "
    "of the other side, before they began. 90 days.",
    "awaiting_them": "Answers that this side owes now, as far as headers tell.",
    "moved_by_them": "Planned meetings whose time this side changed. 90 days.",
    "cancelled_by_them": "Planned meetings that this side called off. 90 days.",
}
_UNITS = {
    "business hours": " h",
    "joint business days": " days",
    "days": " days",
    "people": "",
    "conversations": "",
    "mails per answer": "",
}


def mirror(values: Mapping[str, Measured], metrics: Mapping[str, Metric]) -> list[tuple[str, str, str]]:
    """Rows of (label, they, we), for every measure that at least one side has enough of."""
    pairs = [(f"their_{name}", f"our_{name}", label) for name, label in MIRROR]
    rows = []
    for theirs, ours, label in (*pairs[:3], *PAIRS[:1], *pairs[3:], *PAIRS[1:]):
        if theirs in values or ours in values:
            said = [
                value_of(values[name], metrics[name]) if name in values else "too little to say"
                for name in (theirs, ours)
            ]
            rows.append((label, said[0], said[1]))
    return rows


def value_of(found: Measured, metric: Metric) -> str:
    """A reading as people write it; "> " before a floor."""
    prefix = "> " if found.at_least else ""
    if metric.unit == "share":
        return f"{prefix}{found.value * 100:.0f} %"
    return f"{prefix}{round(found.value, metric.decimals):g}{_UNITS.get(metric.unit, ' ' + metric.unit)}"
