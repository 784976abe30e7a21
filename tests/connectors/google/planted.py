"""Mistakes planted in the Google connectors: `python -m tests.connectors.google.planted NAME` ends with 0 if caught.

A process of its own, because the lives that hypothesis invents depend on which modules are loaded beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.google import calendar_listing, gmail, history
from connectors.google.calendar_listing import Listing
from connectors.google.positions import MailPosition
from tests.connectors.google.life import GoogleMachine
from tests.connectors.machine import run

SEED = 20_261_122
STEPS = 30_000


def no_restored(patch: pytest.MonkeyPatch) -> None:
    whole = history.read_history
    patch.setattr(gmail, "read_history", lambda records: _without_restored(whole(records)))


def _without_restored(changes: history.Changes) -> history.Changes:
    changes.restored.clear()
    return changes


def position_runs_ahead(patch: pytest.MonkeyPatch) -> None:
    written = MailPosition.written
    patch.setattr(MailPosition, "written", lambda self: written(replace(self, history=str(int(self.history) + 3))))


def nothing_owed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gmail, "_owing", lambda position, _failed, _tries=None: position)


def old_rule_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendar_listing, "_instances", lambda *_: [])


def exceptions_forgotten(patch: pytest.MonkeyPatch) -> None:
    expand: Any = Listing._expand
    patch.setattr(
        Listing,
        "_expand",
        lambda self, book, master, _exceptions, read, cancelled: expand(self, book, master, set(), read, cancelled),
    )


def bin_withdraws(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gmail, "_BIN", "")


def bin_unlisted(patch: pytest.MonkeyPatch) -> None:
    listing = gmail.GmailConnector._listing
    patch.setattr(
        gmail.GmailConnector,
        "_listing",
        lambda self, **query: iter(()) if query.get("labelIds") == ["TRASH"] else listing(self, **query),
    )


PLANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    plant.__name__: plant
    for plant in (
        no_restored,
        position_runs_ahead,
        nothing_owed,
        bin_withdraws,
        bin_unlisted,
        old_rule_forgotten,
        exceptions_forgotten,
    )
}


def main(name: str) -> int:
    """Plant this mistake and live; 0 if a life ended beside the truth, 1 if the mistake went unseen."""
    PLANTS[name](pytest.MonkeyPatch())
    try:
        run(GoogleMachine, STEPS, SEED)
    except AssertionError:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
