"""Which keys a domain publishes for signing mail (DKIM, RFC 6376). A key is found only by its selector's name.

DNS lists no selectors: the usual names of the service that handles the domain's mail are tried, and where none is
found, nothing is proved.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from alerts.sender_dns import Names

# By what the names of a domain's mail servers end in.
_BY_SERVICE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("google.com", ("google",)),
    ("googlemail.com", ("google",)),
    ("outlook.com", ("selector1", "selector2")),
    ("messagingengine.com", ("fm1", "fm2", "fm3")),
    ("zoho.com", ("zoho", "zmail")),
    ("mimecast.com", ("mimecast20190104",)),
    ("protonmail.ch", ("protonmail", "protonmail2", "protonmail3")),
)
USUAL = ("default", "mail", "dkim", "s1", "s2", "k1", "k2", "selector1", "selector2", "google", "smtp", "key1")
_WEAK_BITS = 1024  # RFC 8301: shorter ones must not be believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A published key; `problem` says why receivers do not believe it, empty = they do. `bits` None for Ed25519."""

    selector: str
    bits: int | None = None
    problem: str = ""


def selectors_of(mail_servers: Sequence[str]) -> tuple[str, ...]:
    """The names to try: those of the service behind these mail servers first."""
    theirs = [
        selector
        for ending, some in _BY_SERVICE
        for server in mail_servers
        if server == ending or server.endswith(f".{ending}")
        for selector in some
    ]
    return tuple(dict.fromkeys([*theirs, *USUAL]))


def keys_of(names: Names, domain: str, selectors: Sequence[str]) -> list[Key] | None:
    """The keys found under these names; None = nobody answered."""
    found: list[Key] = []
    for selector in selectors:
        texts = names.texts(f"{selector}._domainkey.{domain}")
        if texts is None:
            return None
        # A name that answers everything (a wildcard) is no key.
        found += [read_key(selector, text) for text in texts if "p=" in text.replace(" ", "")]
    return found


def read_key(selector: str, text: str) -> Key:
    """One record as a key."""
    tags = dict(_tags(text))
    if tags.get("v", "DKIM1") != "DKIM1":
        return Key(selector=selector, problem="its version is not DKIM1")
    if not tags["p"]:
        return Key(selector=selector, problem="it was withdrawn: its key is empty")
    try:
        data = base64.b64decode(tags["p"], validate=True)
    except binascii.Error:
        return Key(selector=selector, problem="its key is not base64")
    if tags.get("k", "rsa").lower() == "ed25519":
        problem = "" if len(data) == 32 else "its Ed25519 key is not 32 bytes long"
        return Key(selector=selector, problem=problem)
    try:
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return Key(selector=selector, problem="its key cannot be read: was it cut off?")
    if not isinstance(key, RSAPublicKey):
        return Key(selector=selector, problem="its key is not an RSA key")
    weak = f"its key of {key.key_size} bits is too short to be believed" if key.key_size < _WEAK_BITS else ""
    return Key(selector=selector, bits=key.key_size, problem=weak)


def _tags(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(";") if "=" in part]
    return [(name.strip().lower(), "".join(value.split())) for name, _, value in pairs]
