"""What lies at a path: `open_archive` tells by content, not by name, and gives a connector for each archive in it."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from connectors.archive.calendar_connector import CalendarConnector
from connectors.archive.errors import NotAnArchive
from connectors.archive.files import UNREADABLE, Blob, first_bytes, packing_of
from connectors.archive.ics import is_calendar
from connectors.archive.labels import reason_for_folder
from connectors.archive.loose_mails import LooseMail, LooseMailsConnector
from connectors.archive.mbox import begins_like_mbox
from connectors.archive.mbox_connector import MboxConnector

Archive = MboxConnector | CalendarConnector | LooseMailsConnector
HORIZON = timedelta(days=400)
_HEADERS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\d+[ \t]*\r?\n)?(?:\r?\n)*(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+", re.DOTALL
)
_MAIL_HEADER = re.compile(
    rb"^(?:From|Received|Return-Path|Delivered-To|Message-ID|Date|MIME-Version|Subject|X-[\w-]+):",
    re.MULTILINE | re.IGNORECASE,
)
_MAILDIR = ("cur", "new")


def open_archive(
    path: Path,
    *,
    now: datetime,
    with_text: bool = False,
    workers: int = 1,
    locked: list[Path] | None = None,
) -> list[Archive]:
    """A connector for each archive at `path`: a file, a Maildir, a folder of archives, a zip, a Google Takeout.

    Raises NotAnArchive, with one sentence, where there is no such file, or nothing in it is mail or a calendar.
    `now` bounds dates that are believed; endless series are expanded to HORIZON after it. What lies in a folder and may
    not be opened is added to `locked`.
    """
    opener = _Opener(now, with_text, workers, [] if locked is None else locked)
    try:
        if path.is_dir():
            found = opener.folder(path)
            if not found and opener.locked:
                raise NotAnArchive(f"{str(opener.locked[0])!r} cannot be read: you have no permission to open it")
            if not found:
                raise NotAnArchive(f"no mail and no calendar in the folder {str(path)!r}")
            return found
        if not path.exists():
            raise NotAnArchive(f"there is no file or folder {str(path)!r}")
        if not path.is_file():
            raise NotAnArchive(f"{str(path)!r} is neither a file nor a folder")
        return opener.file(path)
    except PermissionError as e:
        raise NotAnArchive(f"{str(path)!r} cannot be read: you have no permission to open it") from e


class _Opener:
    def __init__(self, now: datetime, with_text: bool, workers: int, locked: list[Path]) -> None:
        self.locked = locked
        self.now = now
        self.with_text = with_text
        self.workers = workers

    def file(self, path: Path) -> list[Archive]:
        """The archives in one file; NotAnArchive where it is none."""
        if path.stat().st_size == 0:
            raise NotAnArchive(f"{str(path)!r} is empty: export it again")
        with path.open("rb") as file:
            packing = packing_of(file.read(8))
        if packing == "zip":
            return self.zip(path)
        blob = Blob(path, packing)
        head = first_bytes(blob)
        found = self.blob(blob, head)
        if found is None and head[257:262] == b"ustar":
            raise NotAnArchive(f"{str(path)!r} is a tar file: unpack it and import the folder")
        if found is None:
            what = "what is packed in it" if packing != "plain" else "it"
            raise NotAnArchive(
                f"{str(path)!r} holds no mail and no calendar: {what} is no mbox, .eml, .ics, Maildir or Takeout zip"
            )
        return [found]

    def blob(self, blob: Blob, head: bytes) -> Archive | None:
        """The connector for one run of bytes that begins so; None where it is nothing we read."""
        if begins_like_mbox(head):
            return MboxConnector(blob, now=self.now, with_text=self.with_text, workers=self.workers)
        if is_calendar(head):
            return CalendarConnector(blob, now=self.now, horizon=HORIZON)
        if blob.packing == "plain" and looks_like_mail(head):
            size = blob.path.stat()
            mail = LooseMail(f"{blob.path.name}:{size.st_size}:{size.st_mtime_ns}", blob.path)
            return self.loose(blob.path, blob.path.name, [mail])
        return None

    def loose(self, root: Path, label: str, mails: list[LooseMail]) -> Archive:
        """Mails that lie one in a file."""
        return LooseMailsConnector(root, label, mails, now=self.now, with_text=self.with_text)

    def zip(self, path: Path) -> list[Archive]:
        """The mail and calendars in a zip file, a Takeout's among others."""
        found: list[Archive] = []
        mails: list[LooseMail] = []
        locked = 0
        try:
            with zipfile.ZipFile(path) as packed:
                for info in packed.infolist():
                    if info.is_dir() or info.file_size == 0:
                        continue
                    if info.flag_bits & 1:
                        locked += 1
                        continue
                    with packed.open(info) as member:
                        head = member.read(64 * 1024)
                    connector = None
                    if looks_like_mail(head) and not begins_like_mbox(head):
                        mails.append(LooseMail(f"{info.filename}:{info.CRC}", path, info.filename))
                    else:
                        connector = self.blob(Blob(path, "zip", info.filename), head)
                    if connector is not None:
                        found.append(connector)
        except UNREADABLE as e:
            raise NotAnArchive(f"{str(path)!r} is a damaged zip file: export or download it again") from e
        if mails:
            found.append(self.loose(path, path.name, mails))
        if not found:
            if locked:
                raise NotAnArchive(f"{str(path)!r} is encrypted: unpack it with its password and import the folder")
            raise NotAnArchive(f"{str(path)!r} is a zip file without mail and calendars")
        return found

    def folder(self, root: Path) -> list[Archive]:
        """Everything in a folder and below it; what is neither mail nor calendar is passed over."""
        found: list[Archive] = []
        for at, folders, files in os.walk(root, onerror=self._note_locked):
            folders.sort()
            here = Path(at)
            label = here.relative_to(root.parent if root.name else root).as_posix()
            if all((here / name).is_dir() for name in _MAILDIR):
                found.append(self.loose(here, label, list(_maildir(here))))
                folders[:] = [name for name in folders if name not in ("cur", "new", "tmp")]
                continue
            mails: list[LooseMail] = []
            for name in sorted(files):
                path = here / name
                self._take(path, found, mails)
            if mails:
                found.append(self.loose(here, label, mails))
        return found

    def _take(self, path: Path, found: list[Archive], mails: list[LooseMail]) -> None:
        try:
            size = path.stat()
            if not path.is_file() or size.st_size == 0:
                return
            with path.open("rb") as file:
                head = file.read(64 * 1024)
            if packing_of(head) == "plain" and looks_like_mail(head) and not begins_like_mbox(head):
                mails.append(LooseMail(f"{path.name}:{size.st_size}:{size.st_mtime_ns}", path))
                return
            found.extend(self.file(path))
        except PermissionError:
            self.locked.append(path)
        except (NotAnArchive, OSError):
            return  # a folder holds other things too

    def _note_locked(self, error: OSError) -> None:
        if isinstance(error, PermissionError):
            self.locked.append(Path(error.filename))


def looks_like_mail(head: bytes) -> bool:
    """Whether these first bytes of a file are a header block of mail."""
    block = _HEADERS.match(head)
    return block is not None and len(_MAIL_HEADER.findall(block[0])) >= 2


def _maildir(folder: Path) -> Iterator[LooseMail]:
    """The mails of one Maildir folder; its name (also as Maildir++ writes it, ".Trash") may say they do not count."""
    left_out = reason_for_folder(folder.name.rpartition(".")[2]) if folder.name.startswith(".") else None
    left_out = left_out or reason_for_folder(folder.name)
    for part in _MAILDIR:
        with os.scandir(folder / part) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not entry.is_file():
                    continue
                unique, _, flags = entry.name.partition(":2,")
                reason = left_out or ("trash" if "T" in flags else "draft" if "D" in flags else None)
                yield LooseMail(unique, Path(entry.path), left_out=reason)
