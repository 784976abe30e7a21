"""Shifted readings of a stream: the same mail as other corpora might show it, to stand for those nobody has seen.

Each reading is a function from rows to rows, with nothing random in it that is not seeded. `READINGS` names them all;
`half` keeps the partners of one half of the own companies, by hash.
"""

from __future__ import annotations

import csv
import email
import email.utils
import gzip
import lzma
import mailbox
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

DAY = 86_400
YEAR = 365.25 * DAY
_QUARTER_DAYS = 91
_FIRST_MAIL = datetime(1990, 1, 1, tzinfo=UTC).timestamp()


class Row(NamedTuple):
    """One line of an events file."""

    us: str
    partner: str
    ts: int
    inbound: bool
    person: str
    msg: str
    reply_to: str


Rows = Sequence[Row]


def rows_of(path: Path) -> list[Row]:
    """The lines of an events file (.csv, .gz, .xz), or of a mailing list's mbox: company with company."""
    if ".mbox" in path.name:
        return _mbox_rows(path)
    with _opened(path) as file:
        return [
            Row(
                line["us"],
                line["partner"],
                int(line["ts"]),
                line["dir"] == "in",
                line.get("person", ""),
                line.get("msg", ""),
                line.get("in_reply_to", ""),
            )
            for line in csv.DictReader(file)
        ]


