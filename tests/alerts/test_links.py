"""Links act for one purpose, for sixty days, and for nobody who made one up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.links import BadLink, Links, Ticket

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
LINKS = Links("https://page.example/", "a key")
TICKET = Ticket(action="snooze-3", reader="ana@ourco.example", partner="northwind", flip_id=7)


def token(ticket: Ticket = TICKET, links: Links = LINKS) -> str:
    url = links.url(ticket, now=NOW)
    assert url is not None
    assert url.startswith("https://page.example/a/")
    return url.rpartition("/")[2]


def test_a_link_gives_back_what_it_allows() -> None:
    assert LINKS.read(token(), now=NOW + timedelta(days=59)) == TICKET


def test_a_link_expires() -> None:
    with pytest.raises(BadLink, match="expired"):
        LINKS.read(token(), now=NOW + timedelta(days=62))


def test_a_link_of_another_key_is_refused() -> None:
    with pytest.raises(BadLink, match="not one of ours"):
        LINKS.read(token(links=Links("https://page.example", "another key")), now=NOW)


@given(st.integers(0, 400), st.characters(codec="ascii"))
def test_a_changed_link_is_refused(at: int, other: str) -> None:
    good = token()
    at %= len(good)
    changed = good[:at] + other + good[at + 1 :]

    if changed != good:
        with pytest.raises(BadLink):
            LINKS.read(changed, now=NOW)


def test_the_same_day_makes_the_same_link() -> None:
    assert LINKS.url(TICKET, now=NOW) == LINKS.url(TICKET, now=NOW + timedelta(hours=2))


def test_without_a_page_there_are_no_links() -> None:
    assert Links(None, "a key").url(TICKET, now=NOW) is None
