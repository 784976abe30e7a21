"""Texts in and out of files: CSV and JSON lines read row by row, results put in place only once all is well."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any, cast

_FIELD_LIMIT = 50_000_000  # one text; a file may be of any size


class Broken(Exception):
    """A file cannot be used: one sentence with its name and, where there is one, the line."""


def csv_texts(path: Path) -> Iterator[tuple[str, str]]:
    """(id, text) of every row; `Broken` names the line of a row that cannot be read."""
    csv.field_size_limit(_FIELD_LIMIT)
    with _opened(path) as file:
        rows = csv.reader(file, strict=True)
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            if not {"id", "text"} <= set(header):
                raise Broken(f"{path}, line 1: a header with the columns id and text is needed, found {_named(header)}")
            at_id, at_text = header.index("id"), header.index("text")
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    raise Broken(
                        f"{path}, line {rows.line_num}: {len(row)} columns where the header has {len(header)}; "
                        "a text with commas, quotes or line breaks must stand in quotes"
                    )
                yield row[at_id], row[at_text]
        except csv.Error as e:
            raise Broken(f"{path}, line {rows.line_num}: not valid CSV ({e})") from e
        except UnicodeDecodeError as e:
            raise Broken(f"{path}, after line {rows.line_num}: not UTF-8 text; save the file as UTF-8") from e


def jsonl_texts(path: Path) -> Iterator[tuple[Any, str]]:
    """(id, text) of every line; `Broken` names the line that cannot be read."""
    with _opened(path) as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                row = _json_row(path, number, line)
                yield row["id"], row["text"]
        except UnicodeDecodeError as e:
            raise Broken(f"{path}, after line {number}: not UTF-8 text; save the file as UTF-8") from e


def _json_row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        why = e.msg if isinstance(e, json.JSONDecodeError) else "nested too deeply"
        raise Broken(f"{path}, line {number}: not valid JSON ({why})") from None
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        raise Broken(f"{path}, line {number}: an object with an id and a text is needed")
    return row


def _named(header: Sequence[str]) -> str:
    shown = ", ".join(name[:30] for name in header[:8])
    return shown or "an empty file"


def mail_parts(path: Path) -> tuple[str, str | None]:
    """The plain and the HTML part of one saved mail; "" and None where it has none."""
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise Broken(f"{path} cannot be read: {e.strerror}") from e
    mail = message_from_bytes(raw, policy=policy.default)
    if not mail.keys():
        raise Broken(f"{path} is no mail: it has no header lines; save the mail with its headers (.eml)")
    return _part(mail, "plain") or "", _part(mail, "html")


def _part(mail: EmailMessage, subtype: str) -> str | None:
    for part in mail.walk():
        if part.get_content_type() == f"text/{subtype}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            data = payload if isinstance(payload, bytes) else str(payload).encode("utf-8", "replace")
            charset = part.get_content_charset() or "utf-8"
            try:
                return data.decode(charset, "replace")
            except LookupError:  # a charset nobody knows
                return data.decode("utf-8", "replace")
    return None


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115  closed below
    except OSError as e:
        raise Broken(f"{path} cannot be read: {e.strerror}") from e
    with raw, io.TextIOWrapper(cast("IO[bytes]", raw), encoding="utf-8-sig", newline="") as file:
        try:
            yield file
        except (EOFError, OSError) as e:
            raise Broken(f"{path} cannot be read to its end: {e}") from e


@contextmanager
def csv_writer(target: Path, header: Sequence[str]) -> Iterator[Callable[[Sequence[object]], object]]:
    """A function that writes one row."""
    with _replaced(target) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        yield writer.writerow


@contextmanager
def jsonl_writer(target: Path) -> Iterator[Callable[[object], object]]:
    """A function that writes one object as a line."""
    with _replaced(target) as file:
        yield lambda row: file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextmanager
def _replaced(target: Path) -> Iterator[IO[str]]:
    """A file that takes the target's place at the end; after a failure the target is what it was."""
    special = target.exists() and not target.is_file()  # a pipe or /dev/stdout cannot be replaced
    path = target if special else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        file = path.open("w", encoding="utf-8", errors="replace", newline="")
    except OSError as e:
        raise Broken(f"{target} cannot be written: {e.strerror}") from e
    try:
        with file:
            yield file
        if not special:
            path.replace(target)
    except BaseException:
        if not special:
            with suppress(OSError):
                path.unlink()
        raise
