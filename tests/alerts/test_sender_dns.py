"""Asking a name server: what it says, that there is nothing, and that nobody answers are three things."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.sender_dns import name_servers, txt_records

RECORDS = {
    b"\x05ourco\x07example\x00": [["v=spf1 mx -all"], ["x" * 255, "y" * 60]],
    b"\x06_dmarc\x05ourco\x07example\x00": [["v=DMARC1; p=reject"]],
}


@pytest.fixture
def server() -> Iterator[int]:
    """A name server for one domain; its port."""
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            query, sender = asked.recvfrom(4096)
            if query == b"stop":
                return
            question = query[12:]
            records = RECORDS.get(question[:-4], [])
            head = query[:2] + struct.pack(">HHHHH", 0x8180 if records else 0x8183, 1, len(records), 0, 0)
            answers = b""
            for texts in records:
                data = b"".join(bytes([len(text)]) + text.encode() for text in texts)
                answers += b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data
            asked.sendto(head + question + answers, sender)

    thread = threading.Thread(target=serve)
    thread.start()
    port = asked.getsockname()[1]
    yield port
    asked.sendto(b"stop", ("127.0.0.1", port))
    thread.join()
    asked.close()


def test_the_texts_of_a_name_are_read_whole(server: int) -> None:
    assert txt_records("ourco.example", ["127.0.0.1"], port=server) == ["v=spf1 mx -all", "x" * 255 + "y" * 60]
    assert txt_records("_dmarc.ourco.example", ["127.0.0.1"], port=server) == ["v=DMARC1; p=reject"]


def test_no_record_is_not_no_answer(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.sender_dns._TIMEOUT_SECONDS", 0.05)

    assert txt_records("elsewhere.example", ["127.0.0.1"], port=server) == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert txt_records("ourco.example", ["127.0.0.1"], port=mute.getsockname()[1]) is None
    assert txt_records("ourco.example", []) is None


def test_the_machines_name_servers_are_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("# x\nsearch example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")

    assert name_servers(tmp_path / "resolv.conf") == ["192.0.2.1", "2001:db8::1"]
    assert name_servers(tmp_path / "missing") == []
