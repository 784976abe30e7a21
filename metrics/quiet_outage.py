"""Is it them, or our mail sync? When everybody falls silent at once, the alarms of a mailbox are held.

All inbound words of a mailbox together are one rhythm, counted in working hours; a silence of it rarer than one in a
thousand looks like a broken sync, not like partners.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

IMPROBABLE = 1e-3
LEAST_WORDS = 50
_KEEP = 0.5 ** (1 / 100)


@dataclass(frozen=True, slots=True)
class Outage:
    """A mailbox whose whole inbound stopped: for how many working hours, and how likely that is by chance."""

    silent_hours: float
    chance: float

    @property
    def sentence(self) -> str:
        """What to tell the operator."""
        rarity = min(10**6, max(1000, round(1 / max(self.chance, 1e-9))))
        return (
            f"mail sync looks broken: not one inbound mail for {self.silent_hours:.0f} working hours, "
            f"which happens by chance less than once in {rarity:,} times"
        )


def outage(gaps_hours: Sequence[float], silent_hours: float) -> Outage | None:
    """Whether a mailbox's present silence is improbable; None if not, or if fewer than 50 gaps are known.

    gaps_hours  working hours between successive inbound words of the mailbox, oldest first
    The longer of two tails counts: exponential at the recent pace, and how often such a silence was really seen.
    """
    if len(gaps_hours) < LEAST_WORDS or silent_hours <= 0:
        return None
    seen = (1 + sum(1 for gap in gaps_hours if gap >= silent_hours)) / (1 + len(gaps_hours))
    # Beyond the longest silence ever seen, the tail goes on as a power law fitted to the longest tenth.
    tail = sorted(gaps_hours)[-max(5, len(gaps_hours) // 10) :]
    if silent_hours > tail[-1]:
        seen = _beyond(tail, len(gaps_hours), silent_hours)
    return Outage(silent_hours, seen) if seen < IMPROBABLE else None


def _beyond(tail: Sequence[float], n: int, silent_hours: float) -> float:
    """The tail fitted by Hill (1975), carried on past the largest value."""
    least = max(tail[0], 1e-3)
    slope = len(tail) / max(1e-9, sum(log(max(value, least) / least) for value in tail))
    return float(len(tail) / n * (silent_hours / least) ** -slope)


def mailbox_gaps(hours: Iterable[float]) -> list[float]:
    """Gaps between ascending instants on a working-hours scale; several words within one hour count once."""
    found: list[float] = []
    before: float | None = None
    for hour in hours:
        if before is not None and hour - before >= 1.0:
            found.append(hour - before)
        if before is None or hour - before >= 1.0:
            before = hour
    return found
