"""How late pushes come and how many are lost, measured the same way for every service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Page
from flows.pull import pull
from flows.push_quality import LOST_AFTER, decided
from models.records import Interaction, Meeting, Message, Person
from models.store.channels import Channel
from models.store.pushes import Marks, PushQuality
from models.store.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
RAJ = Person(address="raj@northwind.example")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def mail(minutes: float) -> Message:
    name = f"m{minutes}"
    return Message(source="gmail:ana", external_id=name, uid=f"<{name}@x.example>", at=at(minutes), sender=RAJ)


def meeting(changed: datetime, n: int = 0) -> Meeting:
    return Meeting(
        source="gmail:ana",
        external_id=f"e{n}",
        uid=f"e{n}",
        at=NOON + WEEK,
        until=NOON + WEEK + timedelta(hours=1),
        seen_at=changed,
        organiser=RAJ,
    )


@dataclass
class Mailbox:
    """A source with a channel, whose pulls give what a test says."""

    store: Store
    time: datetime = NOON
    source: str = "gmail:ana"
    todo: list[Page] = field(default_factory=list)

    def pages(self, _cursor: str | None) -> Iterator[Page]:
        yield from self.todo

    def told(self, minutes: float) -> None:
        assert self.store.channels.heard("c", now=at(minutes))

    def pulled(self, minutes: float, *found: Interaction, census: bool = False) -> PushQuality:
        self.time = at(minutes)
        first = [Page(census=True)] if census else []
        self.todo = [*first, Page(interactions=tuple(found), cursor="1", read_until=self.time)]
        directory = self.store.partners.directory(["example.org"])
        pull(self.store, self, directory, clock=lambda: self.time, worker="test")
        return self.quality()

    def quality(self) -> PushQuality:
        return self.store.pushes.quality(since=NOON - WEEK).get("gmail:ana", PushQuality())


@pytest.fixture
def box(store: Store) -> Mailbox:
    made = Mailbox(store)
    made.pulled(-30)
    listen(store)
    made.pulled(0)
    return made


def listen(store: Store, *, until: datetime = NOON + WEEK) -> None:
    store.channels.keep(Channel(id="c", source="gmail:ana", resource="mail", secret="", expires_at=until))


def test_lateness_is_from_the_change_to_the_first_push_after_it(box: Mailbox) -> None:
    box.told(1.5)
    box.told(3)

    found = box.pulled(3, mail(1), mail(1.2))

    assert (found.told, found.lost) == (2, 0)
    assert (found.half, found.nearly_all, found.worst) == (20, 40, 30)


def test_a_change_that_only_a_poll_finds_is_lost(box: Mailbox) -> None:
    found = box.pulled(15, mail(1))

    assert (found.told, found.lost, found.lost_share, found.half) == (0, 1, 1.0, None)


def test_a_push_for_a_later_change_does_not_excuse_the_lost_one(box: Mailbox) -> None:
    box.told(20)

    found = box.pulled(20.1, mail(1), mail(19.9))

    assert (found.told, found.lost) == (1, 1)


def test_a_poll_that_is_quicker_than_the_push_waits_for_it(box: Mailbox) -> None:
    assert box.pulled(1.1, mail(1)) == PushQuality()
    box.told(2)

    found = box.pulled(15)

    assert (found.told, found.lost, found.worst) == (1, 0, 60)


def test_one_that_never_comes_is_lost_at_a_later_pull(box: Mailbox) -> None:
    assert box.pulled(1.1, mail(1)) == PushQuality()
    assert box.pulled(9).lost == 0
    assert box.pulled(15).lost == 1
    assert box.pulled(30).lost == 1


def test_an_audit_finds_what_every_push_and_pull_had_missed(box: Mailbox) -> None:
    box.pulled(60)
    box.pulled(120)

    assert box.pulled(180, mail(30)) == PushQuality()  # an old mail that was restored is no news
    assert box.pulled(181, mail(31), census=True).lost == 1


def test_changes_from_before_the_channel_and_of_a_first_reading_do_not_count(store: Store) -> None:
    box = Mailbox(store)
    box.pulled(-60)
    listen(store)

    assert box.pulled(0, mail(-20)) == PushQuality()
    assert box.pulled(30, mail(-5)) == PushQuality()
    assert box.pulled(60, mail(40)).lost == 1


def test_without_a_channel_nothing_is_promised(store: Store) -> None:
    box = Mailbox(store)
    box.pulled(0)

    assert box.pulled(60, mail(30)) == PushQuality()
    listen(store, until=at(90))
    box.pulled(70)
    assert box.pulled(120, mail(80)) == PushQuality()  # it had run out by then


def test_a_meetings_own_time_of_change_is_used_and_our_own_clock_is_not(box: Mailbox) -> None:
    box.told(2)

    found = box.pulled(30, meeting(at(1.5), 1), meeting(at(30), 2))

    assert (found.told, found.lost, box.pulled(60).lost) == (1, 0, 0)


def test_clocks_that_differ_by_seconds_do_not_lose_a_push() -> None:
    marks = Marks(since=NOON, told=(at(1) - timedelta(seconds=3),))

    (outcome,), waiting = decided(marks, [at(1)], now=at(60))

    assert (outcome.late, waiting) == (timedelta(), [])


def test_a_push_just_in_time_is_told_and_one_just_too_late_is_lost() -> None:
    for over, lost in ((0, False), (1, True)):
        marks = Marks(since=NOON, told=(NOON + LOST_AFTER + timedelta(seconds=over),))

        (outcome,), _ = decided(marks, [NOON], now=at(60))

        assert (outcome.late is None) is lost


def test_marks_do_not_pile_up(box: Mailbox) -> None:
    for minute in range(0, 600, 10):
        box.told(minute)
    box.pulled(600)
    marks = box.store.pushes.marks("gmail:ana", now=box.time)

    assert marks is not None
    assert marks.told == (at(590),)
