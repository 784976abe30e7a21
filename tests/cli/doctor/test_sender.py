"""What `doctor` says of the sender: SPF, DKIM and DMARC, over a local name server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.alerts.name_server import NameServer
from tests.cli.doctor.scene import Office, findings


def sender(*more: str) -> dict[str, tuple[str, str]]:
    return {
        row["about"].removeprefix("sender "): (row["health"], row["says"])
        for row in findings(*more)
        if row["about"].startswith("sender")
    }


def test_a_sender_that_is_proven_is_well(names: NameServer) -> None:
    found = sender()

    assert found["SPF"] == ("good", "ourco.example lets mail.ourco.example send")
    assert found["DKIM"][0] == "good"
    assert "under s1 (Ed25519)" in found["DKIM"][1]
    assert found["DMARC"][0] == "good"


def test_a_server_that_spf_does_not_name_is_told(names: NameServer) -> None:
    names.publish("ourco.example", "v=spf1 ip4:9.9.9.9 -all")

    assert sender()["SPF"] == ("warn", "SPF of ourco.example says fail of mail.ourco.example (8.8.8.8)")


def test_reject_without_any_proof_means_that_mails_do_not_arrive(names: NameServer) -> None:
    names.publish("ourco.example", "v=spf1 -all")
    del names.records["s1._domainkey.ourco.example", "TXT"]

    found = sender()

    assert found["DKIM"][0] == "note"
    assert "proves nothing" in found["DKIM"][1]
    assert found["DMARC"][0] == "bad"


def test_nothing_published_is_told_three_times(names: NameServer) -> None:
    names.records.clear()
    names.publish("ourco.example", "hello")

    found = sender()

    assert found["SPF"] == ("warn", "ourco.example has no SPF record")
    assert found["DMARC"] == ("warn", "ourco.example has no DMARC record")


def test_the_selector_of_the_settings_is_the_only_one_asked_for(names: NameServer, set_: Callable[..., None]) -> None:
    set_(ALERTS__DKIM_SELECTOR="2026q4")

    assert sender()["DKIM"] == ("warn", "there is no key under 2026q4._domainkey.ourco.example")
    assert ("s1._domainkey.ourco.example", "TXT") not in names.asked


def test_a_name_server_that_says_nothing_proves_nothing(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    names.mute.add("ourco.example")
    monkeypatch.setattr("alerts.sender_dns._SECONDS", 0.3)

    found = sender()

    assert list(found) == ["sender"]
    assert found["sender"][0] == "note"


def test_a_sender_that_is_no_address_of_the_internet_is_refused(names: NameServer, set_: Callable[..., None]) -> None:
    set_(ALERTS__SENDER="gonequiet@localhost")

    assert sender()["sender"][0] == "bad"


@pytest.mark.parametrize(
    ("domain", "theirs"), [("gmail.com", True), ("x.onmicrosoft.com", True), ("hotgmail.com", False)]
)
def test_a_domain_of_the_service_is_left_to_it(
    names: NameServer, set_: Callable[..., None], domain: str, theirs: bool
) -> None:
    set_(ALERTS__SENDER=f"ana@{domain}")

    assert (list(sender()) == ["sender"]) == theirs
    assert (names.asked == []) == theirs


def test_offline_asks_no_name_server(names: NameServer) -> None:
    assert sender("--offline") == {}
    assert names.asked == []


def test_mails_by_graph_need_microsoft_in_spf(office: Office, names: NameServer, set_: Callable[..., None]) -> None:
    office.sign_in("--send")
    set_(ALERTS__VIA="graph")
    names.publish("example.org", "v=spf1 include:spf.protection.outlook.com -all")
    names.publish("spf.protection.outlook.com", "v=spf1 ip4:40.92.0.0/15 -all")

    assert sender()["SPF"] == ("good", "example.org lets Microsoft 365 send")
    names.publish("example.org", "v=spf1 mx -all")
    assert sender()["SPF"] == ("warn", "example.org does not let Microsoft 365 send")
