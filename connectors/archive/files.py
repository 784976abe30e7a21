"""Where an archive's bytes lie: a file, plain or compressed, or a member of a zip; and how to tell that it changed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from connectors.archive.errors import NotAnArchive
from connectors.base import AccessDenied

Packing = Literal["plain", "gzip", "bz2", "xz", "zip"]
# What reading a file or unpacking damaged data may raise.
UNREADABLE = (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)

_MAGIC: tuple[tuple[bytes, Packing], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"]\x00\x00", "xz"),  # the older .lzma
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)


def packing_of(head: bytes) -> Packing:
    """How a file with these first bytes is packed."""
    return next((packing for magic, packing in _MAGIC if head.startswith(magic)), "plain")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file system tells of a file without reading it; the same stamp, the same bytes."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Blob:
    """A run of bytes that can be opened again and again: a file, or a member of a zip file."""

    path: Path
    packing: Packing = "plain"
    member: str | None = None

    @property
    def label(self) -> str:
        """A short name for people: the file's, or the member's."""
        return self.path.name if self.member is None else f"{self.path.name}/{self.member}"

    @property
    def source(self) -> str:
        """The source's name: the same for the same place, whatever the archive is called from."""
        place = f"{self.path.resolve()}\0{self.member or ''}".encode("utf-8", "surrogateescape")
        digest = hashlib.blake2b(place, digest_size=5).hexdigest()
        name = (self.member or self.path.name).rpartition("/")[2]
        return f"archive:{name.encode('utf-8', 'replace').decode()[:80]}~{digest}"

    @property
    def seekable(self) -> bool:
        """Whether it may be read from anywhere without reading what stands before."""
        return self.packing == "plain"

    def stamp(self) -> Stamp:
        """Size and change time on disk; AccessDenied where the file is gone or closed to us."""
        try:
            found = self.path.stat()
        except OSError as e:
            raise AccessDenied(f"the archive {self.label!r} cannot be read: {e.strerror}") from e
        return Stamp(found.st_size, found.st_mtime_ns)

    def length(self) -> int:
        """How many bytes there are to read, as far as is known without reading: unpacked, or as packed on disk."""
        if self.packing == "zip":
            with zipfile.ZipFile(self.path) as packed:
                return packed.getinfo(self.member or "").file_size
        return self.path.stat().st_size

    def open(self) -> Unpacked:
        """The bytes from the start."""
        return Unpacked(self)


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a blob, with the way already gone in the unit of `Blob.length`."""

    def __init__(self, blob: Blob) -> None:
        super().__init__()
        self._zip: zipfile.ZipFile | None = None
        self._disk: BinaryIO | None = None
        self._read = 0
        self._by_disk = blob.packing in ("gzip", "bz2", "xz")
        if blob.packing == "zip":
            self._zip = zipfile.ZipFile(blob.path)
            self._stream = cast("BinaryIO", self._zip.open(blob.member or ""))
            return
        self._disk = blob.path.open("rb", buffering=0 if blob.packing == "plain" else io.DEFAULT_BUFFER_SIZE)
        if blob.packing == "gzip":
            self._stream = cast("BinaryIO", gzip.GzipFile(fileobj=self._disk))
        elif blob.packing == "bz2":
            self._stream = cast("BinaryIO", bz2.BZ2File(self._disk))
        elif blob.packing == "xz":
            self._stream = cast("BinaryIO", lzma.LZMAFile(self._disk))  # noqa: SIM115 - closed in `close`
        else:
            self._stream = self._disk

    def read(self, size: int = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        parts: list[bytes] = []
        wanted = size
        while wanted:
            part = self._stream.read(wanted)
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
            if size < 0:
                break
        found = parts[0] if len(parts) == 1 else b"".join(parts)
        self._read += len(found)
        return found

    def skip(self, count: int) -> None:
        """Leaves out `count` bytes, by seeking where that is possible."""
        if self._stream is self._disk:
            self._stream.seek(count, io.SEEK_CUR)
            self._read += count
            return
        while count > 0:
            part = self.read(min(count, 1 << 20))
            if not part:
                return
            count -= len(part)

    def back(self, count: int) -> bool:
        """Goes back to read `count` bytes again; False where that would mean unpacking from the start."""
        if self._stream is not self._disk:
            return False
        self._stream.seek(-count, io.SEEK_CUR)
        self._read -= count
        return True

    def gone(self) -> int:
        """How far it is, in the unit of `Blob.length`."""
        return self._disk.tell() if self._by_disk and self._disk is not None else self._read

    def close(self) -> None:
        """Closes the file and what unpacks it."""
        if not self.closed:
            self._stream.close()
            if self._disk is not None:
                self._disk.close()
            if self._zip is not None:
                self._zip.close()
        super().close()


def first_bytes(blob: Blob) -> bytes:
    """The first 64 KiB, unpacked; NotAnArchive where they cannot be had."""
    try:
        with blob.open() as stream:
            return stream.read(64 * 1024)
    except PermissionError as e:
        raise NotAnArchive(f"{blob.label!r} cannot be read: you have no permission to open it") from e
    except UNREADABLE as e:
        raise NotAnArchive(f"{blob.label!r} is damaged: it cannot be unpacked; export it again") from e
