"""May this server send for this domain? SPF (RFC 7208), as a receiver works it out."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum

from alerts.sender_dns import Names

_MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: a receiver that needs more gives up, and the record is void
_WIDTH = re.compile(r"(?:/(\d{1,3}))?(?://(\d{1,3}))?")
_SIGNS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class Verdict(StrEnum):
    """What a receiver makes of a mail from one address."""

    PASS = "pass"  # noqa: S105 - RFC 7208's own word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    BROKEN = "permerror"
    UNKNOWN = "temperror"


class _Broken(Exception):
    """The record is void; the message says why."""


class _Silent(Exception):
    """A name server did not answer half-way."""


@dataclass(slots=True)
class Spf:
    """The record of one domain, followed into everything it includes.

    names     every domain whose record was read: whose servers it lets send
    problem   why the record is void; empty = it is not
    """

    domain: str
    names: list[str] = field(default_factory=list)
    lookups: int = 0
    problem: str = ""


def record_of(names: Names, domain: str) -> list[str] | None:
    """The SPF records of a domain: there should be one. None = nobody answered."""
    texts = names.texts(domain)
    if texts is None:
        return None
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def verdict(names: Names, domain: str, address: str) -> tuple[Verdict, Spf]:
    """What SPF of `domain` says of a mail that comes from `address`; the record must be there."""
    spf = Spf(domain)
    try:
        found = _of(names, domain, ipaddress.ip_address(address), spf)
    except _Broken as e:
        spf.problem = str(e)
        return Verdict.BROKEN, spf
    except _Silent:
        return Verdict.UNKNOWN, spf
    return Verdict(found), spf


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _of(names: Names, domain: str, address: _Ip, spf: Spf) -> str:
    records = record_of(names, domain)
    if records is None:
        raise _Silent
    if len(records) != 1:
        raise _Broken(f"{domain} has {len(records) or 'no'} SPF record{'s' if len(records) > 1 else ''}, not one")
    spf.names.append(domain)
    redirect = ""
    for term in records[0].split()[1:]:
        name, _, value = term.partition("=")
        if "=" in term and ":" not in name and "/" not in name:
            redirect = value if name.lower() == "redirect" else redirect
            continue
        sign = _SIGNS.get(term[0], "pass")
        if _matches(names, domain, term.lstrip("+-~?"), address, spf):
            return sign
    if redirect:
        _count(spf)
        return _of(names, redirect, address, spf)
    return "neutral"


def _matches(names: Names, domain: str, mechanism: str, address: _Ip, spf: Spf) -> bool:
    kind, _, value = mechanism.partition(":")
    width = ""
    if kind.lower() not in {"ip4", "ip6"}:  # there the width belongs to the network
        head, slash, width = mechanism.partition("/")
        kind, _, value = head.partition(":")
        width = slash + width
    kind = kind.lower()
    target = value or domain
    if "%" in target:  # a macro (RFC 7208, 7): depends on the single mail, so it is not looked at
        _count(spf)
        return False
    if kind == "all":
        return True
    if kind in {"ip4", "ip6"}:
        try:
            return address in ipaddress.ip_network(value, strict=False)
        except ValueError as e:
            raise _Broken(f"{domain}: {mechanism} is not a network") from e
    if kind == "include":
        _count(spf)
        return _of(names, target, address, spf) == "pass"
    if kind == "a":
        _count(spf)
        return _among(names.addresses(target), address, width)
    if kind == "mx":
        _count(spf)
        servers = names.exchangers(target)
        if servers is None:
            raise _Silent
        return any(_among(names.addresses(server), address, width) for server in servers[:10])
    if kind in {"exists", "ptr"}:
        _count(spf)
        return False
    raise _Broken(f"{domain}: nobody knows what {mechanism} means")


def _among(found: list[str] | None, address: _Ip, width: str) -> bool:
    """Whether one of the addresses is it, or its neighbour in a network so wide: "", "/24", "//64" or "/24//64"."""
    if found is None:
        raise _Silent
    written = _WIDTH.fullmatch(width)
    if written is None:
        raise _Broken(f"{width} is not a width")
    bits = int(written[1 if address.version == 4 else 2] or address.max_prefixlen)
    same = [one for one in found if ipaddress.ip_address(one).version == address.version]
    return bits <= address.max_prefixlen and any(
        address in ipaddress.ip_network(f"{one}/{bits}", strict=False) for one in same
    )


def _count(spf: Spf) -> None:
    spf.lookups += 1
    if spf.lookups > _MOST_LOOKUPS:
        raise _Broken(f"SPF of {spf.domain} needs more than {_MOST_LOOKUPS} lookups")
