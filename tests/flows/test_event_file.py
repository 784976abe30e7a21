"""Events files: both orders, and one clear sentence for whatever cannot be used."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from flows.event_file import Event, Unusable, events

HEADER = "us,partner,ts,dir,person,msg,in_reply_to\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_become_events(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'us,"Acme, Inc",10,in,bo,1,\n\nus,b,12,out,ana,2,1\n')

    assert list(events(path)) == [Event("us", "Acme, Inc", 10, True, "bo"), Event("us", "b", 12, False, "ana")]


def test_columns_may_stand_in_any_order_and_person_may_be_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "dir,ts,partner,us\nin,10,b,us\n")

    assert list(events(path)) == [Event("us", "b", 10, True, "")]


@pytest.mark.parametrize("opener", [gzip.open, lzma.open])
def test_compressed_files_are_told_by_their_first_bytes(tmp_path: Path, opener: object) -> None:
    path = tmp_path / "events"
    with opener(path, "wt") as file:  # type: ignore[operator]
        file.write(HEADER + "us,b,10,in,bo,1,\n")

    assert [event.ts for event in events(path)] == [10]


def test_pair_by_pair_is_an_order_too(tmp_path: Path) -> None:
    path = written(tmp_path, "us,partner,ts,dir\nu,a,10,in\nu,a,90,in\nu,b,20,in\nu,b,30,in\n")

    assert [event.ts for event in events(path)] == [10, 90, 20, 30]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("us,ts,dir\n", 1, "no column partner"),
        (HEADER + "us,b,ten,in,x,1,\n", 2, "'ten' is not whole Unix seconds"),
        (HEADER + "us,b,1735689600000,in,x,1,\n", 2, "milliseconds"),
        (HEADER + "us,b,-5,in,x,1,\n", 2, "not a time"),
        (HEADER + "us,b,10,IN,x,1,\n", 2, "neither 'in' nor 'out'"),
        (HEADER + "us,b,10,in,x,1,\nus,b\n", 3, "2 columns where the header has 7"),
        (HEADER + "us,b,10,in,x,1,\nus,b,9,in,x,1,\n", 3, "out of order (ts 9 after 10)"),
        (HEADER + "us,a,10,in,x,1,\nus,b,20,in,x,1,\nus,a,15,in,x,1,\n", 4, "out of order"),
        (HEADER + 'us,b,10,in,x,1,\nus,"b"c,11,in,x,1,\n', 3, "not a CSV line"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(Unusable) as refusal:
        list(events(written(tmp_path, text)))

    assert f"line {line}:" in str(refusal.value)
    assert says in str(refusal.value)


def test_a_missing_a_broken_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.xz"
    cut.write_bytes(lzma.compress((HEADER + "us,b,10,in,bo,1,\n" * 50).encode())[:-20])
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00us")

    for path in (tmp_path / "absent.csv", tmp_path, cut, binary):
        with pytest.raises(Unusable, match=path.name):
            list(events(path))
