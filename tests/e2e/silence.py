"""A past that makes a partner quiet at a chosen midnight: asked of the detector itself, then moved by whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.base import Page
from flows.measure import measure
from models.records import Message, Partner, Person, WorkingHours
from models.settings import JudgeSettings, Settings
from models.store.store import Store
from tests.e2e.house import ALL_DAY, STRICTNESS
from tests.e2e.midnight import ZONE

_EVERY, _COUNT = timedelta(days=2), 60


def past(midnight: datetime, folder: Path) -> list[datetime]:
    """When they wrote, ascending: every other day, so that the silence turns quiet exactly at `midnight`."""
    last = midnight - timedelta(days=2, hours=9)
    deadline = _deadline(last, folder / "first.db")
    last -= deadline - midnight
    if _deadline(last, folder / "second.db") != midnight:
        raise AssertionError("the deadline does not move with the past")
    return _mails(last)


def _mails(last: datetime) -> list[datetime]:
    return [last - n * _EVERY for n in reversed(range(_COUNT))]


def _deadline(last: datetime, path: Path) -> datetime:
    settings = Settings(us=("example.org",), zone=ZONE, hours=ALL_DAY, judge=JudgeSettings(strictness=STRICTNESS))
    store = Store.at(path)
    now = last + timedelta(hours=1)
    hours = WorkingHours(zone=ZONE, hours=ALL_DAY)
    partner = Partner(key="p", title="P", domains=("northwind.example",), hours=hours, learned_hours=False)
    try:
        store.partners.add(partner, now=now)
        directory = store.partners.directory(settings.us)
        source = store.sources.ensure("gmail:g1@example.org", live=True)
        mails = tuple(
            Message(
                source=source.name,
                external_id=f"{at:%s}",
                uid=f"<{at:%s}@northwind.example>",
                at=at.astimezone(UTC),
                sender=Person(address="bo@northwind.example"),
                to=(Person(address="g1@example.org"),),
            )
            for at in _mails(last)
        )
        store.pages.save(source, Page(interactions=mails, cursor="1", read_until=now), directory, now=now)
        measure(store, settings, directory, now=now)
        deadline = store.standings.all()["p"].quiet_after
    finally:
        store.close()
    assert deadline is not None
    return deadline
