"""One meaning: with one process or two, made ready where it is read or not, stopped or not, the store is the same."""

from __future__ import annotations

import lzma
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.archive.files import Blob
from connectors.archive.mbox_connector import MboxConnector
from connectors.base import Page
from flows.pull import pull
from models.records import Partner
from models.store.store import Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTENT = [
    """SELECT m.key, p.key, m.at, a.address, m.side, m.message_class, m.thread_key, m.root_key, m.reply_key, m.topic,
    m.subject, m.back_on, m.suspect FROM message m JOIN partner p ON p.id = m.partner_id
    LEFT JOIN address a ON a.id = m.sender_id""",
    """SELECT m.key, p.key, a.address, r.role FROM recipient r JOIN message m ON m.id = r.message_id
    JOIN partner p ON p.id = m.partner_id JOIN address a ON a.id = r.address_id""",
    "SELECT address, name FROM address",
    "SELECT o.key, d.name, o.day, o.side, o.message_class FROM outside o JOIN domain d ON d.id = o.domain_id",
    """SELECT g.key, p.key, g.seen_at, g.content, g.at, g.until, g.status, a.address FROM meeting g
    JOIN partner p ON p.id = g.partner_id LEFT JOIN address a ON a.id = g.organiser_id""",
    """SELECT g.key, g.content, a.address, i.response FROM invitee i JOIN meeting g ON g.id = i.meeting_id
    JOIN address a ON a.id = i.address_id""",
    "SELECT p.key, b.since, b.until, b.person, b.origin FROM absence b JOIN partner p ON p.id = b.partner_id",
    "SELECT p.key, c.first_at, c.last_at, c.count FROM carries c JOIN partner p ON p.id = c.partner_id",
    "SELECT key, state, message_key, reason FROM item",
    "SELECT name, cursor, read_until FROM source",
]
PEOPLE = ("Ana <ana@us.example>", "bob@us.example", "Raj <raj@northwind.example>", "raj@northwind.example")
OTHERS = ("Eve <eve@contoso.example>", "joe@elsewhere.example", "no-reply@shop.example", '"Kim, L." <kim@x.example>')


def mail(number: int) -> bytes:
    everyone = PEOPLE + OTHERS
    at = datetime(2025, 1, 6, 9, tzinfo=UTC) + timedelta(hours=number)
    own = number - number % 60 if number % 17 == 3 else number  # some lie in the archive twice
    lines = [
        "From x@example.org Mon Jan  5 09:00:00 2026",
        f"From: {everyone[number % 8]}",
        f"To: {everyone[(number * 3 + 2) % 8]}, {everyone[(number * 5 + 1) % 8]}",
        f"Date: {at:%a, %d %b %Y %H:%M:%S} +0100",
        f"Message-ID: <m{own}@example.org>",
        f"X-GM-THRID: {number // 5}",
        f"Subject: {'Automatic reply: away until 20 January' if number % 23 == 4 else f'Re: note {number // 5}'}",
    ]
    if number % 5:
        lines.append(f"References: <m{number // 5 * 5}@example.org> <m{number - 1}@example.org>")
    if number % 31 == 6:
        lines.append("X-Gmail-Labels: Spam")
    if number % 37 == 9:
        lines += ["Precedence: list", "List-Id: <x.lists.example>", "List-Post: <mailto:x@lists.example>"]
    if number % 41 == 10:
        lines += ["X-Failed-Recipients: gone@northwind.example"]
    if number % 43 == 11:
        lines += [
            "Content-Type: text/calendar",
            "",
            f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{number}\nDTSTAMP:20260101T000000Z\nDTSTART:20260201T090000Z",
            "DTEND:20260201T100000Z\nORGANIZER:mailto:ana@us.example\nATTENDEE:mailto:raj@northwind.example",
            "END:VEVENT\nEND:VCALENDAR",
        ]
    return ("\n".join(lines) + "\n\n" + "word\n" * (number % 30) + "\n").encode()


