"""Entra ID through msal: which application we are, and the msal objects for it.

Authority, Graph root and CA file come from the settings, so national clouds and private proxies are configuration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msal
import requests
from cryptography import x509

from connectors.base import AccessDenied, ServiceUnavailable
from connectors.microsoft.wire import Session, unreachable

WARN_BEFORE = timedelta(days=14)

# What each tier asks for. Event subscriptions need Calendars.Read, so ReadBasic would not do for the calendar.
DELEGATED = {"headers": ("Mail.ReadBasic", "Calendars.Read"), "text": ("Mail.Read", "Calendars.Read")}
APPLICATION = {"headers": ("Mail.ReadBasic.All", "Calendars.Read"), "text": ("Mail.Read", "Calendars.Read")}
SEND = "Mail.Send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Our app registration and the way to its services; `secret` and `certificate_file` only for app-only access."""

    authority: str
    graph_root: str
    client_id: str
    tenant: str
    secret: str | None = field(default=None, repr=False)
    certificate_file: Path | None = None
    secret_expires: date | None = None
    instance_discovery: bool = True
    ca_file: Path | None = None
    timeout: float = 60.0

    @property
    def authority_url(self) -> str:
        """The authority of the tenant."""
        return f"{self.authority.rstrip('/')}/{self.tenant}"

    def scopes(self, names: tuple[str, ...]) -> list[str]:
        """Scope names as the cloud of our Graph root knows them."""
        parts = urlsplit(self.graph_root)
        return [f"{parts.scheme}://{parts.netloc}/{name}" for name in names]

    def session(self) -> requests.Session:
        """A session to Graph or Entra."""
        return Session(timeout=self.timeout, ca_file=self.ca_file, address=self.graph_root)

    @property
    def fingerprint(self) -> str:
        """The same for the same application and credential."""
        parts = (self.authority_url, self.graph_root, self.client_id, self.secret or "", str(self.certificate_file))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def public_app(registration: Registration, cache: msal.TokenCache) -> Any:
    """msal's application for people's own sign-ins. AccessDenied, ServiceUnavailable."""
    return _made(msal.PublicClientApplication, registration, token_cache=cache)


def confidential_app(registration: Registration) -> Any:
    """msal's application for app-only access, with secret or certificate. AccessDenied, ServiceUnavailable."""
    if registration.certificate_file is not None:
        pem = _pem(registration.certificate_file)
        credential: Any = {"private_key": pem, "public_certificate": pem}
    elif registration.secret is not None:
        credential = registration.secret
    else:
        raise AccessDenied("Microsoft: app-only access needs a client secret or a certificate in the settings")
    return _made(msal.ConfidentialClientApplication, registration, client_credential=credential)


def ask(call: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    """An answer of msal, None where it gives none; ServiceUnavailable for the network's troubles."""
    try:
        return call()
    except (requests.RequestException, OSError, RuntimeError) as e:
        raise ServiceUnavailable(unreachable("Microsoft's sign-in service", e)) from e
    except ValueError as e:  # an answer that is no JSON
        raise ServiceUnavailable("Microsoft's sign-in service sent something that cannot be read") from e


def expiry(registration: Registration) -> datetime | None:
    """When our credential ends, UTC; None where it cannot be told (a secret does not say, the operator must)."""
    if registration.certificate_file is not None:
        pem = _pem(registration.certificate_file)
        try:
            return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
        except ValueError as e:
            raise AccessDenied("Microsoft: the certificate file holds no certificate in PEM form") from e
    if registration.secret_expires is not None:
        return datetime.combine(registration.secret_expires, time(), UTC)
    return None


def warning(registration: Registration, now: datetime) -> str | None:
    """One sentence from two weeks before the credential ends; None while all is well."""
    if registration.secret is None and registration.certificate_file is None:
        return None
    ends = expiry(registration)
    what = "certificate" if registration.certificate_file is not None else "client secret"
    if ends is None or ends - now > WARN_BEFORE:
        return None
    if ends <= now:
        return f"Microsoft: the {what} has expired on {ends:%Y-%m-%d}: an administrator must make a new one"
    return f"Microsoft: the {what} expires on {ends:%Y-%m-%d}: make a new one before, or no mailbox can be read"


def _made(kind: Any, registration: Registration, **more: Any) -> Any:
    try:
        return kind(
            registration.client_id,
            authority=registration.authority_url,
            instance_discovery=registration.instance_discovery,
            http_client=registration.session(),
            **more,
        )
    except (requests.RequestException, RuntimeError, OSError) as e:
        raise ServiceUnavailable(unreachable("Microsoft's sign-in service", e)) from e
    except ValueError as e:
        if "private key" in str(e).lower() or "pem" in str(e).lower():
            raise AccessDenied("Microsoft: the certificate file holds no readable private key") from e
        raise AccessDenied(
            "Microsoft: the authority or tenant is not known: check authority, tenant and instance_discovery "
            "in the settings"
        ) from e


def _pem(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as e:
        raise AccessDenied(f"Microsoft: the certificate file {path.name} cannot be read") from e
