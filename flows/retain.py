"""Clearing up: what is older than the settings say is dropped. Twice is the same as once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.settings import Settings
from models.store.store import Store

log = logging.getLogger(__name__)

# Judging looks back `judge.history_days`; a detector that starts anew must still find all of that.
MARGIN = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """How many rows of each kind went."""

    readings: int
    letters: int
    mails: int
    meetings: int

    @property
    def total(self) -> int:
        """Rows of every kind."""
        return self.readings + self.letters + self.mails + self.meetings


def retain(store: Store, settings: Settings, *, now: datetime) -> Dropped:
    """Drop what is too old to count: readings, letters, and mails and meetings beyond the history that is judged."""
    history = now - timedelta(days=settings.judge.history_days) - MARGIN
    dropped = Dropped(
        readings=store.retention.readings(now - timedelta(days=settings.serve.readings_days)),
        letters=store.retention.letters(now - timedelta(days=settings.serve.letters_days)),
        mails=store.retention.mails(history),
        meetings=store.retention.meetings(history),
    )
    store.tones.sweep()
    log.info("retain: %d mails, %d letters, %d readings dropped", dropped.mails, dropped.letters, dropped.readings)
    return dropped
