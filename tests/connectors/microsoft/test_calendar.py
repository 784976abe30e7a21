"""The rolling window, removals that mean nothing, series whose occurrences come empty or whole: one story each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from connectors.base import CursorExpired
from connectors.microsoft.calendar_view import AHEAD, STEP, GraphCalendar, horizon
from models.records import Meeting, MeetingStatus, Response
from tests.connectors.contract import last_cursor
from tests.connectors.keepers import MemoryKeeper
from tests.connectors.microsoft.harness import ANA, START, World
from tests.microsoft_server.agenda import attendee, wall

SOURCE = f"outlook-calendar:{ANA}"
HOUR = timedelta(hours=1)


class Reader:
    """Pulls into memory, as the pull step does."""

    def __init__(self) -> None:
        self.world = World()
        self.keeper = MemoryKeeper()
        self.agenda = self.world.agenda
        self.audits: list[tuple[int, int]] = []  # listed, missing

    def _note(self, listed: int, missing: int) -> None:
        self.audits.append((listed, missing))

    @property
    def now(self) -> datetime:
        return self.world.clock.time()

    def pull(self) -> dict[str, Meeting]:
        """What is held afterwards."""
        self.world.tenant.asked.clear()
        known = self.keeper.known(SOURCE)
        self.keeper.pull(GraphCalendar(self.world.door(), now=self.now, known=known, audited=self._note))
        held = self.keeper.items.get(SOURCE, {})
        return {name: item for name, (item, _) in held.items() if isinstance(item, Meeting)}

    def later(self, days: float) -> None:
        self.world.clock.sleep(days * 86_400)


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.world.close()


def test_the_next_window_is_open_long_before_the_old_one_ends(reader: Reader) -> None:
    far = reader.agenda.add(START + timedelta(days=300), now=START)
    assert far not in reader.pull()

    seen_with = []
    for _ in range(12):
        reader.later(20)
        if far in reader.pull():
            seen_with.append(START + timedelta(days=300) - reader.now)

    assert seen_with
    assert seen_with[0] > AHEAD - timedelta(days=20)


def test_a_window_costs_one_request_until_the_next_is_due(reader: Reader) -> None:
    reader.pull()
    reader.later(1)
    reader.pull()
    assert reader.world.tenant.asked["calendar"] == 1

    edge = horizon(reader.now)
    while horizon(reader.now) == edge:
        reader.later(1)
    reader.pull()
    assert reader.world.tenant.asked["calendar"] == 2
    assert reader.world.tenant.asked["listing"] == 1

    reader.later(1)
    reader.pull()
    assert reader.world.tenant.asked["calendar"] == 1


def test_what_moved_past_the_horizon_is_still_a_meeting_and_gone_when_deleted(reader: Reader) -> None:
    event = reader.agenda.add(START + timedelta(days=3), now=START)
    reader.pull()
    far = START + timedelta(days=500)
    reader.agenda.change(event, now=START + HOUR, start=wall(far), end=wall(far + HOUR))

    assert reader.pull()[event].at == far

    reader.agenda.delete(event)
    assert event not in reader.pull()


def test_a_removal_of_what_we_never_saw_asks_for_nothing(reader: Reader) -> None:
    far = reader.agenda.add(START + timedelta(days=500), now=START)
    reader.pull()
    reader.agenda.change(far, now=START, subject="Still far")

    assert reader.pull() == {}
    assert reader.world.tenant.asked["event"] == 0


@pytest.mark.parametrize("sparse", [True, False])
def test_occurrences_are_whole_however_they_come(reader: Reader, sparse: bool) -> None:
    reader.agenda.sparse_occurrences = sparse
    starts = [START + timedelta(days=7 * n) for n in range(5)]
    guests = (attendee("raj@northwind.example", "accepted", at="2026-02-01T08:00:00Z"),)
    reader.agenda.add_series(starts, attendees=guests, now=START)

    held = list(reader.pull().values())

    assert sorted(m.at for m in held) == starts
    assert len({m.series for m in held}) == 1
    assert len({m.uid for m in held}) == 5
    assert all(m.attendees[0].response is Response.ACCEPTED for m in held)
    assert reader.world.tenant.asked["event"] == (1 if sparse else 0)


def test_a_moved_instance_keeps_its_name_and_its_place_in_the_series(reader: Reader) -> None:
    reader.agenda.add_series([START, START + timedelta(days=7)], now=START)
    before = reader.pull()
    first = min(before, key=lambda name: before[name].at)
    reader.agenda.change(first, now=START + HOUR, start=wall(START + HOUR), end=wall(START + 2 * HOUR))

    moved = reader.pull()[first]

    assert moved.uid == before[first].uid
    assert (moved.at, moved.original_start) == (START + HOUR, START)
    assert moved.seen_at > before[first].seen_at


def test_every_version_comes_by_itself(reader: Reader) -> None:
    event = reader.agenda.add(START + timedelta(days=3), now=START)
    cursor = last_cursor(GraphCalendar(reader.world.door(), now=START).pages(None))
    seen: list[Meeting] = []
    for hour, change in enumerate(
        (
            {"attendees": [attendee("raj@northwind.example", "tentativelyAccepted", at="2026-03-02T10:00:00Z")]},
            {"attendees": []},
            {"isCancelled": True},
        ),
        1,
    ):
        reader.agenda.change(event, now=START + hour * HOUR, **change)
        pages = list(GraphCalendar(reader.world.door(), now=START).pages(cursor))
        cursor = last_cursor(pages)
        seen += [m for page in pages for m in page.interactions if isinstance(m, Meeting)]

    assert [len(m.attendees) for m in seen] == [1, 0, 0]
    assert [m.status for m in seen][-1] is MeetingStatus.CANCELLED
    assert [m.seen_at for m in seen] == [START + hour * HOUR for hour in (1, 2, 3)]


def test_a_forgotten_window_is_listed_anew_with_what_vanished_meanwhile(reader: Reader) -> None:
    kept = reader.agenda.add(START + timedelta(days=3), now=START)
    lost = reader.agenda.add(START - timedelta(days=400), now=START)
    reader.pull()
    reader.agenda.delete(lost)
    reader.world.tenant.age_tokens()

    assert set(reader.pull()) == {kept}


def _swallowed(reader: Reader, days: float) -> str:
    """An event of which the delta says nothing."""
    while True:
        event = reader.agenda.add(START + timedelta(days=days), now=reader.now)
        if event not in reader.agenda.touched(0):
            return event
        reader.agenda.delete(event)


def test_what_the_delta_never_told_is_found_by_the_audit_of_the_next_day(reader: Reader) -> None:
    reader.pull()
    reader.agenda.hole = True
    late = _swallowed(reader, 3)

    assert late not in reader.pull()
    reader.later(1)
    held = reader.pull()

    assert late in held
    assert reader.audits == [(0, 0), (1, 1)]
    reader.agenda.change(late, now=reader.now, start=wall(START + 9 * HOUR), end=wall(START + 10 * HOUR))
    assert reader.pull()[late].at == held[late].at
    reader.later(1)
    assert reader.pull()[late].at == START + 9 * HOUR
    assert reader.audits[2:] == [(1, 0)]
    reader.agenda.delete(late)
    assert late in reader.pull()
    reader.later(1)
    assert reader.pull() == {}


def test_an_audit_costs_the_pages_of_one_listing(reader: Reader) -> None:
    reader.world.server.graph.pages.shape.switch_off()
    for n in range(2500):
        reader.agenda.add(START - timedelta(hours=n), now=START)
    reader.pull()
    reader.later(1)

    assert len(reader.pull()) == 2500
    assert reader.world.tenant.asked == {"listing": 3, "calendar": 1}
    assert reader.audits == [(2500, 0), (2500, 0)]


def test_a_meeting_moved_out_of_sight_survives_the_audit(reader: Reader) -> None:
    event = reader.agenda.add(START + timedelta(days=3), now=START)
    reader.pull()
    far = START + timedelta(days=900)
    reader.agenda.change(event, now=START + HOUR, start=wall(far), end=wall(far + HOUR))
    reader.pull()

    for _ in range(3):
        reader.later(1)
        assert reader.pull()[event].at == far
    reader.world.tenant.age_tokens()
    assert reader.pull()[event].at == far
    reader.agenda.hole = True
    reader.agenda.rows.pop(event)  # not a word in the delta
    reader.later(1)
    assert reader.pull() == {}


def test_a_change_to_a_meeting_that_no_window_follows_is_found(reader: Reader) -> None:
    old = reader.agenda.add(START - timedelta(days=600), now=START)
    reader.pull()
    reader.later(100)
    reader.pull()
    reader.agenda.change(old, now=reader.now, subject="Renamed", isCancelled=True)
    reader.later(1)

    assert reader.pull()[old].status is MeetingStatus.CANCELLED


def test_years_later_the_audit_asks_in_views_that_graph_allows(reader: Reader) -> None:
    first = reader.agenda.add(START - timedelta(days=700), now=START)
    reader.pull()
    reader.later(365 * 6)
    last = reader.agenda.add(reader.now, now=reader.now)

    assert set(reader.pull()) == {first, last}
    assert reader.world.tenant.asked["listing"] == 2


def test_a_stop_in_the_middle_of_an_audit_calls_nothing_off(reader: Reader) -> None:
    events = {reader.agenda.add(START + timedelta(days=n), now=START) for n in range(7)}
    cursor = last_cursor(GraphCalendar(reader.world.door(), now=START).pages(None))
    reader.pull()
    reader.later(1)
    door = reader.world.door()
    for stop in range(6):
        pages = GraphCalendar(door, now=reader.now, known=reader.keeper.known(SOURCE), page_size=3).pages(cursor)
        for page in itertools.islice(pages, stop):
            reader.keeper._save(SOURCE, page)

        assert set(reader.pull()) == events


def test_the_horizon_moves_in_steps() -> None:
    assert horizon(START) - START > AHEAD
    assert horizon(START + STEP) - horizon(START) == STEP
    assert all(horizon(START + timedelta(days=n)) - (START + timedelta(days=n)) <= AHEAD + STEP for n in range(60))


@pytest.mark.parametrize("text", ["", "{}", '{"version":"graph-mail/1"}', '{"version":"graph-calendar/1"}'])
def test_a_broken_position_is_an_expired_one(reader: Reader, text: str) -> None:
    with pytest.raises(CursorExpired):
        list(GraphCalendar(reader.world.door(), now=START).pages(text))
