"""A real SMTP server on this machine: TLS with an own authority, login demanded, refusals on request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "gonequiet", "right-password"


@dataclass
class Inbox:
    """What was accepted, and who is refused: address -> the server's answer."""

    mails: list[bytes] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    after_data: str | None = None
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        if self.after_data is not None:
            return self.after_data
        self.mails.append(envelope.original_content)
        return "250 Message accepted"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, mechanism: str, given: Any) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        if is_right:
            self.logins.append(mechanism)
        return AuthResult(success=is_right, handled=False)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def smtp_server(folder: Path, *, implicit_tls: bool = False) -> Iterator[tuple[Inbox, int, Path]]:
    """A server that demands TLS, and after STARTTLS a login; gives its inbox, its port and the authority's file."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    inbox = Inbox()
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        server_hostname="localhost",
        authenticator=inbox.authenticate,
        auth_required=not implicit_tls,  # the server does not count TLS from the start
        **({"ssl_context": context} if implicit_tls else {"tls_context": context, "require_starttls": True}),
    )
    controller.start()
    try:
        yield inbox, controller.port, ca_file
    finally:
        controller.stop()
