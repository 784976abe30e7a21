"""The page's own command: what it prints can be opened."""

from __future__ import annotations

import pytest

from cli.page import address_of


@pytest.mark.parametrize(
    ("host", "opened"),
    [
        ("127.0.0.1", "http://127.0.0.1:8420"),
        ("0.0.0.0", "http://127.0.0.1:8420"),
        ("::1", "http://[::1]:8420"),
        ("::", "http://[::1]:8420"),
        ("quiet.local", "http://quiet.local:8420"),
    ],
)
def test_the_printed_link_can_be_opened_whatever_is_listened_on(host: str, opened: str) -> None:
    assert address_of(host, 8420) == opened
