"""Channels: kept, renewed, heard, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.store.channels import Channel
from models.store.store import Store

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ONE = Channel(id="sub-1", source="outlook:ana", resource="messages", expires_at=NOW, secret="s3cret")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    opened.sources.ensure("outlook:ana", live=True)
    yield opened
    opened.close()


def test_a_channel_is_kept_and_renewed_in_place(store: Store) -> None:
    store.channels.keep(ONE)
    store.channels.keep(replace(ONE, expires_at=NOW + timedelta(days=7)))

    assert store.channels.all() == [replace(ONE, expires_at=NOW + timedelta(days=7))]
    assert "s3cret" not in repr(store.channels.all())


def test_what_is_heard_marks_its_source_dirty_and_waits_to_be_acted_on(store: Store) -> None:
    store.channels.keep(ONE)

    assert store.channels.heard("sub-1", now=NOW)
    assert store.channels.heard("sub-1", now=NOW, event="missed")
    assert store.channels.heard("sub-1", now=NOW, event="missed")

    found = store.channels.find("sub-1")
    assert found is not None
    assert found.config == {"events": ["missed"]}
    assert found.last_push_at == NOW
    assert store.sources.dirty() == ["outlook:ana"]


def test_a_stranger_marks_nothing(store: Store) -> None:
    assert not store.channels.heard("sub-2", now=NOW)
    assert store.sources.dirty() == []


def test_channels_go_with_their_source(store: Store) -> None:
    store.channels.keep(ONE)
    store.sources.forget("outlook:ana")

    assert store.channels.all() == []
    with pytest.raises(LookupError):
        store.channels.keep(ONE)


def test_the_soonest_to_end_comes_first(store: Store) -> None:
    store.channels.keep(replace(ONE, id="late", expires_at=NOW + timedelta(days=2)))
    store.channels.keep(replace(ONE, id="soon", expires_at=NOW + timedelta(days=1)))
    store.channels.forget("nothing")

    assert [held.id for held in store.channels.all()] == ["soon", "late"]
