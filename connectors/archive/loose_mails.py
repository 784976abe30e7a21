"""Mails that lie one in a file: a Maildir folder, a folder of .eml files, or the .eml members of a zip, as pages."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.archive.cursor import VERSION, stored
from connectors.archive.files import UNREADABLE
from connectors.archive.mail import Reading
from connectors.archive.parsing import parse
from connectors.base import AccessDenied, CursorExpired, Page, Skipped
from models.records import Interaction

_KIND = "loose"
_KEY_BYTES = 6  # of a name's hash: among a million names two fall together once in five hundred archives
PAGE_SIZE = 2_000
_HEAD = 16 * 1024  # one read that holds nearly every header block
LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LooseMail:
    """One mail: `name` stays the same while the mail does (for Maildir: without its flags)."""

    name: str
    path: Path
    member: str | None = None
    left_out: str | None = None
    size: int = 0


class LooseMailsConnector:
    """A folder's mails. What was read is known by name, so a rescan reads only new files."""

    def __init__(
        self,
        root: Path,
        label: str,
        mails: Sequence[LooseMail],
        *,
        now: datetime | None = None,
        with_text: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> None:
        place = f"{root.resolve()}\0{label}\0loose".encode("utf-8", "surrogateescape")
        digest = hashlib.blake2b(place, digest_size=5).hexdigest()
        self._source = f"archive:{label.encode('utf-8', 'replace').decode()[:80]}~{digest}"
        self._label = label
        self.root = root
        self.mails = mails
        self._reading = Reading(source=self._source, now=now, with_text=with_text)
        self._page_size = page_size

    @property
    def source(self) -> str:
        """archive:<folder name>~<hash of its place>."""
        return self._source

    @property
    def label(self) -> str:
        """A short name for people."""
        return self._label

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """The mails whose names are not in the cursor, by name; a mail removed from the folder stays counted."""
        known, newest = _known(cursor)
        by_key = {_key(mail.name): mail for mail in self.mails}
        fresh = sorted((mail.name, key, mail) for key, mail in by_key.items() if key not in known)
        if not fresh and cursor is not None:
            yield Page(cursor=cursor, read_until=_moment(newest), done=len(by_key), total=len(by_key))
            return
        done = len(by_key) - len(fresh)
        interactions: list[Interaction] = []
        skipped: list[Skipped] = []
        count = 0
        packed: zipfile.ZipFile | None = None
        try:
            for _, key, mail in fresh:
                if mail.member is not None and packed is None:
                    packed = zipfile.ZipFile(mail.path)
                newest = max(newest, self._read(mail, packed, interactions, skipped))
                known.add(key)
                done += 1
                count += 1
                if count >= self._page_size:
                    yield Page(
                        interactions=tuple(interactions),
                        skipped=tuple(skipped),
                        cursor=_cursor(known, newest),
                        done=done,
                        total=len(by_key),
                    )
                    interactions, skipped, count = [], [], 0
        except zipfile.BadZipFile as e:
            raise AccessDenied(f"the archive {self.root.name!r} cannot be read to its end: it is damaged") from e
        finally:
            if packed is not None:
                packed.close()
        yield Page(
            interactions=tuple(interactions),
            skipped=tuple(skipped),
            cursor=_cursor(known, newest),
            read_until=_moment(newest),
            done=len(by_key),
            total=len(by_key),
        )

    def _read(
        self, mail: LooseMail, packed: zipfile.ZipFile | None, interactions: list[Interaction], skipped: list[Skipped]
    ) -> int:
        """Takes one mail in; gives its time in seconds since 1970, 0 where it has none to be believed."""
        if mail.left_out is not None:
            skipped.append(Skipped(external_id=mail.name, reason=mail.left_out))
            return 0
        try:
            data = _bytes_of(mail, packed, whole=self._reading.with_text)
        except FileNotFoundError:
            return 0  # moved between listing and reading; the next import finds it under its new name
        except UNREADABLE:
            skipped.append(Skipped(external_id=mail.name, reason="unreadable"))
            return 0
        start = _start(data)
        found = parse(data, [(start, len(data))], 0, self._reading)
        skipped.extend(replace(item, external_id=mail.name) for item in found.skipped)
        interactions.extend(found.interactions)
        return 0 if found.newest is None else int(found.newest.timestamp())


def _bytes_of(mail: LooseMail, packed: zipfile.ZipFile | None, *, whole: bool) -> bytes:
    if mail.member is not None and packed is not None:
        with packed.open(mail.member) as file:
            return file.read(LARGEST)
    with mail.path.open("rb", buffering=0) as file:
        data = file.read(_HEAD) or b""
        if len(data) == _HEAD and (whole or _needs_body(data)):
            data += file.read(LARGEST) or b""
        return data


def _needs_body(data: bytes) -> bool:
    """Whether more than the first bytes has to be seen: headers not at their end, an invitation, a bounce."""
    if b"\n\n" not in data and b"\n\r\n" not in data:
        return True
    head = data.lower()
    return b"\nx-failed-recipients" in head or b"multipart/" in head


def _start(data: bytes) -> int:
    """Where the mail begins: Apple Mail's .emlx has the byte count on a line before it."""
    line, newline, _ = data[:32].partition(b"\n")
    if newline and line.strip().isdigit():
        return len(line) + 1
    return (
        len(data) - len(data[:64].lstrip(b"\xef\xbb\xbf\r\n"))
        if len(data) <= 64
        else 64 - len(data[:64].lstrip(b"\xef\xbb\xbf\r\n"))
    )


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=_KEY_BYTES).digest()


def _cursor(known: set[bytes], newest: int) -> str:
    names = base64.b64encode(b"".join(sorted(known))).decode()
    return json.dumps({"kind": _KIND, "version": VERSION, "names": names, "newest": newest}, separators=(",", ":"))


def _known(cursor: str | None) -> tuple[set[bytes], int]:
    if cursor is None:
        return set(), 0
    fields = stored(cursor, _KIND)
    try:
        raw = base64.b64decode(fields["names"])
        return {raw[i : i + _KEY_BYTES] for i in range(0, len(raw), _KEY_BYTES)}, int(fields["newest"])
    except (KeyError, ValueError, TypeError) as e:
        raise CursorExpired("the archive was last read by another version") from e


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
