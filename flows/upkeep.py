"""What is done once a day beside the rounds: old rows are dropped, and once a month the own history is asked.

The service does it at night (flows/daily.py). Who runs rounds from cron has no night: then the first round of a day
does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.calibrate import Calibrated, calibrate_monthly
from flows.retain import Dropped, retain
from models.directory import Directory
from models.settings import Settings
from models.store.store import Store

_EVERY = timedelta(hours=20)  # not 24: the hour of a daily run wanders


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What came of it; `calibrated` is None where the own history was not asked."""

    dropped: Dropped
    calibrated: Calibrated | None


def upkeep(store: Store, settings: Settings, directory: Directory, *, now: datetime) -> Upkeep:
    """Do it now, and note when it was done."""
    done = Upkeep(
        dropped=retain(store, settings, now=now),
        calibrated=calibrate_monthly(store, settings, directory, now=now),
    )
    store.retention.note(now)
    return done


def upkeep_if_due(store: Store, settings: Settings, directory: Directory, *, now: datetime) -> Upkeep | None:
    """Do it, unless it was done within the last 20 hours, or only archives are read; None then.

    An archive was brought by hand, and goes by hand.
    """
    last = store.retention.last()
    if (last is not None and last <= now < last + _EVERY) or not any(one.live for one in store.sources.all()):
        return None
    return upkeep(store, settings, directory, now=now)
