"""The server behind a port: plain http on the loopback, one thread a connection."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.google_server.faults import Timeout
from tests.google_server.server import GoogleServer


class Front(ThreadingHTTPServer):
    """`with Front(server) as front:` serves until the block ends; `front.root` is its address."""

    daemon_threads = True

    def __init__(self, server: GoogleServer, port: int = 0) -> None:
        self.google = server
        self.turn = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def root(self) -> str:
        """http://127.0.0.1:PORT/"""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def __enter__(self) -> Front:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            with self.server.turn:
                reply = self.server.google.handle(self.command, self.path, dict(self.headers.items()), body)
        except Timeout:  # the client sees its connection die
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""
