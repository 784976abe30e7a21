"""Pulling one source: safe to stop, told in words, one worker at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import AccessDenied, CursorExpired, Page, ServiceUnavailable
from flows.pull import Ending, pull
from models.directory import Directory
from models.records import Message, Partner, Person
from models.store.store import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def mail(n: int, text: str | None = None) -> Message:
    return Message(
        source="box:a",
        external_id=str(n),
        uid=f"<{n}@x.example>",
        at=NOW + timedelta(minutes=n),
        sender=Person(address="raj@northwind.example"),
        to=(Person(address="ana@us.example"),),
        text=text,
    )


class Box:
    """A mailbox of numbered mails, one a page; may fail before the page of a given number."""

    source = "box:a"

    def __init__(self, count: int, *, fail_at: int | None = None, error: Exception | None = None) -> None:
        self.count, self.fail_at, self.error = count, fail_at, error

    def pages(self, cursor: str | None) -> Iterator[Page]:
        for n in range(int(cursor or 0), self.count):
            if n == self.fail_at and self.error is not None:
                raise self.error
            yield Page(interactions=(mail(n),), cursor=str(n + 1), read_until=NOW + timedelta(minutes=n))


@pytest.fixture
def directory(sqlite_store: Store) -> Directory:
    sqlite_store.partners.add(Partner(key="nw", title="Northwind", domains=("northwind.example",)), now=NOW)
    return sqlite_store.partners.directory(["us.example"])


def run(store: Store, box: object, directory: Directory, *, worker: str = "w1", at: datetime = NOW, **more: object):
    return pull(store, box, directory, clock=lambda: at, worker=worker, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("stop", range(6))
def test_stopped_anywhere_the_next_pull_goes_on_and_doubles_nothing(
    sqlite_store: Store, directory: Directory, stop: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(sqlite_store, Box(6, fail_at=stop, error=KeyboardInterrupt()), directory)  # type: ignore[arg-type]

    result = run(sqlite_store, Box(6), directory, worker="w2")

    assert result.ending is Ending.COMPLETE
    assert result.saved.new == 6 - stop
    assert len(sqlite_store.interactions.of("nw")) == 6


def test_a_refusal_stands_until_it_works_again(sqlite_store: Store, directory: Directory) -> None:
    refused = Box(3, fail_at=1, error=AccessDenied("the consent was withdrawn: sign in again"))

    first = run(sqlite_store, refused, directory)
    noted = sqlite_store.sources.find("box:a")
    well = run(sqlite_store, Box(3), directory)
    healed = sqlite_store.sources.find("box:a")

    assert first.ending is Ending.REFUSED
    assert noted is not None
    assert (noted.needs_person, noted.failure) == (True, "the consent was withdrawn: sign in again")
    assert well.ending is Ending.COMPLETE
    assert healed is not None
    assert (healed.needs_person, healed.failure) == (False, None)


def test_a_service_that_asks_for_rest_gets_it(sqlite_store: Store, directory: Directory) -> None:
    away = Box(3, fail_at=1, error=ServiceUnavailable("gmail is busy", retry_after=timedelta(minutes=10)))

    first = run(sqlite_store, away, directory)
    early = run(sqlite_store, Box(3), directory, at=NOW + timedelta(minutes=9))
    later = run(sqlite_store, Box(3), directory, at=NOW + timedelta(minutes=11))

    assert [first.ending, early.ending, later.ending] == [Ending.AWAY, Ending.RESTING, Ending.COMPLETE]


def test_an_expired_cursor_is_read_from_the_start_once(sqlite_store: Store, directory: Directory) -> None:
    class Forgetful(Box):
        def pages(self, cursor: str | None) -> Iterator[Page]:
            if cursor is not None:
                raise CursorExpired("the position is too old")
            yield from super().pages(None)

    run(sqlite_store, Box(2), directory)

    result = run(sqlite_store, Forgetful(4), directory)

    assert result.ending is Ending.COMPLETE
    assert len(sqlite_store.interactions.of("nw")) == 4


def test_a_service_that_always_says_expired_does_not_keep_us_for_ever(
    sqlite_store: Store, directory: Directory
) -> None:
    class Hopeless(Box):
        def pages(self, cursor: str | None) -> Iterator[Page]:
            raise CursorExpired("the position is too old")
            yield

    assert run(sqlite_store, Hopeless(1), directory).ending is Ending.AWAY


def test_two_workers_never_pull_one_source_at_once(sqlite_store: Store, directory: Directory) -> None:
    endings = []

    class Nosy(Box):
        def pages(self, cursor: str | None) -> Iterator[Page]:
            endings.append(run(sqlite_store, Box(1), directory, worker="w2").ending)
            yield from super().pages(cursor)

    run(sqlite_store, Nosy(2), directory)

    assert endings == [Ending.BUSY]


def test_a_lease_of_a_dead_worker_ends_by_itself(sqlite_store: Store, directory: Directory) -> None:
    sqlite_store.sources.ensure("box:a", live=True)
    sqlite_store.sources.lease("box:a", "dead", now=NOW, length=timedelta(minutes=10))

    early = run(sqlite_store, Box(1), directory, at=NOW + timedelta(minutes=9))
    later = run(sqlite_store, Box(1), directory, at=NOW + timedelta(minutes=11))

    assert (early.ending, later.ending) == (Ending.BUSY, Ending.COMPLETE)


def test_a_partner_added_later_gets_its_past_at_the_next_pull(sqlite_store: Store, directory: Directory) -> None:
    nobody = Directory(["us.example"])
    run(sqlite_store, Box(3), nobody)
    before = sqlite_store.interactions.of("nw")

    run(sqlite_store, Box(3), directory)

    assert before == []
    assert len(sqlite_store.interactions.of("nw")) == 3


def test_text_is_scored_and_dropped(sqlite_store: Store, directory: Directory) -> None:
    class Talkative(Box):
        def pages(self, cursor: str | None) -> Iterator[Page]:
            yield Page(interactions=(mail(0, text="CANARY sentence"),), cursor="1")

    seen: list[str | None] = []

    run(sqlite_store, Talkative(1), directory, score=lambda mails: seen.extend(m.text for m in mails))

    assert seen == ["CANARY sentence"]
    assert sqlite_store.database.path is not None
    assert b"CANARY" not in sqlite_store.database.path.read_bytes()


def test_a_clock_that_ran_ahead_is_forgotten_by_the_next_whole_pull(sqlite_store: Store, directory: Directory) -> None:
    run(sqlite_store, Box(3), directory, at=NOW - timedelta(days=1))

    result = run(sqlite_store, Box(3), directory, at=NOW - timedelta(days=1))
    found = sqlite_store.sources.find("box:a")

    assert result.ending is Ending.COMPLETE
    assert found is not None
    assert found.read_until == NOW - timedelta(days=1)
