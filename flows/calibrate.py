"""Once a month the own history is asked which strictness keeps the alarm budget; the answer is proposed or applied.

What people answered to alerts counts for more than how a silence ended. Nothing is overwritten: each answer of the
history is a row of its own, and taking one back brings back the one before.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.hindsight import Hindsight, hindsight
from metrics.rhythm_prior import MODEL_VERSION
from models.directory import Directory
from models.settings import Settings
from models.store.calibrations import Calibration
from models.store.store import Store

log = logging.getLogger(__name__)

MONTHS = 12.0
_EVERY = timedelta(days=30)
MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of it: the row that was kept, or why the history cannot say."""

    kept: Calibration | None
    missing: str = ""


def calibrate(store: Store, past: Hindsight, *, who: str, in_use: bool, now: datetime) -> Calibrated:
    """Keep what a look back has found as the strictness in use, or as a proposal."""
    own = past.own
    if own is None:
        return Calibrated(kept=None, missing=past.own_missing)
    made = Calibration(
        strictness=own.strictness,
        budget_per_month=past.budget_per_month,
        partners=past.partners,
        partner_years=own.partner_years,
        false_alarms=own.false_alarms,
        labels=own.labels,
        model=MODEL_VERSION,
        since=past.since,
        until=past.until,
        at=now,
        who=who,
        in_use=in_use,
    )
    return Calibrated(kept=store.calibrations.save(made))


def calibrate_monthly(store: Store, settings: Settings, directory: Directory, *, now: datetime) -> Calibrated | None:
    """The monthly step; None where it is switched off, decided by hand, or not yet due.

    Somebody who took the last one back is not overruled by the next: from then on it is only proposed.
    """
    if settings.judge.calibrate == "off" or settings.judge.strictness is not None:
        return None
    newest = store.calibrations.newest()
    if newest is not None and newest.model == MODEL_VERSION and now - newest.at < _EVERY:
        return None
    was_taken_back = any(made.undone_at is not None for made in store.calibrations.all())
    in_use = settings.judge.calibrate == "apply" and not was_taken_back
    past = hindsight(store, settings, directory, months=MONTHS, now=now)
    done = calibrate(store, past, who=MONTHLY, in_use=in_use, now=now)
    if done.kept is not None:
        log.info("calibrate: strictness %.3f, in use: %s", done.kept.strictness, in_use)
    return done
