"""What `open_archive` finds at a path, told by content, and what it says where there is nothing."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.archive.connector import open_archive
from connectors.archive.errors import NotAnArchive
from connectors.base import AccessDenied, Page
from models.records import Meeting, Message

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAIL = b"From: ana@example.org\nTo: bo@p.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nMessage-ID: <%d@x>\n\nhi\n"
MBOX = b"From ana@example.org Mon Jan  5 09:00:00 2026\n" + MAIL % 1 + b"\nFrom x Mon Jan  5 09:00:00 2026\n" + MAIL % 2
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:20260105T090000Z\r\nEND:VEVENT\r\n"
    b"END:VCALENDAR\r\n"
)


def pages(path: Path) -> list[Page]:
    return [page for connector in open_archive(path, now=NOW) for page in connector.pages(None)]


def counts(path: Path) -> tuple[int, int]:
    found = [i for page in pages(path) for i in page.interactions]
    return sum(isinstance(i, Message) for i in found), sum(isinstance(i, Meeting) for i in found)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["inbox", "wrong.eml", "a.mbox"])
def test_an_mbox_is_known_by_content_whatever_its_name_and_packing(tmp_path: Path, pack: object, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pack(MBOX))  # type: ignore[operator]

    assert counts(path) == (2, 0)


def test_a_takeout_zip_gives_its_mail_and_its_calendars(tmp_path: Path) -> None:
    path = tmp_path / "takeout-20260101T000000Z-001.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("Takeout/archive_browser.html", "<html></html>")
        packed.writestr("Takeout/Mail/All mail Including Spam and Trash.mbox", MBOX)
        packed.writestr("Takeout/Mail/User Settings/Blocked Addresses.json", "{}")
        packed.writestr("Takeout/Calendar/Work.ics", ICS)
        packed.writestr("loose/one.eml", MAIL % 7)

    assert counts(path) == (3, 1)
    assert len({c.source for c in open_archive(path, now=NOW)}) == 3


def maildir(root: Path) -> Path:
    for folder in ("", ".Sent", ".Trash"):
        for part in ("cur", "new", "tmp"):
            (root / folder / part).mkdir(parents=True)
    (root / "cur" / "1.a:2,S").write_bytes(MAIL % 1)
    (root / "cur" / "2.a:2,ST").write_bytes(MAIL % 2)
    (root / "cur" / "3.a:2,D").write_bytes(MAIL % 3)
    (root / "new" / "4.a").write_bytes(MAIL % 4)
    (root / "tmp" / "5.a").write_bytes(MAIL % 5)
    (root / ".Sent" / "cur" / "6.a:2,S").write_bytes(MAIL % 6)
    (root / ".Trash" / "cur" / "7.a:2,S").write_bytes(MAIL % 7)
    return root


def test_a_maildir_is_read_with_its_folders_but_without_trash_and_drafts(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Mail")

    assert counts(root) == (3, 0)
    assert Counter(s.reason for page in pages(root) for s in page.skipped) == {"trash": 2, "draft": 1}


def test_a_mail_whose_flags_changed_is_not_new(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Mail")
    cursors = {c.source: list(c.pages(None))[-1].cursor for c in open_archive(root, now=NOW)}
    (root / "new" / "4.a").rename(root / "cur" / "4.a:2,RS")
    (root / "new" / "9.a").write_bytes(MAIL % 9)

    again = [
        item.uid
        for c in open_archive(root, now=NOW)
        for page in c.pages(cursors[c.source])
        for item in page.interactions
    ]

    assert again == ["9@x"]


def test_a_folder_of_all_kinds_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL % 11)
    (tmp_path / "two.txt").write_bytes(MAIL % 12)
    (tmp_path / "3.emlx").write_bytes(b"%d      \n" % len(MAIL % 13) + MAIL % 13)
    (tmp_path / "old").write_bytes(MBOX)
    (tmp_path / "cal.ics").write_bytes(ICS)
    (tmp_path / "notes.md").write_text("# Not mail\n\nFrom: here on\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n" + bytes(100))
    (tmp_path / "empty.mbox").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep.mbox.gz").write_bytes(gzip.compress(MBOX, mtime=0))
    maildir(tmp_path / "sub" / "Mail")

    assert counts(tmp_path) == (3 + 2 + 2 + 3, 1)


def test_a_single_eml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(MAIL.replace(b"\n", b"\r\n") % 1)

    assert counts(path) == (1, 0)


def encrypted_zip() -> bytes:
    """A zip whose only member claims to be encrypted: the flag is all that is looked at."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mail.mbox", MBOX)
    raw = bytearray(out.getvalue())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"Hello, this is no mail.\n", "holds no mail"),
        (bytes(range(256)) * 50, "holds no mail"),
        (gzip.compress(b"Hello", mtime=0), "holds no mail"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(300), mtime=0), "is a tar file"),
        (b"\x1f\x8b" + b"garbage" * 20, "damaged"),
        (b"PK\x03\x04" + b"garbage" * 20, "damaged"),
        (encrypted_zip(), "is encrypted"),
        (b"PK\x05\x06" + bytes(18), "without mail"),
    ],
)
def test_a_file_that_is_no_archive_gets_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)

    with pytest.raises(NotAnArchive, match=said) as caught:
        open_archive(path, now=NOW)
    assert "\n" not in str(caught.value)
    assert "thing" in str(caught.value)


def test_a_path_without_anything_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="no file or folder"):
        open_archive(tmp_path / "nowhere", now=NOW)
    with pytest.raises(NotAnArchive, match="no mail and no calendar in the folder"):
        open_archive(tmp_path, now=NOW)


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_we_may_not_open_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.mbox"
    path.write_bytes(MBOX)
    path.chmod(0)

    with pytest.raises(NotAnArchive, match="permission"):
        open_archive(path, now=NOW)


def test_a_cut_download_gives_what_is_there_and_then_says_that_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cut.mbox.gz"
    body = b"".join(
        b"From x Mon Jan  5 09:00:00 2026\n" + MAIL % n + os.urandom(900).hex().encode() + b"\n\n" for n in range(3000)
    )
    path.write_bytes(gzip.compress(body, 1, mtime=0)[:-200_000])
    found: list[Page] = []

    (connector,) = open_archive(path, now=NOW)
    with pytest.raises(AccessDenied, match="damaged"):
        found.extend(connector.pages(None))  # what came before the error stays

    assert sum(len(page.interactions) for page in found) > 1000


def test_the_same_place_is_the_same_source_however_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.mbox").write_bytes(MBOX)
    monkeypatch.chdir(tmp_path)

    (here,) = open_archive(Path("x.mbox"), now=NOW)
    (there,) = open_archive(tmp_path / "x.mbox", now=NOW)

    assert here.source == there.source
    assert here.source.startswith("archive:x.mbox~")
