"""Which outside organisations are worth watching, told from counts of unwatched traffic; pure.

An organisation is a registrable domain (all of "mail.example.co.uk" and "eu.example.co.uk" is "example.co.uk", by the
Public Suffix List that tldextract carries; nothing is fetched). It is worth watching when people on both sides write,
on several days. Free mail, newsletters and robots never are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from models.directory import FREE_MAIL, Directory
from models.records import Partner, Side

MIN_DAYS = 3
MIN_EACH_WAY = 2
_ROBOT_SHARE = 20  # automatic mails for each human one above which a domain is a service, not a counterpart
_HALF_LIFE_DAYS = 180.0

# Free-mail houses under every suffix ("yahoo.gr"), beside the list of whole domains.
_FREE_MAIL_HOUSES = frozenset(
    "aol fastmail gmail gmx googlemail hotmail icloud msn outlook protonmail rediffmail rocketmail tutanota yahoo "
    "yandex ymail".split()
)
_PRIVATE_SUFFIXES = frozenset({"local", "localdomain", "localhost", "internal", "intranet", "lan", "home", "invalid"})
_NAME = re.compile(r"^(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_][\w-]*[^\W_]$")


class Traffic(Protocol):
    """Counts of one outside domain: human mails each way, other mails, days with human mail, first and last day."""

    @property
    def name(self) -> str: ...
    @property
    def inbound(self) -> int: ...
    @property
    def outbound(self) -> int: ...
    @property
    def automatic(self) -> int: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...
    @property
    def days(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One organisation worth watching.

    domains  what to add: the registrable domain, or the exact ones where a part of it is ours or a partner's already
    seen     the exact domains behind the counts, busiest first
    days     days with human mail: at least so many, where several domains were added up
    score    0 and more, higher = more useful: two-way, on many days, lately
    reason   one sentence
    """

    key: str
    title: str
    domains: tuple[str, ...]
    seen: tuple[str, ...]
    inbound: int
    outbound: int
    automatic: int
    days: int
    first: date
    last: date
    score: float
    reason: str

    @property
    def command(self) -> str:
        """What to type to watch it."""
        return f"gonequiet partners add {self.key} {' '.join(self.domains)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """The organisations worth watching, best first, and how many were left out for each reason."""

    worth: tuple[Suggestion, ...]
    left_out: dict[str, int]


def is_free_mail(domain: str) -> bool:
    """Whether anybody can open a mailbox under this domain, so that it says nothing about an organisation."""
    if domain in FREE_MAIL:
        return True
    whole = organisation_of(domain)
    return whole in FREE_MAIL or whole.partition(".")[0] in _FREE_MAIL_HOUSES


def is_public_suffix(domain: str) -> bool:
    """Whether organisations are registered under this name rather than by it: "co.uk", "github.io"."""
    return not _extract()(domain) and bool(_extract()(f"x.{domain}"))


@lru_cache(maxsize=20_000)
def organisation_of(domain: str) -> str:
    """The registrable domain: "mail.acme.co.uk" -> "acme.co.uk"; an unknown suffix is taken as one label.

    Parts of the list that hosts rent out ("acme.uk.com", "acme.github.io") count as suffixes too.
    """
    found = _extract()(domain)
    if found:
        return found
    return ".".join(domain.split(".")[-2:])


@lru_cache(maxsize=1)
def _extract() -> Callable[[str], str]:
    from tldextract import TLDExtract  # noqa: PLC0415  a quarter of a second that other commands do not pay

    extract = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    return lambda domain: extract(domain).top_domain_under_public_suffix


def suggest(traffic: Iterable[Traffic], *, us: Collection[str], partners: Sequence[Partner] = ()) -> Suggestions:
    """Organisations worth watching, best first; `us` holds our domains and addresses.

    How recent traffic is counts from the newest day among it, so that an old archive is judged by its own time.
    """
    everything = list(traffic)
    newest = max((counts.last for counts in everything), default=None)
    ours = {organisation_of(name.rpartition("@")[2]) for name in us if "@" not in name}
    shared = ours | {organisation_of(domain) for partner in partners for domain in partner.domains}
    directory = Directory(us, partners)  # the counts may be older than what is watched, and than who we are
    keys = {partner.key for partner in partners}
    left_out: dict[str, int] = {}
    groups: dict[str, list[Traffic]] = {}
    for counts in everything:
        if not _NAME.match(counts.name) or counts.name.rpartition(".")[2] in _PRIVATE_SUFFIXES:
            _count(left_out, "not an internet domain")
        elif is_free_mail(counts.name):
            _count(left_out, "free mail")
        elif directory.side(f"someone@{counts.name}") is Side.OTHER:
            groups.setdefault(organisation_of(counts.name), []).append(counts)
    found = []
    for organisation, members in groups.items():
        refused = _refusal(members)
        if refused is not None:
            _count(left_out, refused)
            continue
        members.sort(key=lambda counts: (-(counts.inbound + counts.outbound), counts.name))
        found.append((_score(members, newest), organisation, members))
    found.sort(key=lambda one: (-one[0], one[1]))
    worth = []
    for score, organisation, members in found:
        key = _free_key(organisation, keys)
        keys.add(key)
        seen = tuple(counts.name for counts in members)
        worth.append(
            _suggestion(key, organisation, members, score, seen if organisation in shared else (organisation,))
        )
    return Suggestions(worth=tuple(worth), left_out=dict(sorted(left_out.items(), key=lambda one: (-one[1], one[0]))))


def slug_of(name: str) -> str:
    """A key from a name: lower case, letters, digits and single hyphens; "" where nothing is left."""
    return re.sub(r"-{2,}", "-", re.sub(r"[\W_]+", "-", name.strip().lower())).strip("-")


def title_of(organisation: str) -> str:
    """A first guess at a name: "north-wind.example" -> "North Wind"."""
    return " ".join(word.capitalize() for word in organisation.partition(".")[0].split("-") if word)


def _suggestion(
    key: str, organisation: str, members: Sequence[Traffic], score: float, domains: tuple[str, ...]
) -> Suggestion:
    inbound, outbound = sum(c.inbound for c in members), sum(c.outbound for c in members)
    days = _days(members)
    first, last = min(c.first for c in members), max(c.last for c in members)
    return Suggestion(
        key=key,
        title=title_of(organisation),
        domains=domains,
        seen=tuple(counts.name for counts in members),
        inbound=inbound,
        outbound=outbound,
        automatic=sum(c.automatic for c in members),
        days=days,
        first=first,
        last=last,
        score=round(score, 3),
        reason=(
            f"{inbound:,} mails from them and {outbound:,} from us on {days:,} days, "
            f"{first.isoformat()} to {last.isoformat()}"
        ),
    )


def _refusal(members: Sequence[Traffic]) -> str | None:
    inbound, outbound = sum(c.inbound for c in members), sum(c.outbound for c in members)
    automatic = sum(c.automatic for c in members)
    if inbound + outbound == 0 or automatic > _ROBOT_SHARE * (inbound + outbound):
        return "newsletters, lists and robots"
    if inbound < MIN_EACH_WAY or outbound < MIN_EACH_WAY:
        return "one-way"
    if _days(members) < MIN_DAYS:
        return f"fewer than {MIN_DAYS} days"
    return None


def _days(members: Sequence[Traffic]) -> int:
    # Days of two domains of one organisation may be the same ones: the busiest domain's days are certain.
    return max(counts.days for counts in members)


def _score(members: Sequence[Traffic], newest: date | None) -> float:
    inbound, outbound = sum(c.inbound for c in members), sum(c.outbound for c in members)
    balance = 2 * min(inbound, outbound) / (inbound + outbound)
    age = 0 if newest is None else (newest - max(c.last for c in members)).days
    recent: float = 0.2 + 0.8 * 0.5 ** (age / _HALF_LIFE_DAYS)
    return math.log2(1 + _days(members)) * math.sqrt(balance) * recent


def _free_key(organisation: str, taken: Collection[str]) -> str:
    label = slug_of(organisation.partition(".")[0])
    for key in (label, slug_of(organisation)):
        if key and key not in taken:
            return key
    number = 2
    while f"{label}-{number}" in taken:
        number += 1
    return f"{label}-{number}"


def _count(counter: dict[str, int], reason: str) -> None:
    counter[reason] = counter.get(reason, 0) + 1
