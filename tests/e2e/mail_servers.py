"""The mail server of the end-to-end run: Postfix and Dovecot where they are installed, else one in this process.

Both want STARTTLS and a login. `accepted` is what lies in the mailboxes: when each mail came, and the mail.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from flows.supervise import free_port
from tests.alerts.postfix import MailHost, is_installed, mail_host

USER, PASSWORD = "gonequiet", "correct-horse"


class MailServer(Protocol):
    """A server that takes mails with STARTTLS and login."""

    name: str
    port: int
    ca_file: Path

    @property
    def accepted(self) -> list[tuple[float, EmailMessage]]:
        """Each mail with the second since 1970 at which it was accepted, oldest first."""


class RealServer:
    """Postfix before Dovecot: a mail counts once it lies in its reader's Maildir, whose file names tell when."""

    name = "Postfix and Dovecot"

    def __init__(self, host: MailHost) -> None:
        self.port, self.ca_file, self._mail = host.smtp_port, host.ca_file, host.mail

    @property
    def accepted(self) -> list[tuple[float, EmailMessage]]:
        """Every mail of every mailbox."""
        found = []
        for path in (*self._mail.glob("*/new/*"), *self._mail.glob("*/cur/*")):
            second, rest = path.name.split(".")[:2]
            at = float(second) + int(rest.partition("M")[2].partition("P")[0]) / 1e6
            found.append((at, message_from_bytes(path.read_bytes(), policy=policy.default)))
        return sorted(found, key=lambda pair: pair[0])


class OwnServer:
    """An SMTP server in this process."""

    name = "aiosmtpd"

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "smtp-ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self.accepted: list[tuple[float, EmailMessage]] = []
        self.port = free_port(0)
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            authenticator=self._knows,
            auth_required=True,
        )

    @staticmethod
    def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known)

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.accepted.append((time.time(), message_from_bytes(content, policy=policy.default)))
        return "250 accepted"


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """The server, running until the block ends."""
    if is_installed() and os.geteuid() == 0:
        with mail_host(domain="example.org", password=PASSWORD, login=True) as host:
            yield RealServer(host)
        return
    own = OwnServer(folder)
    own.controller.start()
    try:
        yield own
    finally:
        own.controller.stop()
