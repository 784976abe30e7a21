"""How well push does, in words: for `accounts`, and as a check of `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.doctor_finding import Finding, Health
from cli.output import count_of

if TYPE_CHECKING:
    from cli.opening import Opened
    from models.store.pushes import PushQuality

PUSH_DAYS = timedelta(days=7)
_LEAST_CHANGES = 10
_MANY_LOST = 0.1


def push_row(quality: PushQuality | None) -> dict[str, int | None] | None:
    """How push did, as `accounts --json` says it; None where nothing was seen."""
    if quality is None or quality.lost_share is None:
        return None
    return {
        "told": quality.told,
        "lost": quality.lost,
        "half_within_seconds": quality.half,
        "nearly_all_within_seconds": quality.nearly_all,
        "worst_seconds": quality.worst,
    }


def push_words(row: Mapping[str, int | None] | None) -> list[str]:
    """The same as parts of a line; none where nothing was seen."""
    if row is None:
        return []
    told, lost = row["told"] or 0, row["lost"] or 0
    quick = [f"half within {row['half_within_seconds']} s and 95 in 100 within {row['nearly_all_within_seconds']} s"]
    missed = f"{lost:,} of {count_of(told + lost, 'change')} in 7 days never told"
    return [*(quick if told else []), missed]


def findings(house: Opened, *, now: datetime) -> Iterator[Finding]:
    """Push that loses much, for each source with a channel."""
    measured = house.store.pushes.quality(since=now - PUSH_DAYS)
    pushed = {channel.source for channel in house.store.channels.all()}
    well = 0
    for name in sorted(pushed):
        quality = measured.get(name)
        share = quality.lost_share if quality is not None else None
        if quality is None or share is None or quality.told + quality.lost < _LEAST_CHANGES or share < _MANY_LOST:
            well += 1
            continue
        seen = count_of(quality.told + quality.lost, "change")
        yield Finding(
            about=name,
            health=Health.WARN,
            says=f"push told nothing of {quality.lost:,} of {seen} in 7 days: they were read when the schedule came",
            todo="Does the push address reach gonequiet serve? See Push in docs/google.md or docs/microsoft.md.",
        )
    if well:
        yield Finding(about="push", health=Health.GOOD, says=f"{count_of(well, 'source')} listened to")
