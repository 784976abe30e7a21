"""A push that comes while its source is being read must not be lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.store.channels import Channel
from models.store.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GMAIL = "gmail:ana@example.org"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_pull_clears_what_was_announced_before_it_began(store: Store) -> None:
    store.sources.ensure(GMAIL, live=True)
    store.sources.mark_dirty(GMAIL, now=NOON)

    store.sources.clear_dirty(GMAIL, before=after(3.5))

    assert store.sources.dirty() == []


def test_a_push_during_a_pull_outlives_it(store: Store) -> None:
    store.sources.ensure(GMAIL, live=True)
    store.sources.mark_dirty(GMAIL, now=NOON)
    store.sources.lease(GMAIL, "one", now=after(5), length=timedelta(minutes=10))

    store.sources.mark_dirty(GMAIL, now=after(7))
    store.sources.clear_dirty(GMAIL, before=after(5))

    assert store.sources.dirty() == [GMAIL]


def test_a_push_in_the_second_a_pull_began_outlives_it(store: Store) -> None:
    store.sources.ensure(GMAIL, live=True)
    store.sources.lease(GMAIL, "one", now=after(5.1), length=timedelta(minutes=10))

    store.sources.mark_dirty(GMAIL, now=after(5.9))
    store.sources.clear_dirty(GMAIL, before=after(5.1))

    assert store.sources.dirty() == [GMAIL]


def test_a_notification_during_a_pull_outlives_it(store: Store) -> None:
    store.sources.ensure(GMAIL, live=True)
    store.channels.keep(Channel(id="c", source=GMAIL, resource="mail", secret="s", expires_at=after(9000)))
    store.channels.heard("c", now=NOON)
    store.sources.lease(GMAIL, "one", now=after(5), length=timedelta(minutes=10))

    store.channels.heard("c", now=after(7))
    store.sources.clear_dirty(GMAIL, before=after(5))

    assert store.sources.dirty() == [GMAIL]
