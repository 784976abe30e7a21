"""Where messages begin in mbox files of every kind that programs have written."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.archive.files import Blob
from connectors.archive.mbox import begins_like_mbox, blocks
from connectors.archive.mbox_connector import MboxConnector
from connectors.base import CursorExpired, Skipped
from models.records import Message

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LINE = b"From ana@example.org Mon Jan  5 09:00:00 2026\n"
HEAD = b"From: ana@example.org\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nMessage-ID: <%d@x.org>\nTo: bo@p.example\n\n"


class Stream(io.BytesIO):
    def back(self, count: int) -> bool:
        self.seek(-count, io.SEEK_CUR)
        return True


class OneWay(io.BytesIO):
    def back(self, count: int) -> bool:
        return False


def cut(data: bytes, chunk: int = 1 << 20, stream: type[io.BytesIO] = Stream) -> list[bytes]:
    return [b.data[s:e] for b in blocks(stream(data), 0, first=True, chunk=chunk) for s, e in b.spans]


def message(number: int, body: bytes = b"text\n\n") -> bytes:
    return LINE + HEAD % number + body


def read(tmp_path: Path, data: bytes) -> tuple[list[Message], list[Skipped]]:
    path = tmp_path / "x.mbox"
    path.write_bytes(data)
    pages = list(MboxConnector(Blob(path), now=NOW).pages(None))
    return (
        [i for page in pages for i in page.interactions if isinstance(i, Message)],
        [s for page in pages for s in page.skipped],
    )


@given(
    sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=12),
    chunk=st.integers(50, 9000),
    dos=st.booleans(),
    one_way=st.booleans(),
)
def test_messages_are_cut_the_same_whatever_the_chunk(sizes: list[int], chunk: int, dos: bool, one_way: bool) -> None:
    messages = [message(n, b"word " * (size // 5) + b"\n\n") for n, size in enumerate(sizes)]
    if dos:
        messages = [m.replace(b"\n", b"\r\n") for m in messages]

    found = cut(b"".join(messages), chunk, OneWay if one_way else Stream)

    assert found == messages


def test_a_quoted_from_line_parts_nothing() -> None:
    body = b"He wrote:\n\n>From here on it is easy.\n\n>>From twice quoted\n\n"

    assert len(cut(message(1, body) + message(2))) == 2


def test_an_unquoted_sentence_that_begins_with_from_parts_nothing() -> None:
    body = b"Dear all,\n\nFrom Monday on we work from home.\nRegards\n\n"

    assert len(cut(message(1, body) + message(2))) == 2


def test_a_missing_blank_line_before_a_dated_from_line_does_not_lose_the_message() -> None:
    assert len(cut(message(1, b"no newline after this\n") + message(2))) == 2


def test_a_from_line_without_a_date_parts_when_headers_follow() -> None:
    undated = b"From MAILER-DAEMON\n" + HEAD % 2 + b"x\n"

    assert len(cut(message(1) + undated)) == 2


def test_content_length_keeps_an_mbox_inside_a_message_whole() -> None:
    inner = b"see:\n\n" + LINE + b"From: eve@evil.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n\ninner\n"
    outer = LINE + b"Content-Length: %d\n" % len(inner) + HEAD % 1 + inner + b"\n"

    assert len(cut(outer + message(2))) == 2
    assert len(cut(outer)) == 1


def test_a_wrong_content_length_is_not_believed() -> None:
    lying = LINE + b"Content-Length: 99999\n" + HEAD % 1 + b"short\n\n"

    assert len(cut(lying + message(2) + message(3))) == 3


def test_a_message_larger_than_memory_should_hold_keeps_its_headers_and_its_neighbours() -> None:
    huge = message(1, b"QUJD" * 20 + b"\n") + (b"QUJD" * 19 + b"\n") * 90_000 + b"\n"
    whole = huge + message(2) + message(3)

    found = list(blocks(Stream(whole), 0, first=True, chunk=1 << 18))
    parts = [b.data[s:e] for b in found for s, e in b.spans]

    assert len(huge) > 6_000_000
    assert [len(p) for p in parts][1:] == [len(message(2)), len(message(3))]
    assert len(parts[0]) < 2_000_000
    assert parts[0].startswith(message(1)[:80])
    assert found[-1].offset == len(whole)


def test_what_stands_before_the_first_message_does_no_harm() -> None:
    assert len(cut(b"\xef\xbb\xbf\n\n" + message(1) + message(2))) == 2


def test_no_newline_at_the_end_of_the_file_loses_nothing(tmp_path: Path) -> None:
    found, skipped = read(tmp_path, message(1) + message(2, b"the end"))

    assert [m.uid for m in found] == ["1@x.org", "2@x.org"]
    assert skipped == []


def test_a_message_that_ends_amid_its_headers_is_read_again_when_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "growing.mbox"
    whole = message(1) + message(2)
    path.write_bytes(whole[: len(message(1)) + len(LINE) + 30])
    cursor = list(MboxConnector(Blob(path), now=NOW).pages(None))[-1].cursor
    path.write_bytes(whole)

    found = [i.uid for page in MboxConnector(Blob(path), now=NOW).pages(cursor) for i in page.interactions]

    assert found == ["2@x.org"]


def test_a_file_cut_anywhere_loses_nothing_once_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "growing.mbox"
    first, second = message(1, b"text\n\n"), message(2)
    for cut_at in range(len(first) - 2, len(first) + len(second)):
        path.write_bytes((first + second)[:cut_at])
        *_, last = MboxConnector(Blob(path), now=NOW).pages(None)
        path.write_bytes(first + second)

        found = [i.uid for page in MboxConnector(Blob(path), now=NOW).pages(last.cursor) for i in page.interactions]

        assert "2@x.org" in {*found, *(i.uid for i in last.interactions)}, cut_at
        assert "1@x.org" not in found, cut_at


def test_text_appended_to_the_last_message_is_no_message(tmp_path: Path) -> None:
    path = tmp_path / "growing.mbox"
    path.write_bytes(message(1, b"begun"))
    cursor = list(MboxConnector(Blob(path), now=NOW).pages(None))[-1].cursor
    path.write_bytes(message(1, b"begun and ended\n\n") + message(2))

    found = [i.uid for page in MboxConnector(Blob(path), now=NOW).pages(cursor) for i in page.interactions]

    assert found == ["2@x.org"]


def test_a_file_that_shrank_has_expired(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(message(1) + message(2))
    cursor = list(MboxConnector(Blob(path), now=NOW).pages(None))[-1].cursor
    path.write_bytes(message(1))

    with pytest.raises(CursorExpired):
        list(MboxConnector(Blob(path), now=NOW).pages(cursor))


def test_an_unchanged_archive_is_recognised_without_opening_it(tmp_path: Path) -> None:
    class Sealed(Blob):
        def open(self) -> None:  # type: ignore[override]
            raise AssertionError("must not be opened")

    path = tmp_path / "x.mbox"
    path.write_bytes(message(1) + message(2))
    cursor = list(MboxConnector(Blob(path), now=NOW).pages(None))[-1].cursor

    (page,) = MboxConnector(Sealed(path), now=NOW).pages(cursor)

    assert page.interactions == ()
    assert page.cursor == cursor
    assert page.read_until == datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_touched_but_unchanged_archive_gives_nothing_new(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(message(1) + message(2))
    cursor = list(MboxConnector(Blob(path), now=NOW).pages(None))[-1].cursor
    os.utime(path, ns=(1, 1))

    assert [i for page in MboxConnector(Blob(path), now=NOW).pages(cursor) for i in page.interactions] == []


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (LINE + HEAD % 1, True),
        (b"\n\n" + LINE + HEAD % 1, True),
        (b"From 1798@xxx Mon Jan 05 09:00:00 +0000 2026\r\nX-GM-THRID: 1\r\n", True),
        (b"From the desk of the director\n\nDear all", False),
        (b"Hello", False),
        (b"", False),
        (b"From: ana@example.org\nTo: bo@p.example\n\n", False),
    ],
)
def test_an_mbox_is_told_by_its_first_bytes(head: bytes, is_one: bool) -> None:
    assert begins_like_mbox(head) is is_one
