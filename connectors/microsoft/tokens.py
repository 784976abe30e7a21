"""Access tokens: msal's cache of a person's sign-in, kept encrypted by whoever keeps it, or the application's own.

Several workers may refresh the same sign-in at once. Entra leaves an older refresh token valid when it gives a new
one, so no worker can lock another out; whoever writes second takes over what the first wrote.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import msal

from connectors.base import AccessDenied
from connectors.microsoft.entra import Registration, ask, confidential_app, public_app
from connectors.microsoft.refusals import AGAIN, refused_sign_in


class Keeper(Protocol):
    """Where a secret lies, encrypted."""

    def load(self) -> bytes | None:
        """The secret as it is now; None where there is none."""

    def save(self, secret: bytes) -> bool:
        """Write over what was loaded last; False = another worker wrote in between."""


class UserTokens:
    """The tokens of one person's sign-in."""

    app_only = False

    def __init__(self, registration: Registration, scopes: tuple[str, ...], keeper: Keeper) -> None:
        self._registration = registration
        self._scopes = registration.scopes(scopes)
        self._keeper = keeper
        self._lock = threading.Lock()
        self._cache = msal.SerializableTokenCache()
        self._app: Any = None
        self._loaded: bytes | None = None

    def token(self, *, fresh: bool = False) -> str:
        """An access token, refreshed in time; `fresh` = the last one was refused."""
        with self._lock:
            answered = self._silent(fresh=False)
            if fresh or answered is None or "access_token" not in answered:
                self._load()  # another worker may have refreshed, or the person signed in again
                answered = self._silent(fresh=fresh)
            if answered is None:
                raise AccessDenied(f"Microsoft: nobody is signed in for this account: {AGAIN}")
            if "access_token" not in answered:
                raise refused_sign_in(answered)
            self._store()
            return str(answered["access_token"])

    def _silent(self, *, fresh: bool) -> dict[str, Any] | None:
        if self._app is None:
            self._load()
            self._app = public_app(self._registration, self._cache)
        accounts = self._app.get_accounts()
        if not accounts:
            return None
        return ask(
            lambda: self._app.acquire_token_silent_with_error(self._scopes, account=accounts[0], force_refresh=fresh)
        )

    def _load(self) -> None:
        secret = self._keeper.load()
        if secret is not None and secret != self._loaded:
            self._cache.deserialize(secret.decode())
            self._loaded = secret

    def _store(self) -> None:
        if not self._cache.has_state_changed:
            return
        secret = self._cache.serialize().encode()
        if self._keeper.save(secret):
            self._loaded = secret
        else:
            self._load()


class AppTokens:
    """The application's own tokens: held in memory only, shared by all mailboxes of the tenant."""

    app_only = True

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._scopes = registration.scopes((".default",))
        self._lock = threading.Lock()
        self._app: Any = None

    def token(self, *, fresh: bool = False) -> str:
        """An access token; msal's cache holds it for its hour."""
        with self._lock:
            if self._app is None:
                self._app = confidential_app(self._registration)
            if fresh:
                self._app.remove_tokens_for_client()
            answered = ask(lambda: self._app.acquire_token_for_client(self._scopes)) or {}
            if "access_token" not in answered:
                raise refused_sign_in(answered)
            return str(answered["access_token"])
