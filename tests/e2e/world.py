"""The world of the end-to-end run: Google, Microsoft, and a mail server, each on this machine and in this process."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.e2e.mail_servers import MailServer, mail_server
from tests.google_server import people
from tests.google_server.__main__ import RealClock
from tests.google_server.files import write_key
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer
from tests.microsoft_server.server import MicrosoftServer

STEADY = ("mia@contoso.example", "lee@fabrikam.example")
SILENT = "bo@northwind.example"
PUSHER = "pusher@project.iam.gserviceaccount.com"
AUDIENCE = "https://quiet.example.org/push/google/mail"


@dataclass
class World:
    """Everything outside; `expected` is how many mails with partners each source holds."""

    google: GoogleServer
    front: Front
    microsoft: MicrosoftServer
    mails: MailServer
    certificates: str
    key: rsa.RSAPrivateKey
    expected: dict[str, int] = field(default_factory=dict)

    def google_mail(self, address: str, sender: str, at: datetime) -> None:
        """A mail arrives in a Gmail mailbox."""
        with self.front.turn:
            people.write(self.google.mailbox(address), at, sender=sender, to=address)
        self._count(f"gmail:{address}")

    def microsoft_mail(self, address: str, sender: str, at: datetime) -> None:
        """A mail arrives in an Outlook mailbox."""
        with self.microsoft.tenant.lock:
            self.microsoft.tenant.mailboxes[address].deliver(at=at, sender=sender)
        self._count(f"outlook:{address}")

    def push_google(self, pages: str, address: str) -> int:
        """Pub/Sub delivers a notification; gives the receiver's status."""
        at = datetime.now(UTC)
        claims = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": PUSHER,
            "email_verified": True,
            "iat": at,
            "exp": at + timedelta(hours=1),
        }
        token = jwt.encode(claims, self.key, "RS256", headers={"kid": "1"})
        data = base64.urlsafe_b64encode(json.dumps({"emailAddress": address, "historyId": 1}).encode()).decode()
        body = {"message": {"data": data, "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}
        url = f"{pages}/push/google/mail"
        return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code

    def google_meeting(self, address: str, guest: str, at: datetime) -> None:
        """The owner of a calendar calls a meeting."""
        with self.front.turn:
            people.meet(self.google.agenda(address), at, datetime.now(UTC), with_whom=guest)

    def push_calendar(self, pages: str, address: str) -> list[int]:
        """Google Calendar tells every channel on this calendar that something changed; gives the receiver's answers."""
        with self.front.turn:
            held = [channel for channel in self.google.channels.values() if channel["calendar"] == address]
        answers = []
        for number, channel in enumerate(held, start=2):  # the first message of a channel is its "sync"
            headers = {
                "X-Goog-Channel-ID": channel["id"],
                "X-Goog-Channel-Token": channel["token"],
                "X-Goog-Resource-ID": channel["resourceId"],
                "X-Goog-Resource-State": "exists",
                "X-Goog-Message-Number": str(number),
            }
            # The channel was opened for https; here the pages are reached without the proxy that has it.
            path = urlsplit(channel["address"]).path
            answers.append(requests.post(f"{pages}{path}", headers=headers, timeout=10).status_code)
        return answers

    def push_microsoft(self, address: str) -> list[int]:
        """Graph delivers a notification to every subscription of this mailbox."""
        return self.microsoft.graph.hooks.notify(address, "messages")

    def _count(self, source: str) -> None:
        self.expected[source] = self.expected.get(source, 0) + 1


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """The three services, empty, until the block ends."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    google = GoogleServer(RealClock(), quota=False)
    with (
        Front(google) as front,
        MicrosoftServer(folder=folder) as microsoft,
        mail_server(folder) as mails,
        _certificates(key) as certificates,
    ):
        write_key(folder / "key.json", google, front.root)
        yield World(google=google, front=front, microsoft=microsoft, mails=mails, certificates=certificates, key=key)


@contextmanager
def _certificates(key: rsa.RSAPrivateKey) -> Iterator[str]:
    """Google's page of signing certificates."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "google")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    body = json.dumps({"1": made.public_bytes(serialization.Encoding.PEM).decode()}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/certs"
    server.shutdown()
    server.server_close()
