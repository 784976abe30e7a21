"""What a pull costs: exactly the least that Graph's paging allows, and never a request per message."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import pytest

from connectors.base import Page
from connectors.microsoft.calendar_view import GraphCalendar
from connectors.microsoft.folders import LEFT_OUT
from connectors.microsoft.mail import PAGE_SIZE, GraphMail
from tests.connectors.contract import last_cursor
from tests.connectors.microsoft.harness import ANA, START, World

pytestmark = pytest.mark.long

READ_FOLDERS = 4  # inbox, sent, deleted items, archive; drafts, outbox and junk are left out


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def fill(world: World, n: int, folder: str = "inbox", days: float = 0) -> None:
    if n > 1000:  # thousands of like rows: the other tests hold every row against the published shapes
        world.server.graph.pages.shape.switch_off()
    for i in range(n):
        world.box.deliver(folder, at=START - timedelta(days=days, minutes=i))


def pull(world: World, cursor: str | None = None, **more: object) -> list[Page]:
    world.tenant.asked.clear()
    world.tenant.trips = 0
    return list(GraphMail(world.door(), now=world.clock.time(), **more).pages(cursor))  # type: ignore[arg-type]


def test_ten_thousand_messages_cost_their_pages_and_nothing_else(world: World) -> None:
    fill(world, 10_000)

    pages = pull(world)

    assert sum(len(page.interactions) for page in pages) == 10_000
    # ceil(10,000 / 999) for the inbox, one for each empty folder, one folder list; the well-known names, once a life
    assert world.tenant.asked["messages"] == ceil(10_000 / PAGE_SIZE) + READ_FOLDERS - 1
    assert world.tenant.asked["folders"] == 1
    assert world.tenant.asked["folder"] == len(LEFT_OUT)
    assert world.tenant.asked.total() == 11 + 3 + 1 + len(LEFT_OUT)
    assert world.tenant.trips == 11 + 3 + 1 + 1


def test_a_hundred_new_messages_cost_one_request_a_folder(world: World) -> None:
    fill(world, 2000)
    cursor = last_cursor(pull(world))
    fill(world, 60)
    fill(world, 40, "sentitems")

    pages = pull(world, cursor)

    assert sum(len(page.interactions) for page in pages) == 100
    assert world.tenant.asked == {"messages": READ_FOLDERS, "folders": 1}


def test_a_hundred_mails_moved_cost_one_request_a_folder(world: World) -> None:
    fill(world, 300)
    cursor = last_cursor(pull(world))
    for message in list(world.box.messages)[:100]:
        world.box.move(message, "archive")

    pages = pull(world, cursor)

    assert [page.gone for page in pages if page.gone] == []
    assert world.tenant.asked == {"messages": READ_FOLDERS, "folders": 1}


def test_a_hundred_mails_marked_as_read_cost_nothing_more(world: World) -> None:
    fill(world, 300)
    cursor = last_cursor(pull(world))
    for message in list(world.box.messages)[:100]:
        world.box.change(message, isRead=True)

    pages = pull(world, cursor, known=frozenset)

    assert [page for page in pages if page.interactions or page.skipped] == []
    assert world.tenant.asked == {"messages": READ_FOLDERS, "folders": 1}


def test_an_audit_costs_ids_by_the_page(world: World) -> None:
    fill(world, 3000)
    cursor = last_cursor(pull(world))
    world.clock.sleep(25 * 3600)

    pages = pull(world, cursor, known=frozenset)

    assert sum(len(page.kept) for page in pages) == 3000
    assert sum(len(page.interactions) for page in pages) == 0
    assert world.tenant.asked["messages"] == ceil(3000 / PAGE_SIZE) + READ_FOLDERS - 1 + READ_FOLDERS
    assert world.tenant.asked["message"] == 0


def test_a_calendar_of_ten_thousand_costs_its_pages(world: World) -> None:
    world.server.graph.pages.shape.switch_off()
    for i in range(10_000):
        world.agenda.add(START - timedelta(hours=i), now=START)
    cursor = last_cursor(GraphCalendar(world.door(), now=START).pages(None))

    assert world.tenant.asked == {"calendar": 11}

    world.tenant.asked.clear()
    for event in list(world.agenda.rows)[:100]:
        world.agenda.change(event, now=START, isCancelled=True)
    pages = list(GraphCalendar(world.door(), now=START).pages(cursor))

    assert sum(len(page.interactions) for page in pages) == 100
    assert world.tenant.asked == {"calendar": 1}


def test_more_than_five_thousand_behind_a_horizon_all_come(world: World) -> None:
    fill(world, 5200)
    fill(world, 700, days=400)
    since = START - timedelta(days=30)

    pages = pull(world, since=since)

    found = {m.external_id for page in pages for m in page.interactions}
    assert len(found) == 5200
    again = pull(world, last_cursor(pages), since=since)
    assert [page for page in again if page.interactions] == []
    fill(world, 3)
    assert sum(len(page.interactions) for page in pull(world, last_cursor(again), since=since)) == 3


def test_a_horizon_with_little_behind_it_pages_only_that(world: World) -> None:
    fill(world, 50)
    fill(world, 3000, days=400)

    pages = pull(world, since=START - timedelta(days=30), known=frozenset)

    assert sum(len(page.interactions) for page in pages) == 50
    assert world.tenant.asked["messages"] < 20


def test_never_more_than_four_requests_at_once(world: World) -> None:
    for n in range(12):
        folder = world.box.add_folder(f"Folder {n}")
        fill(world, 5, folder)
    world.tenant.latency = 0.01

    pull(world, page_size=2)

    assert 1 < world.tenant.most_in_flight <= 4


def test_reading_overlaps_the_network(world: World) -> None:
    """P4 in small: pages of several folders come in no more than 1.5 times the pages of the longest, at 80 ms."""
    for folder in ("inbox", "sentitems", "archive"):
        fill(world, 40, folder)
    world.tenant.latency = 0.08
    before = time.monotonic()

    pages = pull(world, page_size=10)

    trips = 2 + 4 + 1  # well-known names, folder list; four pages each, three folders at once; one empty folder
    assert sum(len(page.interactions) for page in pages) == 120
    assert time.monotonic() - before < 1.5 * trips * 0.08 + 0.5  # the machine may be busy


def test_the_budget_is_charged_for_every_request(world: World) -> None:
    fill(world, 30)
    door = world.door()

    list(GraphMail(door, now=START, page_size=10).pages(None))

    assert door._pacer.spent == world.tenant.asked.total()
    assert world.budget._shelf._kept
    assert ANA not in repr(world.budget._shelf._kept)
