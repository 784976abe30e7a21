"""What name servers say of a sender: SPF, DKIM and DMARC, asked over a real one on the loopback.

What they say, that there is nothing, and that nobody answers are three things.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alerts import sender_dns
from alerts.sender_dkim import USUAL, keys_of, read_key, selectors_of
from alerts.sender_dmarc import Dmarc, dmarc_of
from alerts.sender_dns import Names
from alerts.sender_spf import Verdict, record_of, verdict
from tests.alerts.name_server import NameServer

OURS = "ourco.example"


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer()
    yield made
    made.close()


@pytest.fixture
def names(server: NameServer, monkeypatch: pytest.MonkeyPatch) -> Names:
    monkeypatch.setattr(sender_dns, "_SECONDS", 0.4)
    return Names.of(server.address)


def der_of(key: object) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def test_no_record_is_not_no_answer(server: NameServer, names: Names) -> None:
    server.publish(OURS, "one", "x" * 255 + "y" * 60)
    server.mute.add("mute.example")

    assert set(names.texts(OURS) or ()) == {"one", "x" * 255 + "y" * 60}
    assert names.texts("elsewhere.example") == []
    assert names.texts(f"www.{OURS}") == []
    assert names.texts("mute.example") is None
    assert names.texts("a" * 64 + ".example") == []
    assert Names(None).texts(OURS) is None


def test_an_answer_too_long_for_udp_is_fetched_over_tcp(server: NameServer, names: Names) -> None:
    server.publish(OURS, *(f"{n} " + "x" * 200 for n in range(20)))

    found = names.texts(OURS)

    assert found is not None
    assert len(found) == 20


def test_aliases_are_followed_and_mail_servers_come_best_first(server: NameServer, names: Names) -> None:
    server.records |= {
        (f"mail.{OURS}", "CNAME"): ["host.provider.example."],
        ("host.provider.example", "A"): ["192.0.2.7"],
        ("host.provider.example", "AAAA"): ["2001:db8::7"],
        (OURS, "MX"): ["20 second.example.", "5 First.example."],
    }

    assert names.addresses(f"mail.{OURS}") == ["192.0.2.7", "2001:db8::7"]
    assert names.exchangers(OURS) == ["first.example", "second.example"]


@pytest.mark.parametrize(("text", "port"), [("192.0.2.1", 53), ("192.0.2.1:5300", 5300), ("[2001:db8::1]:53", 53)])
def test_a_name_server_may_be_named(text: str, port: int) -> None:
    made = Names.of(text)

    assert made.resolver.port == port
    assert made.resolver.nameservers == [text.rpartition(":")[0].strip("[]") if ":" in text else text]


@pytest.mark.parametrize("text", ["192.0.2.1:dns", "dns.example"])
def test_a_name_server_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ADDRESS"):
        Names.of(text)


# --- SPF ---


@pytest.mark.parametrize(
    ("record", "address", "expected"),
    [
        ("v=spf1 ip4:198.51.100.0/24 -all", "198.51.100.9", "pass"),
        ("v=spf1 ip4:198.51.100.0/24 -all", "203.0.113.9", "fail"),
        ("v=spf1 ip4:198.51.100.0/24 -all", "2001:db8::9", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8::9", "pass"),
        ("v=spf1 ~all", "203.0.113.9", "softfail"),
        ("v=spf1 ?all", "203.0.113.9", "neutral"),
        ("v=spf1 +all", "203.0.113.9", "pass"),
        ("v=spf1", "203.0.113.9", "neutral"),
        ("v=spf1 a -all", "192.0.2.1", "pass"),
        ("v=spf1 a/24 -all", "192.0.2.200", "pass"),
        ("v=spf1 a:www.ourco.example -all", "192.0.2.80", "pass"),
        ("v=spf1 mx -all", "192.0.2.25", "pass"),
        ("v=spf1 mx//64 -all", "2001:db8:0:25::99", "pass"),
        ("v=spf1 include:good.example -all", "192.0.2.33", "pass"),
        ("v=spf1 include:strict.example ip4:192.0.2.34 -all", "192.0.2.34", "pass"),
        ("v=spf1 redirect=strict.example", "192.0.2.34", "fail"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf1 -exists:%{i}.x.example ?all exp=why.example", "192.0.2.1", "neutral"),
        ("v=spf1 include:nothing.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 ip4:everybody -all", "192.0.2.1", "permerror"),
        ("v=spf1 a:www.ourco.example/x -all", "192.0.2.1", "permerror"),
        ("v=spf1 letin:friends -all", "192.0.2.1", "permerror"),
        ("v=spf1 include:circle.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 include:mute.example -all", "192.0.2.1", "temperror"),
    ],
)
def test_spf_is_worked_out_as_a_receiver_does(
    server: NameServer, names: Names, record: str, address: str, expected: str
) -> None:
    server.records |= {
        (OURS, "A"): ["192.0.2.1"],
        (f"www.{OURS}", "A"): ["192.0.2.80"],
        (OURS, "MX"): [f"10 mx.{OURS}."],
        (f"mx.{OURS}", "A"): ["192.0.2.25"],
        (f"mx.{OURS}", "AAAA"): ["2001:db8:0:25::1"],
    }
    server.publish(OURS, "another text", record)
    server.publish("good.example", "v=spf1 ip4:192.0.2.33 -all")
    server.publish("strict.example", "v=spf1 -all")
    server.publish("circle.example", "v=spf1 include:circle.example -all")
    server.mute.add("mute.example")

    found, followed = verdict(names, OURS, address)

    assert found == Verdict(expected)
    assert bool(followed.problem) == (expected == "permerror")


def test_two_spf_records_are_none(server: NameServer, names: Names) -> None:
    server.publish(OURS, "v=spf1 -all", "v=spf1 mx -all", "v=spf10 no")

    assert set(record_of(names, OURS) or ()) == {"v=spf1 -all", "v=spf1 mx -all"}
    assert verdict(names, OURS, "192.0.2.1")[1].problem == f"{OURS} has 2 SPF records, not one"


def test_every_domain_that_spf_leads_to_is_named(server: NameServer, names: Names) -> None:
    server.publish(OURS, "v=spf1 include:_spf.google.com ~all")
    server.publish("_spf.google.com", "v=spf1 include:_netblocks.google.com ~all")
    server.publish("_netblocks.google.com", "v=spf1 ip4:35.190.247.0/24 ~all")

    assert verdict(names, OURS, "192.0.2.1")[1].names == [OURS, "_spf.google.com", "_netblocks.google.com"]


# --- DKIM ---


def test_the_names_of_the_service_behind_the_mail_servers_are_tried_first() -> None:
    assert selectors_of(["aspmx.l.google.com"])[0] == "google"
    assert selectors_of(["ourco-example.mail.protection.outlook.com"])[:2] == ("selector1", "selector2")
    assert selectors_of([]) == USUAL
    assert selectors_of(["notgoogle.com"]) == USUAL


def test_a_key_is_found_under_its_selector_even_behind_an_alias(server: NameServer, names: Names) -> None:
    key = base64.b64encode(der_of(generate_rsa(65537, 2048))).decode()
    alias = "selector1-ourco._domainkey.ourco.onmicrosoft.example"
    server.records[f"selector1._domainkey.{OURS}", "CNAME"] = [f"{alias}."]
    server.publish(alias, f"v=DKIM1; k=rsa; p={key[:200]} {key[200:]}")

    (found,) = keys_of(names, OURS, ("selector1", "selector2")) or ()

    assert (found.selector, found.bits, found.problem) == ("selector1", 2048, "")
    assert keys_of(names, OURS, ("other",)) == []


def test_a_wildcard_that_answers_everything_is_no_key(server: NameServer, names: Names) -> None:
    server.publish(f"google._domainkey.{OURS}", "v=spf1 -all")

    assert keys_of(names, OURS, ("google",)) == []


def test_nobody_answering_is_no_missing_key(server: NameServer, names: Names) -> None:
    server.mute.add(f"google._domainkey.{OURS}")

    assert keys_of(names, OURS, ("google",)) is None


def test_keys_that_receivers_do_not_believe_say_why() -> None:
    ed25519 = der_of(Ed25519PrivateKey.generate())[-32:]
    curve = der_of(generate_private_key(SECP256R1()))

    def problem(text: str) -> str:
        return read_key("s", text).problem

    def coded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    assert problem(f"v=DKIM1; k=ed25519; p={coded(ed25519)}") == ""
    assert read_key("s", f"k=ed25519; p={coded(ed25519)}").bits is None
    assert "32 bytes" in problem(f"k=ed25519; p={coded(ed25519[:9])}")
    assert "withdrawn" in problem("v=DKIM1; p=")
    assert "DKIM1" in problem("v=DKIM2; p=AAAA")
    assert "base64" in problem("p=%%%")
    assert "cut off" in problem(f"p={coded(der_of(generate_rsa(65537, 2048))[:100])}")
    assert "not an RSA key" in problem(f"p={coded(curve)}")
    assert "512 bits" in problem(f"p={SHORT}")


# An RSA key of 512 bits, as old guides made them.
SHORT = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMXZPWUnL/8SmVD0y0DjCxTD4XqYtHhLgBDIfGTzIkqpqDBC4TKnNpjgTzHrYYyu"
    "v4SqK8xzTQGG4XeFsGjJ3G0CAwEAAQ=="
)


# --- DMARC ---


def test_the_nearest_record_above_holds(server: NameServer, names: Names) -> None:
    server.publish(f"_dmarc.{OURS}", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:x@ourco.example")

    assert dmarc_of(names, OURS) == Dmarc(at=OURS, policy="reject")
    assert dmarc_of(names, f"alerts.{OURS}") == Dmarc(at=OURS, policy="quarantine")
    assert dmarc_of(names, "elsewhere.example") == []


def test_a_record_without_a_policy_is_ignored_and_several_are_none(server: NameServer, names: Names) -> None:
    server.publish("_dmarc.a.example", "v=DMARC1; rua=mailto:x@a.example", "some text")
    server.publish("_dmarc.b.example", "v=DMARC1; p=none", "v=DMARC1; p=reject")
    server.mute.add("_dmarc.c.example")

    found = dmarc_of(names, "a.example")
    assert isinstance(found, Dmarc)
    assert found.problem
    several = dmarc_of(names, "b.example")
    assert isinstance(several, list)
    assert len(several) == 2
    assert dmarc_of(names, "c.example") is None