def _opened(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    if path.name.endswith(".xz"):
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _mbox_rows(path: Path) -> list[Row]:
    """Every mail is a word from its writer's domain to each other domain among To and Cc, and to whom it answers."""
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.mbox"
        plain.write_bytes(lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes())
        with closing(mailbox.mbox(plain)) as box:
            mails = [_mail(message) for message in box]
    writers = {mail[1]: mail[0] for mail in mails if mail is not None}
    found = []
    for mail in mails:
        if mail is None:
            continue
        writer, msg, reply_to, ts, readers = mail
        mine = _domain(writer)
        others = {_domain(reader) for reader in {*readers, writers.get(reply_to, "")}} - {"", mine}
        for other in sorted(others):
            found.append(Row(mine, other, ts, False, writer, msg, reply_to))
            found.append(Row(other, mine, ts, True, writer, msg, reply_to))
    return sorted(found, key=lambda row: (row.ts, row.us, row.partner))


def _mail(message: email.message.Message) -> tuple[str, str, str, int, set[str]] | None:
    with suppress(TypeError, ValueError, OverflowError):
        ts = int(email.utils.parsedate_to_datetime(str(message["Date"])).timestamp())
        writer = email.utils.parseaddr(str(message["From"]))[1].lower()
        named = email.utils.getaddresses([str(message[name]) for name in ("To", "Cc") if message[name]])
        if ts > _FIRST_MAIL and "@" in writer:
            readers = {address.lower() for _, address in named if "@" in address and ".lists." not in f".{address}"}
            return writer, str(message["Message-ID"]).strip(), str(message["In-Reply-To"]).strip(), ts, readers
    return None


def _domain(address: str) -> str:
    return ".".join(address.rpartition("@")[2].split(".")[-2:])


def half(rows: Rows, which: int) -> list[Row]:
    """The pairs whose own company falls into one half (0 or 1) by hash."""
    return [row for row in rows if zlib.crc32(row.us.encode()) >> 30 & 1 == which]


def as_it_is(rows: Rows) -> Rows:
    """Company with company, as the file has it."""
    return rows


def years(first: float, last: float) -> Callable[[Rows], Rows]:
    """Only a stretch of the file, in shares of its whole time."""

    def cut(rows: Rows) -> Rows:
        begin, end = min(row.ts for row in rows), max(row.ts for row in rows)
        span = end - begin
        return [row for row in rows if begin + first * span <= row.ts <= begin + last * span]

    return cut


def short_histories(length: float) -> Callable[[Rows], Rows]:
    """So many years of each pair and no more: its own stretch follows from its name."""

    def cut(rows: Rows) -> Rows:
        begin, end = min(row.ts for row in rows), max(row.ts for row in rows)
        room = max(0.0, end - begin - length * YEAR)
        kept = []
        for row in rows:
            start = begin + room * (zlib.crc32(f"{row.us}|{row.partner}".encode()) % 1000) / 1000
            if start <= row.ts <= start + length * YEAR:
                kept.append(row)
        return kept

    return cut


def thinned(share: float, seed: int = 1) -> Callable[[Rows], Rows]:
    """Each mail is seen with this chance: a list read in part, a mailbox that shares work with others."""

    def cut(rows: Rows) -> Rows:
        choose = random.Random(seed)
        seen: dict[str, bool] = {}  # a mail to several partners is seen by all of them, or by none
        kept = []
        for row in rows:
            key = row.msg or f"{row.us}|{row.partner}|{row.ts}"
            if key not in seen:
                seen[key] = choose.random() < share
            if seen[key]:
                kept.append(row)
        return kept

    return cut


def one_a_day(rows: Rows) -> Rows:
    """The first word of a pair, direction and day alone: how much was written is hidden."""
    seen: set[tuple[str, str, bool, int]] = set()
    kept = []
    for row in rows:
        key = (row.us, row.partner, row.inbound, row.ts // DAY)
        if key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def nameless(rows: Rows) -> Rows:
    """The person column is empty."""
    return [row._replace(person="") for row in rows]


def one_person(rows: Rows) -> Rows:
    """The person column names the partner: whoever writes for it is the same."""
    return [row._replace(person=row.partner if row.inbound else row.us) for row in rows]


def bare(rows: Rows) -> Rows:
    """One line a day, without person, message or thread: the least that an events file may hold."""
    return [row._replace(person="", msg="", reply_to="") for row in one_a_day(rows)]


def shifted(hours: float) -> Callable[[Rows], Rows]:
    """All times moved: another zone's midnight ends the day."""
    return lambda rows: [row._replace(ts=row.ts + int(hours * 3600)) for row in rows]


def persons(rows: Rows) -> Rows:
    """A company with single people: each of theirs is a partner."""
    return [row._replace(partner=row.person) for row in rows if row.inbound]


def everybody(rows: Rows) -> Rows:
    """All own companies together, with a company: each mail once."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in rows:
        key = (row.partner, row.msg)
        if row.inbound and key not in seen:
            seen.add(key)
            kept.append(row._replace(us="us"))
    return kept


def colleagues(rows: Rows) -> Rows:
    """Person with person, both directions: who answers whom, and who stands in one conversation with whom."""
    writer = {row.msg: row.person for row in rows}
    parent = {row.msg: row.reply_to for row in rows if row.reply_to}
    company: dict[str, str] = {}
    for row in rows:
        company[row.person] = row.partner if row.inbound else row.us
    found = set()
    for row in rows:
        above, up = 0, row.reply_to
        while up in writer and above < 3:  # the writer answered, and the two before in the conversation
            other = writer[up]
            if other != row.person:
                found.add(Row(other, row.person, row.ts, True, row.person, row.msg, up))
                found.add(Row(row.person, other, row.ts, False, row.person, row.msg, up))
            up = parent.get(up, "")
            above += 1
    return sorted(found, key=lambda row: (row.ts, row.us, row.partner, row.msg))


def small(rows: Rows) -> Rows:
    """The quieter half of the pairs that have a dozen contact days: small lists, minor partners."""
    days: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.inbound:
            days[row.us, row.partner].add(row.ts // DAY)
    counts = {pair: len(found) for pair, found in days.items() if len(found) >= 12}
    limit = sorted(counts.values())[len(counts) // 2] if counts else 0
    return [row for row in rows if counts.get((row.us, row.partner), limit + 1) <= limit]


def holes(*, many: bool) -> Callable[[Rows], Rows]:
    """The half of the pairs whose long gaps are longer, or shorter, than usual for their mean gap: other habits."""

    def cut(rows: Rows) -> Rows:
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in rows:
            if row.inbound:
                found[row.us, row.partner].add(row.ts // DAY)
        longest = {}
        for pair, seen in found.items():
            days = sorted(seen)
            gaps = sorted(gap for gap in map(int.__sub__, days[1:], days) if gap < _QUARTER_DAYS)
            if len(gaps) >= 12:
                longest[pair] = gaps[len(gaps) * 95 // 100] * len(gaps) / sum(gaps)
        middle = sorted(longest.values())[len(longest) // 2] if longest else 0.0
        kept = {pair for pair, ratio in longest.items() if (ratio > middle) == many}
        return [row for row in rows if (row.us, row.partner) in kept]

    return cut


def busiest_person(rows: Rows) -> Rows:
    """Of each partner only the one person who writes most: a single contact."""
    said: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.inbound:
            said[row.us, row.partner][row.person] += 1
    main = {pair: count.most_common(1)[0][0] for pair, count in said.items()}
    return [row for row in rows if row.inbound and row.person == main[row.us, row.partner]]


def answers_only(rows: Rows) -> Rows:
    """Only words that answer one of ours: partners who never write first."""
    ours = {row.msg for row in rows if not row.inbound}
    return [row for row in rows if not row.inbound or row.reply_to in ours]


def no_outbound(rows: Rows) -> Rows:
    """Our own mails are not in the file."""
    return [row for row in rows if row.inbound]


def after(*steps: Callable[[Rows], Rows]) -> Callable[[Rows], Rows]:
    """Several readings, one after the other."""

    def cut(rows: Rows) -> Rows:
        for step in steps:
            rows = step(rows)
        return rows

    return cut


READINGS: dict[str, Callable[[Rows], Rows]] = {
    "company with company": as_it_is,
    "early years": years(0, 0.45),
    "late years": years(0.55, 1),
    "three years of each": short_histories(3),
    "two years of each": short_histories(2),
    "half of the mails": thinned(0.5),
    "a quarter of the mails": thinned(0.25),
    "one mail a day": one_a_day,
    "person empty": nameless,
    "person constant": one_person,
    "one line a day, no names": bare,
    "eight hours earlier": shifted(-8),
    "nine hours later": shifted(9),
    "no outbound": no_outbound,
    "smaller half of the pairs": small,
    "pairs with few long gaps": holes(many=False),
    "pairs with many long gaps": holes(many=True),
    "busiest person of each": busiest_person,
    "answers to us only": answers_only,
    "company with persons": persons,
    "everybody with company": everybody,
    "everybody with persons": after(persons, everybody),
    "person with person": colleagues,
    "person with person, thin": after(colleagues, thinned(0.5)),
    "everybody, a quarter, bare": after(thinned(0.25), everybody, bare),
}


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """As an events file, for `shared/bin/measure_quiet` and `gonequiet replay --events`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("us", "partner", "ts", "dir", "person", "msg", "in_reply_to"))
        for row in rows:
            writer.writerow((*row[:3], "in" if row.inbound else "out", *row[4:]))


def readings(rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Every reading of these rows."""
    for name, cut in READINGS.items():
        yield name, cut(rows)
