"""A person signs in and consents: in the browser (authorization code with PKCE), or with a code on another device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msal
from msal.oauth2cli.oauth2 import BrowserInteractionTimeoutError

from connectors.base import AccessDenied, ServiceUnavailable
from connectors.microsoft.entra import Registration, ask, public_app
from connectors.microsoft.refusals import refused_sign_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whose mailbox was opened, and what was granted; `cache` is msal's, and secret."""

    mailbox: str
    granted: tuple[str, ...]
    cache: bytes = field(repr=False)


def by_device(registration: Registration, scopes: tuple[str, ...], show: Callable[[str], None]) -> Consent:
    """Show a code to type on any device, and wait until the person has signed in there."""
    cache = msal.SerializableTokenCache()
    app = public_app(registration, cache)
    flow = ask(lambda: app.initiate_device_flow(scopes=registration.scopes(scopes))) or {}
    if "user_code" not in flow:
        raise refused_sign_in(flow)
    show(str(flow["message"]))
    return _read(ask(lambda: app.acquire_token_by_device_flow(flow)) or {}, cache)


def by_browser(
    registration: Registration,
    scopes: tuple[str, ...],
    *,
    hint: str | None = None,
    seconds: float = 300,
    open_page: Callable[[str], None] | None = None,
) -> Consent:
    """Open the browser on this machine; the answer comes back to a port of this machine. msal adds PKCE and state.

    `open_page` opens the address instead of the usual browser.
    """
    cache = msal.SerializableTokenCache()
    app = public_app(registration, cache)
    more: dict[str, Any] = {} if open_page is None else {"auth_uri_callback": open_page}
    try:
        answered = ask(
            lambda: app.acquire_token_interactive(
                registration.scopes(scopes), prompt="select_account", login_hint=hint, timeout=seconds, **more
            )
        )
    except ServiceUnavailable as e:
        if isinstance(e.__cause__, BrowserInteractionTimeoutError):
            raise AccessDenied("Microsoft: nobody signed in in time: try again, or use --device") from e
        raise
    return _read(answered or {}, cache)


def _read(answered: dict[str, Any], cache: msal.SerializableTokenCache) -> Consent:
    if answered.get("error") in ("authorization_declined", "access_denied"):
        raise AccessDenied("Microsoft: the sign-in was declined: nothing was connected")
    if answered.get("error") in ("expired_token", "code_expired", "authorization_pending"):
        raise AccessDenied("Microsoft: the code ran out before anybody signed in: try again")
    if "access_token" not in answered:
        raise refused_sign_in(answered)
    claims = answered.get("id_token_claims") or {}
    mailbox = str(claims.get("preferred_username") or claims.get("email") or claims.get("upn") or "").lower()
    if "@" not in mailbox:
        raise AccessDenied("Microsoft: the sign-in does not tell whose mailbox it opens: use a work or school account")
    granted = tuple(str(scope).rsplit("/", 1)[-1] for scope in str(answered.get("scope") or "").split())
    return Consent(mailbox=mailbox, granted=granted, cache=cache.serialize().encode())


def missing(wanted: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """Permissions that were asked for and not granted; a wider one includes the narrower."""
    held = set(granted)
    if "Mail.Read" in held or "Mail.ReadWrite" in held:
        held |= {"Mail.ReadBasic", "Mail.Read"}
    if "Calendars.ReadWrite" in held:
        held.add("Calendars.Read")
    return tuple(scope for scope in wanted if scope not in held)
