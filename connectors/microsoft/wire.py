"""The network below msal and Graph: a session with time limits, our CA file and the proxies of the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from requests.utils import get_environ_proxies

_CONNECT_SECONDS = 10.0


class Session(requests.Session):
    """A session whose every request has a time limit; requests and msal set none."""

    def __init__(self, *, timeout: float, ca_file: Path | None, address: str) -> None:
        super().__init__()
        # With trust_env, requests would prefer REQUESTS_CA_BUNDLE to our CA file and .netrc to our token.
        self.trust_env = False
        self.proxies.update(get_environ_proxies(address))
        if ca_file is not None:
            self.verify = str(ca_file)
        self._timeout = (min(_CONNECT_SECONDS, timeout), timeout)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does it, never longer than the time limit between two bytes."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().request(*args, **kwargs)
