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
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.settings import Settings
from models.store.store import Store
from web.pages import Pages, Sight

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
    return Starlette(
        routes=[
            Route("/", pages.status, methods=["GET"]),
            Route("/partners/{key}", pages.partner, methods=["GET"]),
            Route("/partners/{key}/sheet", pages.sheet, methods=["GET"]),
            Route("/a/{token}", pages.ask, methods=["GET"]),
            Route("/a/{token}", pages.answer, methods=["POST"]),
            Route("/style.css", _style, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            *routes,
        ],
        middleware=[Middleware(_SafeHeaders)],
    )


async def _style(_request: Request) -> Response:
    return Response(
        (_FOLDER / "style.css").read_bytes(), media_type="text/css", headers={"Cache-Control": "max-age=3600"}
    )


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _SafeHeaders:
    """On every answer: no script, nothing from elsewhere, no referrer (addresses hold tokens), no copy kept."""

    _HEADERS = (
        (
            b"content-security-policy",
            b"default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-robots-tag", b"noindex"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *self._HEADERS]
                if b"cache-control" not in known:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        sending: Callable[[Message], Awaitable[None]] = guarded
        await self._app(scope, receive, sending if scope["type"] == "http" else send)
