"""Reads an events file line by line: who wrote to whom, when, in which direction.

CSV with a header; us, partner, ts and dir are needed, person and msg used where present, more columns ignored. `ts`
is whole Unix seconds, `dir` is in (from the partner) or out. Plain, .gz and .xz are told by their first bytes.
"""

from __future__ import annotations

import csv
import gzip
import lzma
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

COLUMNS = ("us", "partner", "ts", "dir")
_LAST_SECOND = 253_402_300_799  # 31 December 9999


class Unusable(ValueError):
    """The file cannot be replayed; the message is one sentence with file, line and what to do."""


class Event(NamedTuple):
    """One line: `ts` is Unix seconds; `person` is who wrote, "" where the file does not say."""

    us: str
    partner: str
    ts: int
    inbound: bool
    person: str


def events(path: Path) -> Iterator[Event]:
    """The events of a file, in its order.

    Ordered by time, or pair by pair with each pair's events in order of time: in both, what a pair's alarm needs has
    been read before it is due. Anything else is Unusable, as are a missing column, a bad line and a broken archive.
    """
    try:
        with _opened(path) as file:
            yield from _checked(path, file)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as e:
        raise Unusable(
            f"The events file {path} cannot be read: {_plain(e)}. Give a readable CSV file, plain, .gz or .xz."
        ) from e
    except UnicodeDecodeError as e:
        raise Unusable(
            f"The events file {path} is not UTF-8 text (byte {e.start} of a block): save it as UTF-8 CSV."
        ) from e


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        head = file.read(2)
    if head == b"\x1f\x8b":
        return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    if head == b"\xfd7":
        return cast("IO[str]", lzma.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def _plain(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


def _checked(path: Path, file: IO[str]) -> Iterator[Event]:
    lines = csv.reader(file, strict=True)
    try:
        header = next(lines, None)
        if header is None:
            raise Unusable("the file is empty; its first line names the columns " + ",".join(COLUMNS))
        us_at, partner_at, ts_at, dir_at, person_at = _places(header)
        width = max(us_at, partner_at, ts_at, dir_at, person_at) + 1
        order = _Order()
        for line in lines:
            if len(line) < width:
                if not line:
                    continue
                raise Unusable(f"{len(line)} columns where the header has {len(header)}; complete the line")
            us, partner, direction = line[us_at], line[partner_at], line[dir_at]
            ts = _seconds(line[ts_at])
            if direction not in {"in", "out"}:
                raise Unusable(f"dir {direction!r} is neither 'in' nor 'out'")
            order.check(us, partner, ts)
            yield Event(us, partner, ts, direction == "in", line[person_at] if person_at >= 0 else "")
    except (Unusable, csv.Error) as e:
        why = f"not a CSV line ({e})" if isinstance(e, csv.Error) else str(e)
        raise Unusable(f"The events file {path}, line {max(1, lines.line_num)}: {why}.") from e


def _seconds(text: str) -> int:
    try:
        ts = int(text)
    except ValueError:
        raise Unusable(f"ts {text!r} is not whole Unix seconds; write e.g. 1735689600") from None
    if not 0 <= ts <= _LAST_SECOND:
        raise Unusable(f"ts {ts} is not a time in Unix seconds (milliseconds?); write e.g. 1735689600")
    return ts


def _places(header: Sequence[str]) -> tuple[int, int, int, int, int]:
    names = [name.strip() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise Unusable(f"no column {' and no '.join(missing)}; the first line names the columns " + ",".join(COLUMNS))
    us, partner, ts, direction = (names.index(name) for name in COLUMNS)
    return us, partner, ts, direction, names.index("person") if "person" in names else -1


class _Order:
    """Whether the lines so far are in order of time, or pair by pair; memory is one entry a pair."""

    def __init__(self) -> None:
        self._us = self._partner = ""
        self._ts = -1
        self._by_time = self._by_pair = True
        self._pairs: set[tuple[str, str]] = set()

    def check(self, us: str, partner: str, ts: int) -> None:
        """Take in the next line; Unusable if neither order holds any more."""
        before, self._ts = self._ts, ts
        if us != self._us or partner != self._partner:
            self._us, self._partner = us, partner
            key = (us, partner)
            if key in self._pairs:
                self._by_pair = False
            self._pairs.add(key)
            if ts < before:
                self._by_time = False
        elif ts < before:
            self._by_time = self._by_pair = False
        if not (self._by_time or self._by_pair):
            raise Unusable(f"out of order (ts {ts} after {before}); sort the lines by ts")
