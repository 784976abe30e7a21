"""Each kind of archive keeps every connector's promises."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.archive.calendar_connector import CalendarConnector
from connectors.archive.files import Blob
from connectors.archive.loose_mails import LooseMail, LooseMailsConnector
from connectors.archive.mbox_connector import MboxConnector
from connectors.base import Connector
from tests.connectors.contract import ConnectorContract

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def mail(number: int) -> bytes:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=number)
    return (
        f"From: Ana <ana{number % 3}@example.org>\nTo: bo@partner.example\nDate: {at:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"Message-ID: <m{number}@example.org>\nSubject: note {number}\n\nHello {number}\n\n"
    ).encode()


def mbox(first: int, last: int) -> bytes:
    return b"".join(b"From ana@example.org Mon Jan  5 09:00:00 2026\n" + mail(n) for n in range(first, last))


class InFolder(ConnectorContract):
    """Archives live in a folder of their own."""

    count = 0

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def fresh(self, name: str) -> Path:
        self.count += 1
        place = self.folder / str(self.count)
        place.mkdir()
        return place / name


class TestMbox(InFolder):
    def make(self, n: int, page_size: int) -> Connector:
        path = self.fresh("all.mbox")
        path.write_bytes(mbox(0, n))
        return self.connector(path, page_size)

    def connector(self, path: Path, page_size: int) -> MboxConnector:
        return MboxConnector(Blob(path), now=NOW, page_size=page_size, chunk=700)

    def reopen(self, connector: Connector) -> Connector:
        assert isinstance(connector, MboxConnector)
        return self.connector(connector.blob.path, connector._page_size)

    def more(self, connector: Connector, k: int) -> int:
        assert isinstance(connector, MboxConnector)
        with connector.blob.path.open("ab") as file:
            file.write(mbox(100, 100 + k))
        return k

    def expired(self) -> tuple[Connector, str]:
        connector = self.make(5, 10)
        assert isinstance(connector, MboxConnector)
        cursor = list(connector.pages(None))[-1].cursor
        connector.blob.path.write_bytes(mbox(50, 58))
        assert cursor is not None
        return connector, cursor

    def broken(self) -> Iterable[Connector]:
        yield self.connector(self.folder / "gone.mbox", 10)


class TestGzippedMbox(InFolder):
    def make(self, n: int, page_size: int) -> Connector:
        path = self.fresh("all.mbox.gz")
        path.write_bytes(gzip.compress(mbox(0, n)))
        return MboxConnector(Blob(path, "gzip"), now=NOW, page_size=page_size, chunk=700)

    def more(self, connector: Connector, k: int) -> int:
        assert isinstance(connector, MboxConnector)
        with connector.blob.path.open("ab") as file:
            file.write(gzip.compress(mbox(100, 100 + k)))
        return k

    def expired(self) -> tuple[Connector, str]:
        connector = self.make(5, 10)
        assert isinstance(connector, MboxConnector)
        cursor = list(connector.pages(None))[-1].cursor
        connector.blob.path.write_bytes(gzip.compress(mbox(50, 58)))
        assert cursor is not None
        return connector, cursor

    def broken(self) -> Iterable[Connector]:
        path = self.fresh("cut.mbox.gz")
        path.write_bytes(gzip.compress(mbox(0, 200))[:-300])
        yield MboxConnector(Blob(path, "gzip"), now=NOW)


class TestZippedMbox(InFolder):
    def make(self, n: int, page_size: int) -> Connector:
        path = self.fresh("takeout.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("Takeout/Mail/All mail.mbox", mbox(0, n))
        return MboxConnector(Blob(path, "zip", "Takeout/Mail/All mail.mbox"), now=NOW, page_size=page_size, chunk=700)


class TestLooseMails(InFolder):
    def make(self, n: int, page_size: int) -> Connector:
        root = self.fresh("mails")
        root.mkdir()
        for number in range(n):
            (root / f"{number}.eml").write_bytes(mail(number))
        return self.connector(root, page_size)

    def connector(self, root: Path, page_size: int) -> LooseMailsConnector:
        mails = [LooseMail(path.name, path) for path in root.iterdir()]
        return LooseMailsConnector(root, root.name, mails, now=NOW, page_size=page_size)

    def reopen(self, connector: Connector) -> Connector:
        assert isinstance(connector, LooseMailsConnector)
        return self.connector(connector.root, connector._page_size)

    def more(self, connector: Connector, k: int) -> int:
        assert isinstance(connector, LooseMailsConnector)
        for number in range(100, 100 + k):
            (connector.root / f"{number}.eml").write_bytes(mail(number))
        return k

    def expired(self) -> tuple[Connector, str]:
        return self.make(3, 10), '{"kind":"loose","version":0,"names":"","newest":0}'


class TestCalendar(InFolder):
    def make(self, n: int, page_size: int) -> Connector:
        path = self.fresh("basic.ics")
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
        if n > 3:
            lines += ["BEGIN:VEVENT", "UID:weekly@x", "DTSTAMP:20260101T000000Z", "DTSTART:20260105T090000Z"]
            lines += ["DTEND:20260105T093000Z", "RRULE:FREQ=WEEKLY;COUNT=3", "END:VEVENT"]
        for number in range(3 if n > 3 else 0, n):
            lines += ["BEGIN:VEVENT", f"UID:{number}@x", "DTSTAMP:20260101T000000Z"]
            lines += [f"DTSTART:20260106T{number % 24:02d}0000Z", "DURATION:PT30M", "END:VEVENT"]
        path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]))
        return CalendarConnector(Blob(path), now=NOW, horizon=timedelta(days=100), page_size=page_size)

    def expired(self) -> tuple[Connector, str]:
        connector = self.make(5, 10)
        assert isinstance(connector, CalendarConnector)
        cursor = list(connector.pages(None))[-1].cursor
        connector.blob.path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")
        assert cursor is not None
        return connector, cursor

    def broken(self) -> Iterable[Connector]:
        yield CalendarConnector(Blob(self.folder / "gone.ics"), now=NOW, horizon=timedelta(days=1))
