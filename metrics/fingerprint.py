"""Which rules a stored reading was made under: with other calendars or settings all history is recomputed."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from metrics.history import Targets
from metrics.registry import METRICS
from metrics.working_time import clock_of
from models.directory import Directory
from models.records import Partner, WorkingHours

# Raise it whenever a definition changes in a way that a metric's name or docstring does not show.
RULES = 1


def fingerprint(partner: Partner, ours: WorkingHours, directory: Directory, targets: Targets | None = None) -> str:
    """Sixteen hex digits that change when any reading of this partner could: store it beside the readings.

    In it: both calendars (zone, hours, holidays and the release of their tables, closings), who is who, the partner's
    own settings, the targets, the metrics and their definitions. ValueError for hours that cannot be read.
    """
    agreed = targets or Targets()
    said = [
        str(RULES),
        clock_of(ours).version,
        clock_of(partner.hours).version,
        _zone_tables(),
        directory.fingerprint,
        repr((partner.key, partner.owner, partner.deputy, partner.cadence, partner.category, partner.backup)),
        repr((partner.learned_hours, agreed.our_answer_hours, agreed.their_answer_hours, agreed.meeting_days)),
        repr((sorted(agreed.sponsors), sorted(agreed.series.items()), sorted(agreed.settled))),
        _definitions(),
    ]
    return hashlib.blake2b("\0".join(said).encode(), digest_size=8).hexdigest()


@cache
def _definitions() -> str:
    """Every metric with its docstring."""
    return "\0".join(f"{metric.name} {metric.unit} {metric.doc}" for metric in METRICS)


@cache
def _zone_tables() -> str:
    """The release of the time zone tables."""
    try:
        return version("tzdata")
    except PackageNotFoundError:  # the system's own tables are in use
        return ""
