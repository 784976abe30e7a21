"""Mistakes planted in the Google connectors, each with the seed of a life that meets it soon.

Any seed meets it in the end. A change of the lives themselves may call for other seeds: a slow test says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.google import calendar_listing, gmail, gmail_listing, history
from connectors.google.calendar_listing import Listing
from connectors.google.positions import MailPosition

Plant = Callable[[pytest.MonkeyPatch], None]


def no_restored(patch: pytest.MonkeyPatch) -> None:
    whole = history.read_history
    patch.setattr(gmail_listing, "read_history", lambda records: _without_restored(whole(records)))


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
    listed = gmail_listing.MailListing.ids
    patch.setattr(
        gmail_listing.MailListing,
        "ids",
        lambda self, **query: iter(()) if query.get("labelIds") == ["TRASH"] else listed(self, **query),
    )


PLANTS: tuple[tuple[Plant, int], ...] = (
    (no_restored, 3),
    (position_runs_ahead, 8),
    (nothing_owed, 169),
    (bin_withdraws, 3),
    (bin_unlisted, 10),
    (old_rule_forgotten, 9),
    (exceptions_forgotten, 7),
)
