"""What a sign-in or an application may really do: read from what Entra gave, not from what was asked for. Pure.

Delegated: msal's cache names the scopes of each access token. Application: the token itself carries `roles`, or none
where the rights come from Exchange (RBAC for Applications).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

# A wider permission includes the narrower.
_INCLUDES = {
    "Mail.ReadWrite": ("Mail.Read", "Mail.ReadBasic", "Mail.ReadBasic.All"),
    "Mail.Read": ("Mail.ReadBasic", "Mail.ReadBasic.All"),
    "Mail.ReadBasic": ("Mail.ReadBasic.All",),
    "Mail.ReadBasic.All": ("Mail.ReadBasic",),
    "Calendars.ReadWrite": ("Calendars.Read",),
}
_SIGN_IN = frozenset({"openid", "profile", "email", "offline_access"})  # says who signed in, and nothing more


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A person's sign-in; `granted` None where no access token was kept; `renewed_at` when it was used last, UTC."""

    granted: frozenset[str] | None
    renewed_at: datetime | None


def sign_in_of(cache: bytes) -> SignIn:
    """What msal's cache holds of a sign-in."""
    try:
        stored = json.loads(cache)
        tokens = list(stored.get("AccessToken", {}).values())
        kept = tokens + list(stored.get("RefreshToken", {}).values())
        times = [int(t) for token in kept if (t := token.get("cached_at") or token.get("last_modification_time"))]
        tokens.reverse()  # of two from the same second the later stands behind
        newest = max(tokens, key=lambda token: int(token.get("cached_at") or 0), default=None)
        granted = None if newest is None else frozenset(_plain(s) for s in str(newest.get("target") or "").split())
    except (ValueError, AttributeError, TypeError):
        return SignIn(granted=None, renewed_at=None)
    granted = granted - _SIGN_IN if granted is not None else None
    return SignIn(granted=granted, renewed_at=datetime.fromtimestamp(max(times), UTC) if times else None)


def roles_in(token: str) -> frozenset[str] | None:
    """The application permissions in an access token; None for one that cannot be read."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return frozenset(str(role) for role in claims.get("roles") or ())
    except (IndexError, ValueError, AttributeError, TypeError):
        return None


def _plain(scope: str) -> str:
    """A scope without the address of its cloud."""
    return scope.rsplit("/", 1)[-1]


def lacking(wanted: tuple[str, ...], granted: frozenset[str]) -> tuple[str, ...]:
    """What was asked for and is not granted, not even by a wider permission."""
    held = granted | {less for more in granted for less in _INCLUDES.get(more, ())}
    return tuple(scope for scope in wanted if scope not in held)


def beyond(wanted: tuple[str, ...], granted: frozenset[str]) -> tuple[str, ...]:
    """What is granted and never used: less would do."""
    return tuple(sorted(scope for scope in granted - {"User.Read"} if scope not in wanted and not _same(scope, wanted)))


def _same(scope: str, wanted: tuple[str, ...]) -> bool:
    return scope in {"Mail.ReadBasic", "Mail.ReadBasic.All"} and not {
        "Mail.ReadBasic",
        "Mail.ReadBasic.All",
    }.isdisjoint(wanted)
