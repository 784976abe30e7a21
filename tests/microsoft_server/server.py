"""The local Microsoft: one TLS server with the authority, Graph and an admin door.

    with MicrosoftServer() as server:
        server.tenant.add_mailbox("ana@example.org").deliver(at=...)
        settings.graph_root = server.graph_root

`https://host/<tenant>/...` is Entra, `https://host/v1.0/...` is Graph, `https://host/admin/...` changes the world.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import tempfile
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
import trustme

from tests.microsoft_server.authority import Authority
from tests.microsoft_server.graph import Graph, body_of, error_body
from tests.microsoft_server.rounds import VERSION, Call
from tests.microsoft_server.tenant import Refused, Tenant


class MicrosoftServer:
    """Runs in threads of this process until closed."""

    def __init__(self, tenant: Tenant | None = None, *, port: int = 0, folder: Path | None = None) -> None:
        self.tenant = tenant or Tenant()
        self.authority = Authority(self.tenant)
        self.graph = Graph(self.tenant)
        self.graph.hooks.post = self._post
        self.received: list[tuple[str, int]] = []
        self._own_folder = tempfile.TemporaryDirectory() if folder is None else None
        self.folder = folder or Path(self._own_folder.name if self._own_folder else "")
        self.ca_file = self.folder / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._http = _Listener(("127.0.0.1", port), _handler(self))
        self._http.context = context
        self.port = self._http.server_address[1]
        self.base = f"https://localhost:{self.port}"
        self.graph_root = f"{self.base}{VERSION}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def __enter__(self) -> MicrosoftServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    def session(self) -> requests.Session:
        """A session that trusts this server."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.ca_file)
        return session

    @staticmethod
    def _post(url: str, query: dict[str, str], body: Any) -> tuple[int, str]:
        """Deliver a notification to a receiver on this machine; its certificate is its own affair."""
        with requests.Session() as session:
            session.trust_env = False
            where = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
            answered = session.post(where.replace("https://", "http://", 1), json=body, timeout=10)
            return answered.status_code, answered.text

    def admin(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change the world: see `ADMIN` for what there is."""
        if action not in ADMIN:
            raise Refused(404, "NotFound", f"There is no /admin/{action}; there are {', '.join(sorted(ADMIN))}.")
        try:
            return ADMIN[action](self, body)
        except KeyError as e:
            raise Refused(400, "BadRequest", f"/admin/{action} lacks {e}, or does not know it.") from e


class _Listener(ThreadingHTTPServer):
    """The handshake is made in the connection's own thread, so that a slow client blocks nobody."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    context: ssl.SSLContext

    def get_request(self) -> tuple[socket.socket, Any]:
        raw, address = super().get_request()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def _handler(server: MicrosoftServer) -> type[BaseHTTPRequestHandler]:
    tenant = server.tenant

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length).decode() if length else ""
            path, _, query = self.path.partition("?")
            if path.startswith(VERSION + "/"):
                self._graph(path.removeprefix(VERSION), query, text)
                return
            try:
                with tenant.lock:
                    if path.startswith("/admin/"):
                        self._reply(200, {}, server.admin(path.removeprefix("/admin/"), body_of(text) or {}))
                    else:
                        self._reply(*server.authority.answer(self.command, server.base, path, query, text))
            except Refused as e:
                self._reply(e.status, e.headers, error_body(e))
            except (KeyError, ValueError) as e:
                self._reply(400, {}, {"error": {"code": "BadRequest", "message": repr(e)}})

        def _graph(self, path: str, query: str, text: str) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            call = Call(self.command, path, query, headers, None, server.base)
            with tenant.lock:
                user = server.graph.user_of(call)
                tenant.trips += 1
                fault = tenant.next_fault()
            try:
                with tenant.lock:
                    tenant.enter(user)
                if tenant.latency:
                    time.sleep(tenant.latency)
                if fault and self._fails(fault):
                    return
                plain = (self.headers.get("Content-Type") or "").startswith("text/plain")
                call.body = base64.b64decode(text) if plain else body_of(text)
                with tenant.lock:
                    status, extra, answered = server.graph.answer(call)
                self._reply(status, extra, answered, cut=fault == "truncated")
            except Refused as e:
                self._reply(e.status, e.headers, error_body(e))
            finally:
                with tenant.lock:
                    tenant.leave(user)

        def _fails(self, fault: str) -> bool:
            if fault in ("429", "429 long"):
                wait = "2" if fault == "429" else "600"
                self._reply(429, {"Retry-After": wait}, {"error": {"code": "ApplicationThrottled", "message": ""}})
            elif fault in ("500", "503"):
                self._reply(int(fault), {}, {"error": {"code": "InternalServerError", "message": "try again"}})
            elif fault == "401":
                self._reply(401, {}, {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}})
            elif fault == "410":
                with tenant.lock:
                    tenant.age_tokens()
                return False
            elif fault == "html":
                self._raw(
                    200, {"Content-Type": "text/html"}, b"<html><body>Our services aren't available</body></html>"
                )
            elif fault in ("hang up", "timeout"):
                if fault == "timeout":
                    time.sleep(0.4)
                self.close_connection = True
                self.connection.close()
            else:
                return False
            return True

        def _reply(self, status: int, headers: dict[str, str], body: Any, *, cut: bool = False) -> None:
            data = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
            self._raw(status, {"Content-Type": "application/json", **headers}, data, cut=cut)

        def _raw(self, status: int, headers: dict[str, str], data: bytes, *, cut: bool = False) -> None:
            lines = [f"HTTP/1.1 {status} X", *(f"{k}: {v}" for k, v in headers.items()), f"Content-Length: {len(data)}"]
            head = "\r\n".join(lines).encode() + b"\r\n\r\n"
            if cut:
                data = data[: len(data) // 2]
                self.close_connection = True
            self.wfile.write(head + data)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the names of the base class

    return Handler


def _deliver(server: MicrosoftServer, body: dict[str, Any]) -> dict[str, Any]:
    box = server.tenant.mailboxes[body.pop("mailbox")]
    at = datetime.fromisoformat(body.pop("at")) if "at" in body else server.tenant.clock()
    return {"id": box.deliver(body.pop("folder", "inbox"), at=at, **body)}


def _add_event(server: MicrosoftServer, body: dict[str, Any]) -> dict[str, Any]:
    agenda = server.tenant.agendas[body.pop("mailbox")]
    start = datetime.fromisoformat(body.pop("start"))
    guests = tuple(body.pop("attendees", ()))
    length = timedelta(minutes=body.pop("minutes", 60))
    return {"id": agenda.add(start, length=length, attendees=guests, now=server.tenant.clock(), **body)}


def _plain(action: Any) -> Any:
    def run(server: MicrosoftServer, body: dict[str, Any]) -> dict[str, Any]:
        return {"done": action(server, body)}

    return run


ADMIN = {
    "deliver": _deliver,  # mailbox, folder, sender, subject, at, any property of a message
    "move": _plain(lambda s, b: s.tenant.mailboxes[b["mailbox"]].move(b["id"], b["folder"])),
    "delete": _plain(lambda s, b: s.tenant.mailboxes[b["mailbox"]].delete(b["id"])),
    "change": _plain(lambda s, b: s.tenant.mailboxes[b["mailbox"]].change(b["id"], **b["props"])),
    "event": _add_event,  # mailbox, start, minutes, organiser, attendees
    "age": _plain(lambda s, b: s.tenant.age_tokens(b.get("mailbox"))),
    "faults": _plain(lambda s, b: s.tenant.fault_plan.extend(b["plan"])),
    "approve": _plain(lambda s, b: s.authority.approve_device(b["user"])),
    "problem": _plain(lambda s, b: s.tenant.problems.update({b["user"]: b["number"]})),
    "asked": lambda s, b: {"asked": dict(s.tenant.asked), "trips": s.tenant.trips},
    "mailboxes": lambda s, b: {"mailboxes": sorted(s.tenant.mailboxes)},
}
