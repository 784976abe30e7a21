"""The page: where partners stand, why, and the forms behind the links in mails. No script runs, nothing is loaded.

    app = create_app(store, settings, clock=now, sight=Sight(past=past))      any ASGI server serves it

Opening a page never changes anything: mail scanners follow every link. Whoever follows a signed link from a mail is
known as its reader for sixty days, by a signed cookie; without one the pages say how to get in and show nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.settings import Settings
from models.store.store import Store
from web.pages import Pages, Sight, root_of

_FOLDER = Path(__file__).parent


def create_app(
    store: Store,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    sight: Sight,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application; `routes` are further ones, such as the receivers of push notifications."""
    pages = Pages(store, settings, clock, sight)
    every: list[BaseRoute] = [
        Route("/", pages.status, methods=["GET"]),
        Route("/partners/{key}", pages.partner, methods=["GET"]),
        Route("/partners/{key}/sheet", pages.sheet, methods=["GET"]),
        Route("/a/{token}", pages.ask, methods=["GET"]),
        Route("/a/{token}", pages.answer, methods=["POST"]),
        Route("/style.css", _style, methods=["GET"]),
        Route("/icon.svg", _icon, methods=["GET"]),
        Route("/health", _health, methods=["GET"]),
        *routes,
    ]

    async def failed(request: Request, error: Exception) -> Response:
        answer = pages.failed(request, error)
        answer.raw_headers.extend(_SafeHeaders.HEADERS)  # a fault is answered outside of every middleware
        return answer

    # Some proxies cut the path that they stand under off, some hand it on.
    root = root_of(settings)
    return Starlette(
        routes=[*every, Mount(root, routes=every)] if root else every,
        middleware=[Middleware(_SafeHeaders)],
        exception_handlers={404: pages.nothing_here, 405: pages.nothing_here, 500: failed},
    )


async def _style(_request: Request) -> Response:
    return _file("style.css", "text/css")


async def _icon(_request: Request) -> Response:
    return _file("icon.svg", "image/svg+xml")


def _file(name: str, kind: str) -> Response:
    return Response((_FOLDER / name).read_bytes(), media_type=kind, headers={"Cache-Control": "max-age=3600"})


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _SafeHeaders:
    """On every answer: no script, nothing from elsewhere, no referrer (addresses hold tokens), no copy kept."""

    HEADERS = (
        (
            b"content-security-policy",
            (
                b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                b"base-uri 'none'"
            ),
        ),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-robots-tag", b"noindex"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *self.HEADERS]
                if b"cache-control" not in known:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        sending: Callable[[Message], Awaitable[None]] = guarded
        await self._app(scope, receive, sending if scope["type"] == "http" else send)
