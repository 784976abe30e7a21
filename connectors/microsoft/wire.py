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


def unreachable(service: str, error: Exception) -> str:
    """The sentence for a service that cannot be reached; it tells an untrusted certificate from a silent network."""
    if isinstance(error, requests.exceptions.SSLError):
        return f"{service} shows a certificate that is not trusted here: set microsoft.ca_file if it is your own"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"{service} could not be reached through the proxy of the environment"
    if isinstance(error, requests.exceptions.Timeout):
        return f"{service} did not answer in time"
    return f"{service} could not be reached ({type(error).__name__})"
