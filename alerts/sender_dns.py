"""What the world's name servers say of a domain. Where none answers, nothing is known: None, never "missing"."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.resolver

_SECONDS = 4.0  # for one question, over all servers and repeats


@dataclass(frozen=True, slots=True)
class Names:
    """Questions to name servers; each answer is a list, empty = there is no such record, None = nobody answered."""

    resolver: Any

    @classmethod
    def of(cls, server: str | None = None) -> Names:
        """Those of this machine, or the one named as ADDRESS or ADDRESS:PORT. ValueError for anything else."""
        try:
            resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration:
            return cls(None)
        if server is not None:
            address, port = _parted(server)
            resolver.nameservers, resolver.port = [address], port
        resolver.lifetime = _SECONDS
        return cls(resolver)

    def texts(self, name: str) -> list[str] | None:
        """TXT records, each joined as written."""
        found = self._ask(name, "TXT")
        return None if found is None else [b"".join(r.strings).decode("utf-8", "replace") for r in found]

    def addresses(self, name: str) -> list[str] | None:
        """IPv4 and IPv6 addresses."""
        both = [self._ask(name, kind) for kind in ("A", "AAAA")]
        return None if None in both else [r.address for found in both for r in found or ()]

    def exchangers(self, name: str) -> list[str] | None:
        """Names of mail servers, best first."""
        found = self._ask(name, "MX")
        return None if found is None else [_plain(r.exchange) for r in sorted(found, key=lambda r: int(r.preference))]

    def _ask(self, name: str, kind: str) -> list[Any] | None:
        if self.resolver is None:
            return None
        try:
            return list(self.resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout, OSError):
            return None
        except dns.exception.DNSException:  # a name that cannot be: nothing is published under it
            return []


def _parted(server: str) -> tuple[str, int]:
    address, port = server, "53"
    if server.startswith("[") or server.count(":") == 1:
        address, _, port = server.rpartition(":")
    try:
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)
    except ValueError as e:
        raise ValueError(f"{server} is not ADDRESS or ADDRESS:PORT") from e


def _plain(name: Any) -> str:
    return str(name).rstrip(".").lower()
