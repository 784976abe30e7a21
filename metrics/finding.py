"""One thing to know about a partner, as page, mail and terminal show it."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.bands import Level
from models.records import Side


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a partner.

    name      stable key: the metric's name, or the rule's
    side      whose behaviour it is about: US or PARTNER
    sentence  with its numbers, for people
    value, n  what it rests on, in the metric's unit
    people    addresses it names, if any
    since     Unix seconds at which it became so, where the rule can tell; None = at this look
    """

    name: str
    side: Side
    level: Level
    sentence: str
    value: float
    n: int
    people: tuple[str, ...] = ()
    since: int | None = None
