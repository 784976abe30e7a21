"""What the world's name servers say of the sender's domain: may this server send for it? One question, one answer.

A DNS client of fifty lines (RFC 1035), because this is the only question asked: TXT records over UDP, with the
servers of this machine. Where none answers, nothing is known: None, never "missing".
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

_TXT = 16
_TIMEOUT_SECONDS = 2.0
_RESOLVERS = Path("/etc/resolv.conf")


def name_servers(file: Path = _RESOLVERS) -> list[str]:
    """The name servers of this machine; empty where the file cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [parts[1] for line in lines if len(parts := line.split()) >= 2 and parts[0] == "nameserver"]


def txt_records(name: str, servers: Sequence[str], *, port: int = 53) -> list[str] | None:
    """The TXT records of a name, joined as written; empty = there are none; None = nobody answered."""
    number = secrets.randbelow(65536)
    query = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + _name(name) + struct.pack(">HH", _TXT, 1)
    for server in servers:
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asked:
                asked.settimeout(_TIMEOUT_SECONDS)
                asked.sendto(query, (server, port))
                answer = asked.recv(4096)
        except OSError:
            continue
        found = _read(answer, number)
        if found is not None:
            return found
    return None


def _name(name: str) -> bytes:
    encoded = b""
    for part in name.rstrip(".").encode("idna").split(b"."):
        encoded += bytes([len(part)]) + part
    return encoded + b"\0"


def _read(answer: bytes, number: int) -> list[str] | None:
    """The texts of an answer; None for one that is broken, refused, or not ours."""
    try:
        got, flags, questions, answers, _, _ = struct.unpack_from(">HHHHHH", answer)
        code = flags & 15
        if got != number or code not in {0, 3}:  # 3: there is no such name
            return None
        at = 12
        for _ in range(questions):
            at = _skip(answer, at) + 4
        found = []
        for _ in range(answers):
            at = _skip(answer, at)
            kind, _, _, length = struct.unpack_from(">HHIH", answer, at)
            at += 10
            if kind == _TXT:
                found.append(_text(answer[at : at + length]))
            at += length
    except (struct.error, IndexError):
        return None
    return found


def _skip(answer: bytes, at: int) -> int:
    while answer[at]:
        if answer[at] >= 0xC0:
            return at + 2
        at += answer[at] + 1
    return at + 1


def _text(data: bytes) -> str:
    parts, at = [], 0
    while at < len(data):
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts).decode("utf-8", "replace")
