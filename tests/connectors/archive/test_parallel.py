"""Several processes read what one reads, in its order; whatever happens to one of them is said in a sentence."""

from __future__ import annotations

import gzip
import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.archive import other_process, parallel
from connectors.archive.files import Blob, packing_of
from connectors.archive.mail import Reading
from connectors.archive.mbox_connector import MboxConnector
from connectors.archive.other_process import OtherProcess, Work
from connectors.base import AccessDenied, Page
from models.records import Message

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAILS = 600
WORK = Work(reading=Reading(source="archive:x", now=NOW), prepare=None, path=None)


def mail(number: int) -> bytes:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(minutes=number)
    invitation = (
        f"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{number}\nDTSTART:20260201T090000Z\n"
        "DTEND:20260201T100000Z\nATTENDEE:mailto:bo@partner.example\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    text = invitation if number % 50 == 7 else "Subject: note\n\n" + "word\n" * (number % 40)
    broken = "" if number % 90 != 11 else "X-Gmail-Labels: Spam\n"
    return (
        f"From ana@example.org Mon Jan  5 09:00:00 2026\nFrom: Ana <ana{number % 3}@example.org>\n{broken}"
        f"To: bo@partner.example\nDate: {at:%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <m{number}@example.org>\n{text}\n"
    ).encode()


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "all.mbox"
    path.write_bytes(b"".join(mail(number) for number in range(MAILS)))
    return path


def connector(path: Path, workers: int) -> MboxConnector:
    blob = Blob(path, packing_of(path.read_bytes()[:8]))
    return MboxConnector(blob, now=NOW, page_size=50, chunk=2000, workers=workers, worth_sharing=0, patient=True)


def seen(pages: Iterator[Page]) -> list[tuple[object, ...]]:
    return [(p.interactions, p.skipped, p.cursor, p.done, p.total, p.read_until) for p in pages]


@pytest.mark.parametrize("workers", [2, 3])
def test_several_processes_give_the_same_pages_as_one(mbox: Path, workers: int) -> None:
    one = seen(connector(mbox, 1).pages(None))

    several = seen(connector(mbox, workers).pages(None))

    assert several == one
    assert len(one) >= 10
    assert any(page[1] for page in one)


def test_a_packed_archive_is_shared_too(mbox: Path) -> None:
    packed = mbox.with_suffix(".gz")
    packed.write_bytes(gzip.compress(mbox.read_bytes()))

    assert seen(connector(packed, 2).pages(None)) == seen(connector(packed, 1).pages(None))


def test_the_other_process_does_its_part(mbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    ask = OtherProcess.ask
    monkeypatch.setattr(OtherProcess, "ask", lambda self, *facts: (asked.append(facts[0]), ask(self, *facts)))

    blocks = sum(1 for _ in connector(mbox, 2).pages(None))

    assert len(asked) > 10
    assert blocks


def test_a_mail_larger_than_what_is_kept_of_it_is_read_in_this_process(mbox: Path) -> None:
    big = mail(9_000) + b"x" * 79 + b"\n" * 3_000_000
    mbox.write_bytes(mbox.read_bytes() + big + mail(9_001))

    assert seen(connector(mbox, 2).pages(None)) == seen(connector(mbox, 1).pages(None))


def test_what_stands_before_damage_is_handed_out_by_several_as_by_one(mbox: Path) -> None:
    def read(workers: int) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        with pytest.raises(AccessDenied, match="damaged"):
            found.extend((page.interactions, page.cursor) for page in connector(packed, workers).pages(None))
        return found

    packed = mbox.with_suffix(".gz")
    whole = gzip.compress(mbox.read_bytes(), compresslevel=0)
    packed.write_bytes(whole[: len(whole) * 2 // 3])

    assert read(2) == read(1) != []


def test_mails_can_be_made_ready_where_they_are_read(mbox: Path) -> None:
    one = list(connector(mbox, 1).prepared_pages(None, names))
    two = list(connector(mbox, 2).prepared_pages(None, names))

    told = [b"".join(page.prepared) for page in two]
    assert told == [b"".join(page.prepared) for page in one]
    assert b"".join(told).count(b"\n") == MAILS - sum(len(page.skipped) for page in two)
    assert not any(isinstance(item, Message) for page in two for item in page.interactions)
    assert sum(len(page.interactions) for page in two) == MAILS // 50


def names(mails: list[Message]) -> bytes:
    return b"".join(mail.uid.encode() + b"\n" for mail in mails)


def test_a_reader_that_stops_early_leaves_no_process_behind(mbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = OtherProcess.__init__
    monkeypatch.setattr(
        OtherProcess, "__init__", lambda self, *facts: (start(self, *facts), started.append(self), None)[-1]
    )

    pages = connector(mbox, 2).pages(None)
    next(pages)
    pages.close()  # type: ignore[attr-defined]

    (other,) = started
    assert other._process.returncode is not None


@pytest.mark.parametrize("packing", ["plain", "gzip"])
@pytest.mark.parametrize("dies_after", [0, 1])
def test_where_the_other_process_is_killed_this_one_reads_on_with_a_warning(
    mbox: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    packing: str,
    dies_after: int,
) -> None:
    class Mortal(OtherProcess):
        def ask(self, base: int, data: bytes, spans: Sequence[tuple[int, int]]) -> None:
            super().ask(base, data, spans)
            if self._asked == dies_after + 1:
                os.kill(self._process.pid, signal.SIGKILL)

    monkeypatch.setattr(parallel, "OtherProcess", Mortal)
    if packing == "gzip":
        mbox.write_bytes(gzip.compress(mbox.read_bytes()))

    found = seen(connector(mbox, 2).pages(None))

    assert found == seen(connector(mbox, 1).pages(None))
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith("The second process that reads the archive was killed by signal 9")


def test_a_mistake_of_ours_in_the_other_process_is_loud_here() -> None:
    other = OtherProcess(Work(reading=WORK.reading, prepare=broken, path=None), 4)

    other.ask(0, mail(1), [(0, len(mail(1)))])

    with pytest.raises(RuntimeError, match="this must be seen"):
        other.answer()
    other.close()


def broken(mails: list[Message]) -> bytes:
    raise LookupError("this must be seen")


def test_an_answer_larger_than_a_pipe_arrives_whole() -> None:
    mails = b"".join(mail(number) for number in range(3_000))
    starts = [found for found in range(len(mails)) if mails.startswith(b"From ana", found)]
    other = OtherProcess(WORK, 4)

    for _ in range(3):
        other.ask(0, mails, list(zip(starts, [*starts[1:], len(mails)], strict=True)))
    answers = [other.answer() for _ in range(3)]
    other.close()

    assert [answer.count for answer in answers] == [3_000] * 3
    assert answers[0].interactions == answers[2].interactions


def test_without_a_way_to_share_memory_packed_archives_are_read_alone(
    mbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(other_process.os, "memfd_create")

    assert not other_process.can_start(None)
    assert other_process.can_start(mbox)
