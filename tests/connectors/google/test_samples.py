"""Golden pairs: odd raw items of Gmail and Calendar beside what is read from them.

A sample without its other half is written by `GENERATE=1 pytest tests/connectors/google/test_samples.py`; look at it
before you keep it. What stands there is never overwritten.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Skipped
from connectors.google.gmail_reader import read_mail, text_in
from models.records import Message
from tests.connectors.google.accounts import calendar
from tests.google_server.server import GoogleServer

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 10, tzinfo=UTC)
ANA = "ana@example.org"


def plain(value: Any) -> Any:
    """A record as JSON, without what is empty."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v not in (None, (), "", False)}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def mails(sample: dict[str, Any]) -> list[Any]:
    return [plain(asdict(read_mail(sample["raw"], source="gmail:ana", now=NOW)))]


def meetings(sample: dict[str, Any]) -> list[Any]:
    server = GoogleServer()
    server.clock.time = NOW.timestamp()
    agenda = server.agenda(ANA)
    agenda.zone = sample["zone"]
    for event in sample["raw"]:
        agenda.put({"kind": "calendar#event", **event}, NOW)
        agenda.events[event["id"]]["updated"] = event.get("updated", "2026-10-03T08:00:00.000Z")
    page = list(calendar(server, ANA, since=datetime(2026, 1, 1, tzinfo=UTC)).pages(None))[-1]
    items = sorted([*page.interactions, *page.skipped], key=lambda item: item.external_id)
    return [plain(asdict(item)) for item in items]


@pytest.mark.parametrize("path", sorted(p for p in SAMPLES.glob("*.json")), ids=lambda p: p.stem)
def test_a_raw_item_reads_as_it_did(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    read: Callable[[dict[str, Any]], list[Any]] = mails if path.stem.startswith("mail") else meetings
    found = read(sample)
    if "read" not in sample and os.environ.get("GENERATE"):
        path.write_text(json.dumps({**sample, "read": found}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return

    assert found == sample["read"]


def test_two_megabytes_of_recipients_are_read_in_time() -> None:
    to = ", ".join(f"Person {n} <p{n}@northwind.example>" for n in range(50_000))
    raw = {"id": "1", "internalDate": "1793610000000", "payload": {"headers": [{"name": "To", "value": to}]}}

    message = read_mail(raw, source="gmail:ana", now=NOW)

    assert isinstance(message, Message)
    assert len(message.to) == 50_000


def test_text_is_taken_from_plain_parts_else_from_html() -> None:
    def part(kind: str, text: str, **more: Any) -> dict[str, Any]:
        return {"mimeType": kind, "body": {"data": base64.urlsafe_b64encode(text.encode()).decode()}, **more}

    both = {"mimeType": "multipart/alternative", "parts": [part("text/plain", "Hello"), part("text/html", "<b>Hi</b>")]}
    html = {"mimeType": "multipart/mixed", "parts": [part("text/html", "<style>x</style><p>Hi <b>there</b></p>")]}
    attached = {"mimeType": "multipart/mixed", "parts": [part("text/plain", "secret", filename="a.txt")]}

    assert text_in(both) == "Hello"
    assert text_in(html) == "<html><style>x</style><p>Hi <b>there</b></p>"
    assert text_in(attached) is None


@pytest.mark.parametrize(
    "raw", [{"id": "1"}, {"id": "1", "payload": None, "internalDate": "x"}, {"id": "1", "payload": {"headers": None}}]
)
def test_a_raw_mail_with_nothing_in_it_is_a_skip(raw: dict[str, Any]) -> None:
    item = read_mail(raw, source="gmail:ana", now=NOW)

    assert isinstance(item, Skipped)
    assert item.reason == "no date"
