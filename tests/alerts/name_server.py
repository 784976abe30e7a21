"""A name server on the loopback: what it is told, over UDP and TCP; it can be mute, and too long for UDP."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = dict[tuple[str, str], Sequence[str]]


def txt(text: str) -> str:
    """A text as a zone file writes it, in parts of 255."""
    parts = [text[i : i + 255] for i in range(0, len(text), 255)] or [""]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


class NameServer:
    """Answers from `records`: (name, type) -> values; a name of none of them does not exist.

    mute  names of which it never says a word
    """

    def __init__(self, texts: Mapping[str, Sequence[str]] | None = None, records: Records | None = None) -> None:
        self.records: Records = dict(records or {})
        for name, some in (texts or {}).items():
            self.publish(name, *some)
        self.mute: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._tcp.getsockname()[1])
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._threads = [threading.Thread(target=f, daemon=True) for f in (self._over_udp, self._over_tcp)]
        for thread in self._threads:
            thread.start()

    def publish(self, name: str, *texts: str) -> None:
        """From now on these are the TXT records of the name."""
        self.records[name, "TXT"] = [txt(text) for text in texts]

    @property
    def address(self) -> str:
        """As the setting alerts.name_server wants it."""
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", ("127.0.0.1", self.port))
        with socket.create_connection(("127.0.0.1", self.port)) as end:
            end.sendall(b"\0\0")
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _over_udp(self) -> None:
        while True:
            query, sender = self._udp.recvfrom(4096)
            if query == b"stop":
                return
            answer = self._answer(query)
            if answer is None:
                continue
            wire = answer.to_wire()
            if len(wire) > 512:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
                wire = answer.to_wire()
            self._udp.sendto(wire, sender)

    def _over_tcp(self) -> None:
        while True:
            connection, _ = self._tcp.accept()
            with connection:
                (length,) = struct.unpack(">H", connection.recv(2))
                if length == 0:
                    return
                answer = self._answer(connection.recv(length))
                if answer is not None:
                    wire = answer.to_wire()
                    connection.sendall(struct.pack(">H", len(wire)) + wire)

    def _answer(self, query: bytes) -> dns.message.Message | None:
        asked = dns.message.from_wire(query)
        question = asked.question[0]
        name, kind = str(question.name).rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.mute:
            return None
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        owner = name
        for _ in range(8):  # along aliases
            alias = self.records.get((owner, "CNAME"))
            if not alias:
                break
            answer.answer.append(dns.rrset.from_text(f"{owner}.", 60, "IN", "CNAME", alias[0]))
            owner = alias[0].rstrip(".")
        values = self.records.get((owner, kind), ())
        if values:
            answer.answer.append(dns.rrset.from_text(f"{owner}.", 60, "IN", kind, *values))
        elif not any(known == owner for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
