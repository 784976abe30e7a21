"""What `doctor` says of the sender's domain: SPF, DKIM and DMARC, as far as name servers can be reached."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.doctor_finding import Finding, Health

if TYPE_CHECKING:
    from alerts.sender_dns import Names
    from models.settings import AlertSettings

_SPF, _DKIM, _DMARC = "sender SPF", "sender DKIM", "sender DMARC"
# What the record of a domain includes whose mail leaves by these services.
_SERVICES = {
    "gmail": ("_spf.google.com", "Gmail", "include:_spf.google.com"),
    "graph": ("spf.protection.outlook.com", "Microsoft 365", "include:spf.protection.outlook.com"),
}
# Domains of the services themselves: their owners see to it.
_THEIRS = (".gmail.com", ".googlemail.com", ".outlook.com", ".hotmail.com", ".live.com", ".onmicrosoft.com")


def sender_findings(alerts: AlertSettings, sender: str) -> Iterator[Finding]:
    """What receivers can prove of mails from `sender`, and what they do with those that prove nothing."""
    from alerts.sender_dns import Names  # noqa: PLC0415  only who asks loads it

    domain = sender.rpartition("@")[2].lower()
    if "." not in domain:
        yield Finding(
            about="sender",
            health=Health.BAD,
            says=f"{sender} is no address on the internet: other servers refuse it",
            todo="Set alerts.sender to an address of ours.",
        )
        return
    if f".{domain}".endswith(_THEIRS):
        says = f"{domain} belongs to the mail service, which publishes SPF, DKIM and DMARC itself"
        yield Finding(about="sender", health=Health.GOOD, says=says)
        return
    try:
        names = Names.of(alerts.name_server)
    except ValueError as e:
        yield Finding(about="sender", health=Health.BAD, says=f"alerts.name_server: {e}", todo="Correct the setting.")
        return
    if names.texts(domain) is None:
        says = f"no name server answered, so SPF, DKIM and DMARC of {domain} were not checked"
        yield Finding(about="sender", health=Health.NOTE, says=says)
        return
    spf, spf_speaks = _spf(names, domain, alerts)
    yield spf
    dkim, dkim_speaks = _dkim(names, domain, alerts)
    yield dkim
    yield _dmarc(names, domain, proven=spf_speaks or dkim_speaks)


def _spf(names: Names, domain: str, alerts: AlertSettings) -> tuple[Finding, bool]:
    """The finding, and whether a receiver can prove the sender by it."""
    from alerts.sender_spf import Verdict, record_of, verdict  # noqa: PLC0415

    records = record_of(names, domain)
    if records is None:
        return _unanswered(_SPF, domain), False
    if not records:
        todo = "Publish one that names the sending server, or mails may end in spam."
        return Finding(about=_SPF, health=Health.WARN, says=f"{domain} has no SPF record", todo=todo), False
    if alerts.via in _SERVICES:
        wanted, service, words = _SERVICES[alerts.via]
        _, followed = verdict(names, domain, "192.0.2.1")  # an address of nobody: every include is followed
        if followed.problem:
            return _void(followed.problem), False
        if wanted in followed.names:
            return Finding(about=_SPF, health=Health.GOOD, says=f"{domain} lets {service} send"), True
        says = f"{domain} does not let {service} send"
        return Finding(about=_SPF, health=Health.WARN, says=says, todo=f"Add {words} to its SPF record."), False
    addresses = [] if alerts.host == "localhost" else names.addresses(alerts.host) or _literal(alerts.host)
    public = [a for a in addresses if ipaddress.ip_address(a).is_global]
    if not public:
        _, followed = verdict(names, domain, "192.0.2.1")
        if followed.problem:
            return _void(followed.problem), False
        says = f"{domain} has an SPF record; by which address {alerts.host} sends cannot be told from here"
        return Finding(about=_SPF, health=Health.NOTE, says=says, todo=_LOOK_AT_A_MAIL), True
    verdicts = {address: verdict(names, domain, address) for address in public}
    for found, followed in verdicts.values():
        if found is Verdict.BROKEN:
            return _void(followed.problem), False
    if any(found is Verdict.UNKNOWN for found, _ in verdicts.values()):
        return _unanswered(_SPF, domain), False
    if any(found is Verdict.PASS for found, _ in verdicts.values()):
        return Finding(about=_SPF, health=Health.GOOD, says=f"{domain} lets {alerts.host} send"), True
    worst = next(iter(verdicts.values()))[0].value
    says = f"SPF of {domain} says {worst} of {alerts.host} ({', '.join(public[:3])})"
    todo = f"If it sends by these addresses, add them to the record. {_LOOK_AT_A_MAIL}"
    return Finding(about=_SPF, health=Health.WARN, says=says, todo=todo), False


_LOOK_AT_A_MAIL = "A received mail shows it: Authentication-Results, spf=pass."


def _dkim(names: Names, domain: str, alerts: AlertSettings) -> tuple[Finding, bool]:
    from alerts.sender_dkim import keys_of, selectors_of  # noqa: PLC0415

    named = alerts.dkim_selector
    tried = (named,) if named is not None else selectors_of(names.exchangers(domain) or [])
    keys = keys_of(names, domain, tried)
    if keys is None:
        return _unanswered(_DKIM, domain), False
    sound = [key for key in keys if not key.problem]
    if sound:
        key = sound[0]
        kind = f"RSA, {key.bits:,} bits" if key.bits else "Ed25519"
        says = f"{domain} publishes a key under {key.selector} ({kind}); a received mail shows whether it is used"
        return Finding(about=_DKIM, health=Health.GOOD, says=says), True
    if keys:
        says = f"the key of {domain} under {keys[0].selector} is not believed: {keys[0].problem}"
        return Finding(about=_DKIM, health=Health.WARN, says=says, todo="Publish the sending server's key anew."), False
    if named is not None:
        says = f"there is no key under {named}._domainkey.{domain}"
        todo = "Publish it, or correct alerts.dkim_selector: a received mail names it (DKIM-Signature, s=)."
        return Finding(about=_DKIM, health=Health.WARN, says=says, todo=todo), False
    says = f"no key of {domain} was found under the usual names, which proves nothing: DNS does not list them"
    todo = "Does the server sign? Then set alerts.dkim_selector: a received mail names it (DKIM-Signature, s=)."
    return Finding(about=_DKIM, health=Health.NOTE, says=says, todo=todo), False


def _dmarc(names: Names, domain: str, *, proven: bool) -> Finding:
    from alerts.sender_dmarc import Dmarc, dmarc_of  # noqa: PLC0415

    found = dmarc_of(names, domain)
    if found is None:
        return _unanswered(_DMARC, domain)
    if not isinstance(found, Dmarc):
        says = f"{domain} has several DMARC records, so none holds" if found else f"{domain} has no DMARC record"
        todo = "Leave one." if found else "Publish one, p=none to begin with, and let the server sign with DKIM."
        return Finding(about=_DMARC, health=Health.WARN, says=says, todo=todo)
    if found.problem:
        says = f"the record of {found.at} is ignored: {found.problem}"
        return Finding(about=_DMARC, health=Health.WARN, says=says, todo="Correct it.")
    above = f" (published by {found.at})" if found.at != domain else ""
    if found.policy == "none":
        says = f"{domain} asks receivers to change nothing, p=none{above}"
        return Finding(about=_DMARC, health=Health.GOOD if proven else Health.NOTE, says=says)
    fate = {"quarantine": "put into spam", "reject": "refused"}[found.policy]
    says = f"what proves neither by SPF nor by DKIM to come from {domain} is {fate}, p={found.policy}{above}"
    if proven:
        return Finding(about=_DMARC, health=Health.GOOD, says=says)
    todo = "Neither was found above: mend SPF or DKIM, or our mails do not arrive."
    return Finding(about=_DMARC, health=Health.BAD, says=says, todo=todo)


def _void(problem: str) -> Finding:
    return Finding(
        about=_SPF, health=Health.BAD, says=f"{problem}: receivers ignore the record", todo="Correct the record."
    )


def _unanswered(about: str, domain: str) -> Finding:
    says = f"a name server did not answer for {domain}, so it was not checked"
    return Finding(about=about, health=Health.NOTE, says=says)


def _literal(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return []
