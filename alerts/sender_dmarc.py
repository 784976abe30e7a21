"""What a domain asks receivers to do with mail that proves neither by SPF nor by DKIM to be its own (DMARC)."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.sender_dns import Names

_POLICIES = {"none", "quarantine", "reject"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """The record that holds for a domain.

    at       the domain that publishes it: this one, or one above
    policy   none, quarantine or reject: as it holds for this domain
    problem  why receivers ignore it; empty = they do not
    """

    at: str
    policy: str
    problem: str = ""


def dmarc_of(names: Names, domain: str) -> Dmarc | list[str] | None:
    """The record of the domain, or of the nearest domain above it that has one.

    An empty list where there is none; the texts where there are several at once (then none holds); None = nobody
    answered.
    """
    labels = domain.lower().rstrip(".").split(".")
    for above in range(max(1, len(labels) - 1)):
        at = ".".join(labels[above:])
        texts = names.texts(f"_dmarc.{at}")
        if texts is None:
            return None
        found = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return found
        if found:
            return _read(found[0], at, below=above > 0)
    return []


def _read(text: str, at: str, *, below: bool) -> Dmarc:
    pairs = [part.partition("=") for part in text.split(";") if "=" in part]
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
    policy = tags.get("sp", tags.get("p", "")) if below else tags.get("p", "")
    problem = "" if policy in _POLICIES else "it names no policy that receivers know (p=none, quarantine or reject)"
    return Dmarc(at=at, policy=policy, problem=problem)
