"""What every connector promises, as tests: subclass, give `make`, and the promises are checked.

    class TestGmail(ConnectorContract):
        def make(self, n, page_size):
            return GmailConnector(GmailServer.with_messages(n).client(), page_size=page_size)

`make` is called several times a test and must show the same `n` items each time. The optional doors (`more`,
`expired`, `broken`) skip their tests while they are not given, and the skip says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

import pytest

from connectors.base import AccessDenied, Connector, CursorExpired, Page, ServiceUnavailable

ALLOWED = (CursorExpired, AccessDenied, ServiceUnavailable)
COUNT = 23
PAGE_SIZES = (1, 4, 10, 500)


def ids_of(pages: Iterable[Page]) -> list[str]:
    """External ids of all interactions, in the order given."""
    return [item.external_id for page in pages for item in page.interactions]


def listed(pages: Iterable[Page]) -> list[str]:
    """Ids of everything that was listed: kept or skipped."""
    return [name for page in pages for name in (*ids_of([page]), *(skip.external_id for skip in page.skipped))]


def last_cursor(pages: Iterable[Page]) -> str | None:
    """The newest cursor that is safe to resume at; None while there was none."""
    safe = None
    for page in pages:
        safe = page.cursor or safe
    return safe


class ConnectorContract:
    """Subclass it as Test<Name>, give `make`, and give the optional doors where the service has them."""

    def make(self, n: int, page_size: int) -> Connector:
        """A connector whose account holds `n` items, handed out in pages of about `page_size`."""
        raise NotImplementedError

    def reopen(self, connector: Connector) -> Connector:
        """The same account after a crash: a new connector over the same data."""
        return connector

    def more(self, connector: Connector, k: int) -> int:
        """Adds `k` items to the account; gives how many a next pull must list (usually k)."""
        pytest.skip("this connector's test gives no `more`")

    def expired(self) -> tuple[Connector, str]:
        """A connector, and a cursor that its service no longer knows."""
        pytest.skip("this connector's test gives no `expired`")

    def broken(self) -> Iterable[Connector]:
        """Connectors whose service fails, each in its own way."""
        pytest.skip("this connector's test gives no `broken`")

    @pytest.mark.parametrize("page_size", PAGE_SIZES)
    def test_each_item_comes_once_at_any_page_size(self, page_size: int) -> None:
        whole = ids_of(self.make(COUNT, 500).pages(None))

        found = ids_of(self.make(COUNT, page_size).pages(None))

        assert len(found) == COUNT
        assert len(set(found)) == COUNT
        assert sorted(found) == sorted(whole)

    @pytest.mark.parametrize("page_size", PAGE_SIZES)
    def test_the_last_page_has_a_cursor(self, page_size: int) -> None:
        assert list(self.make(COUNT, page_size).pages(None))[-1].cursor

    def test_an_empty_account_still_gives_a_cursor(self) -> None:
        pages = list(self.make(0, 10).pages(None))

        assert ids_of(pages) == []
        assert last_cursor(pages)

    @pytest.mark.parametrize("page_size", PAGE_SIZES)
    def test_nothing_is_new_after_the_last_cursor(self, page_size: int) -> None:
        connector = self.make(COUNT, page_size)
        cursor = last_cursor(connector.pages(None))

        again = list(self.reopen(connector).pages(cursor))

        assert listed(again) == []
        assert last_cursor(again) or cursor

    @pytest.mark.parametrize("page_size", PAGE_SIZES[:3])
    def test_resuming_at_any_cursor_loses_nothing(self, page_size: int) -> None:
        connector = self.make(COUNT, page_size)
        pages = list(connector.pages(None))
        everything = set(listed(pages))

        for crash_after in range(len(pages) + 1):
            stored = pages[:crash_after]
            rest = self.reopen(connector).pages(last_cursor(stored))
            assert set(listed(stored)) | set(listed(rest)) == everything

    def test_reading_twice_gives_the_same_items(self) -> None:
        connector = self.make(COUNT, 10)

        first = [item for page in connector.pages(None) for item in page.interactions]
        second = [item for page in self.reopen(connector).pages(None) for item in page.interactions]

        assert sorted(first, key=lambda i: i.external_id) == sorted(second, key=lambda i: i.external_id)

    def test_what_arrives_later_comes_with_the_next_pull_and_only_that(self) -> None:
        connector = self.make(COUNT, 4)
        cursor = last_cursor(connector.pages(None))
        expected = self.more(connector, 3)

        pages = list(self.reopen(connector).pages(cursor))

        assert len(set(listed(pages))) == expected
        assert listed(self.reopen(connector).pages(last_cursor(pages))) == []

    def test_every_item_names_its_source_and_a_believable_time(self) -> None:
        connector = self.make(COUNT, 10)

        for page in connector.pages(None):
            for item in page.interactions:
                assert item.source == connector.source
                assert item.external_id
                assert item.uid
                assert item.at.tzinfo is UTC or item.at.utcoffset() == UTC.utcoffset(None)

    def test_the_source_is_named_the_same_after_reopening(self) -> None:
        connector = self.make(3, 10)

        assert connector.source == self.reopen(connector).source
        assert ":" in connector.source

    def test_every_skip_has_a_reason(self) -> None:
        for page in self.make(COUNT, 10).pages(None):
            assert all(skip.reason for skip in page.skipped)

    def test_an_expired_cursor_says_so(self) -> None:
        connector, cursor = self.expired()

        with pytest.raises(CursorExpired):
            list(connector.pages(cursor))

    def test_a_failing_service_raises_only_our_three_errors(self) -> None:
        for connector in self.broken():
            with pytest.raises(ALLOWED) as caught:
                list(connector.pages(None))
            assert str(caught.value)
            assert "@" not in str(caught.value)

    def test_progress_never_runs_backwards_or_past_the_total(self) -> None:
        done = 0
        for page in self.make(COUNT, 4).pages(None):
            if page.done is not None:
                assert page.done >= done
                done = page.done
                if page.total is not None:
                    assert page.done <= page.total
