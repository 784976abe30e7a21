"""A browser for tests: follows redirects and keeps cookies, straight into the application without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
from starlette.types import ASGIApp


class Browser:
    """One visitor of one application."""

    def __init__(self, app: ASGIApp, base: str, *, sees_faults: bool = False) -> None:
        """`sees_faults`: a fault of the application is an answer to look at, and not an exception of the test."""
        self._app, self._base, self._sees_faults = app, base, sees_faults
        self.cookies = httpx.Cookies()

    def request(self, method: str, url: str, data: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer at the end of all redirects."""
        return asyncio.run(self._request(method, url, data))

    def get(self, url: str) -> httpx.Response:
        """Open an address."""
        return self.request("GET", url)

    def post(self, url: str, data: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a form."""
        return self.request("POST", url, data)

    async def _request(self, method: str, url: str, data: Mapping[str, str] | None) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=not self._sees_faults)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._base, cookies=self.cookies, follow_redirects=True
        ) as client:
            answer = await client.request(method, url, data=data)
            self.cookies = client.cookies
            return answer