class Plain:
    """A connector that hands out records and nothing else."""

    def __init__(self, connector: MboxConnector) -> None:
        self._connector = connector
        self.source = connector.source

    def pages(self, cursor: str | None) -> Iterator[Page]:
        return self._connector.pages(cursor)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    path = tmp_path / "all.mbox"
    path.write_bytes(b"".join(mail(number) for number in range(900)))
    return path


def imported(
    mbox: Path,
    database: Path,
    *,
    workers: int = 1,
    plain: bool = False,
    chunk: int = 8_000,
    page_size: int = 100,
    us: str = "us.example",
    partners: tuple[str, ...] = ("northwind.example", "contoso.example"),
    stop_after: int | None = None,
) -> list[list[tuple[object, ...]]]:
    """What the store holds after an import; `stop_after` so many pages it is stopped each time, and run again."""
    store = Store.at(database)
    with closing(sqlite3.connect(database)) as file, file:
        file.execute("UPDATE meta SET value = '00112233445566778899aabbccddeeff' WHERE name = 'salt'")
    for domain in partners:
        store.partners.add(Partner(key=domain.partition(".")[0], title=domain, domains=(domain,)), now=NOW)
    store.close()
    while True:
        store = Store.at(database)
        connector = MboxConnector(
            Blob(mbox), now=NOW, page_size=page_size, chunk=chunk, workers=workers, worth_sharing=0, patient=True
        )
        try:
            pull(
                store,
                Plain(connector) if plain else connector,
                store.partners.directory([us]),
                clock=lambda: NOW,
                worker="w",
                live=False,
                on_page=_stopping(stop_after) if stop_after is not None else None,
            )
            break
        except KeyboardInterrupt:
            continue
        finally:
            store.close()
    with closing(sqlite3.connect(database)) as file, file:
        return [sorted(file.execute(query).fetchall(), key=repr) for query in CONTENT]


def _stopping(after: int) -> Callable[[Page, object], None]:
    pages = 0

    def on_page(page: Page, _saved: object) -> None:
        nonlocal pages
        pages += 1
        if pages >= after and page.done != page.total:
            raise KeyboardInterrupt

    return on_page


def test_two_processes_store_what_one_stores(made_up: Path, tmp_path: Path) -> None:
    one = imported(made_up, tmp_path / "1.db")

    two = imported(made_up, tmp_path / "2.db", workers=2)

    assert two == one
    assert all(one)


def test_mails_made_ready_where_they_are_read_are_stored_as_records_are(made_up: Path, tmp_path: Path) -> None:
    records = imported(made_up, tmp_path / "1.db", plain=True)

    assert imported(made_up, tmp_path / "2.db") == records


@pytest.mark.parametrize("page_size", [1, 250, 10_000])
def test_where_pages_end_does_not_matter(made_up: Path, tmp_path: Path, page_size: int) -> None:
    usual = imported(made_up, tmp_path / "1.db")

    assert imported(made_up, tmp_path / "2.db", page_size=page_size) == usual


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("stop_after", [1, 3])
def test_stopped_again_and_again_it_loses_nothing_and_doubles_nothing(
    made_up: Path, tmp_path: Path, workers: int, stop_after: int
) -> None:
    whole = imported(made_up, tmp_path / "1.db")

    stopped = imported(made_up, tmp_path / "2.db", workers=workers, stop_after=stop_after, page_size=200)

    assert stopped == whole


def test_real_mail_is_stored_alike_by_one_process_and_by_two(shared_data: Path, tmp_path: Path) -> None:
    archives = sorted((shared_data / "mail").glob("*.mbox.xz"))
    assert archives
    for number, packed in enumerate(archives):
        mbox = tmp_path / f"{number}.mbox"
        mbox.write_bytes(lzma.decompress(packed.read_bytes()))
        facts = {"us": "ibm.com", "partners": ("intel.com", "google.com", "amd.com"), "chunk": 1 << 20}

        one = imported(mbox, tmp_path / f"{number}-1.db", page_size=1_000, **facts)  # type: ignore[arg-type]
        two = imported(mbox, tmp_path / f"{number}-2.db", page_size=1_000, workers=2, **facts)  # type: ignore[arg-type]

        assert two == one
        assert len(one[0]) + len(one[3]) > 100
