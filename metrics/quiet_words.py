"""The detector's sentences: the same words and numbers on page, mail and terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from metrics.quantiles import quantile_of_sorted
from metrics.rhythm import YEAR_DAYS, Rhythm


class Usual(NamedTuple):
    """The last twelve gaps as anybody can count them, in working days; `gaps` is how many there are."""

    gaps: int
    mean: float
    median: float
    p90: float
    longest: int


def usual_of(gaps: Sequence[int]) -> Usual | None:
    """What is usual; None before the first gap."""
    if not gaps:
        return None
    ordered = sorted(gaps)
    return Usual(
        gaps=len(ordered),
        mean=sum(ordered) / len(ordered),
        median=quantile_of_sorted(ordered, 0.5),
        p90=quantile_of_sorted(ordered, 0.9),
        longest=ordered[-1],
    )


def silence_sentence(rhythm: Rhythm, silence: int) -> str:
    """What is usual, how long the silence is, and how rare that would be had nothing changed."""
    return f"{usual_sentence(usual_of(rhythm.recent))} {silent_sentence(silence)} {rarity_sentence(rhythm, silence)}"


def usual_sentence(usual: Usual | None) -> str:
    """What is usual, in words; "" before the first gap."""
    if usual is None:
        return ""
    mean = round(usual.mean, 1)
    every = "working day" if mean == 1 else count_of_days(mean)
    return (
        f"Word from them every {every} on average "
        f"(9 in 10 within {usual.p90:.3g}, longest of the last {usual.gaps}: {usual.longest})."
    )


def silent_sentence(silence: int) -> str:
    """How long the silence is, in whole working days on both calendars."""
    return f"Silent for {count_of_days(silence)}." if silence else "In touch within the last working day."


def rarity_sentence(rhythm: Rhythm, silence: int) -> str:
    """The chance of this silence had nothing changed, and how often it would then come by itself."""
    chance = rhythm.chance(silence)
    days = sum(rhythm.recent) / len(rhythm.recent) / max(chance, 1e-9)
    return f"Had nothing changed, a silence this long has a chance of {percent(chance)}, about once in {span(days)}."


def percent(chance: float) -> str:
    """A chance as people read it: "12 %", "1.3 %", "less than 0.1 %"."""
    if chance < 0.001:
        return "less than 0.1 %"
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.1f} %"


def span(working_days: float) -> str:
    """A stretch of working days as people say it: "3 weeks", "8 months", "2 years"."""
    for unit, length in (("year", YEAR_DAYS), ("month", YEAR_DAYS / 12), ("week", 5.0)):
        count = working_days / length
        if count >= 1.75 or (unit == "week" and count >= 0.75):
            if count > 99:
                return f"more than 99 {unit}s"
            return f"{round(count)} {unit}" + ("" if round(count) == 1 else "s")
    return count_of_days(max(1, round(working_days)))


def count_of_days(n: float) -> str:
    """A number of working days with its noun."""
    return f"{n:g} working day" + ("" if n == 1 else "s")


def times(n: int) -> str:
    """How often: "once", "twice", "5 times"."""
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def date_words(day: date) -> str:
    """A date as people say it: "3 March 2026"."""
    return f"{day.day} {day:%B %Y}"
