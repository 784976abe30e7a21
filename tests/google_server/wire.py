"""The server without a socket: an httplib2 door that the real client talks through."""

from __future__ import annotations

from typing import Any

import httplib2

from tests.google_server.faults import Reply, Timeout
from tests.google_server.server import GoogleServer


class ServerBroken(BaseException):
    """The server itself is wrong; no client may swallow that."""


class Wire(httplib2.Http):
    """`httplib2.Http` whose requests are answered by a server in this process."""

    def __init__(self, server: GoogleServer) -> None:
        super().__init__(timeout=30)
        self._server = server

    def request(  # type: ignore[override]
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        redirections: int = 5,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """One request, answered at once."""
        sent = body.encode() if isinstance(body, str) else body or b""
        try:
            reply: Reply = self._server.handle(method, uri, dict(headers or {}), sent)
        except Timeout:
            raise
        except Exception as e:
            raise ServerBroken from e
        response = httplib2.Response({**reply.headers, "status": str(reply.status)})
        response.reason = "OK" if reply.status < 400 else "Error"
        return response, reply.body
