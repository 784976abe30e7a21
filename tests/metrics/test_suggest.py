"""What is worth watching: organisations whose people and ours write to each other on several days."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.suggest import (
    MIN_DAYS,
    Suggestions,
    is_free_mail,
    is_public_suffix,
    organisation_of,
    slug_of,
    suggest,
    title_of,
)
from models.directory import Directory
from models.records import Partner, Side

LAST = date(2026, 3, 31)
US = ("us.example",)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Traffic that is worth watching unless a test says otherwise."""

    name: str = "northwind.example"
    inbound: int = 20
    outbound: int = 15
    automatic: int = 3
    first: date = date(2026, 1, 1)
    last: date = LAST
    days: int = 12


def keys(found: Suggestions) -> list[str]:
    return [one.key for one in found.worth]


def test_two_way_traffic_on_several_days_is_worth_watching() -> None:
    (one,) = suggest([Counts()], us=US).worth

    assert one.command == "gonequiet partners add northwind northwind.example"
    assert one.title == "Northwind"
    assert one.reason == "20 mails from them and 15 from us on 12 days, 2026-01-01 to 2026-03-31"


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (Counts(outbound=0), "one-way"),
        (Counts(inbound=1), "one-way"),
        (Counts(days=MIN_DAYS - 1), "fewer than 3 days"),
        (Counts(inbound=0, outbound=0, automatic=300), "newsletters, lists and robots"),
        (Counts(inbound=3, outbound=3, automatic=500), "newsletters, lists and robots"),
        (Counts(name="gmail.com"), "free mail"),
        (Counts(name="yahoo.gr"), "free mail"),
        (Counts(name="eu.hotmail.com"), "free mail"),
        (Counts(name="mailhost"), "not an internet domain"),
        (Counts(name="exchange.local"), "not an internet domain"),
        (Counts(name="[10.0.0.1]"), "not an internet domain"),
        (Counts(name="a..b.example"), "not an internet domain"),
        (Counts(name="10.0.0.1"), "not an internet domain"),
    ],
)
def test_what_is_not_worth_watching_is_left_out_with_its_reason(counts: Counts, why: str) -> None:
    found = suggest([counts], us=US)

    assert found.worth == ()
    assert found.left_out == {why: 1}


def test_parts_of_one_organisation_are_added_up() -> None:
    london = Counts(name="london.acme.co.uk", inbound=9, outbound=0, days=4, first=date(2025, 5, 1))
    mail = Counts(name="mail.acme.co.uk", inbound=1, outbound=7, days=5)

    (one,) = suggest([london, mail], us=US).worth

    assert (one.key, one.domains, one.seen) == ("acme", ("acme.co.uk",), ("london.acme.co.uk", "mail.acme.co.uk"))
    assert (one.inbound, one.outbound, one.days, one.first) == (10, 7, 5, date(2025, 5, 1))


def test_a_part_of_an_organisation_we_belong_to_is_named_exactly() -> None:
    (one,) = suggest([Counts(name="physics.uni.example")], us=("biology.uni.example",)).worth

    assert one.domains == ("physics.uni.example",)


def test_what_is_watched_already_is_not_suggested_and_its_sisters_are_named_exactly() -> None:
    partner = Partner(key="acme", title="Acme", domains=("eu.acme.example",))

    found = suggest([Counts(name="eu.acme.example"), Counts(name="us.acme.example")], us=US, partners=[partner])

    (one,) = found.worth
    assert one.domains == ("us.acme.example",)
    assert one.key == "acme-example"


def test_keys_are_never_given_twice() -> None:
    found = suggest([Counts(name=f"acme.{end}") for end in ("com", "de", "example")], us=US)

    assert sorted(keys(found)) == ["acme", "acme-de", "acme-example"]


def test_more_days_both_ways_and_lately_come_first() -> None:
    found = suggest(
        [
            Counts(name="old.example", last=LAST - timedelta(days=700)),
            Counts(name="lopsided.example", inbound=33, outbound=2),
            Counts(name="rare.example", days=3),
            Counts(name="best.example", days=60),
        ],
        us=US,
    )

    assert keys(found)[0] == "best"
    assert set(keys(found)) == {"best", "rare", "lopsided", "old"}
    assert [one.score for one in found.worth] == sorted((one.score for one in found.worth), reverse=True)


def test_an_old_archive_is_judged_by_its_own_time() -> None:
    old = [replace(c, last=c.last - timedelta(days=9000)) for c in (Counts(), Counts(name="b.example", days=3))]

    assert suggest(old, us=US).worth[0].score == suggest([Counts()], us=US).worth[0].score


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    organisation_of.cache_clear()

    assert organisation_of("a.b.example.co.uk") == "example.co.uk"


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("northwind.example", "northwind.example"),
        ("x.y.northwind.example", "northwind.example"),
        ("shop.acme.uk.com", "acme.uk.com"),
        ("someone.github.io", "someone.github.io"),
        ("mail.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ],
)
def test_the_registrable_domain_is_found(domain: str, organisation: str) -> None:
    assert organisation_of(domain) == organisation


def test_suffixes_and_free_mail_are_told_apart_from_organisations() -> None:
    assert is_public_suffix("co.uk")
    assert not is_public_suffix("acme.co.uk")
    assert not is_public_suffix("northwind.example")
    assert is_free_mail("mail.yahoo.co.jp")
    assert not is_free_mail("northwind.example")


def test_names_and_keys_are_guessed_from_domains() -> None:
    assert title_of("north-wind.example") == "North Wind"
    assert slug_of(" North  Wind & Söhne_GmbH ") == "north-wind-söhne-gmbh"
    assert slug_of("&&") == ""


NAMES = st.sampled_from(["a.example", "m.a.example", "b.co.uk", "c.de", "gmail.com", "us.example", "x", "yahoo.fi"])


@given(
    st.lists(
        st.builds(
            Counts,
            name=NAMES,
            inbound=st.integers(0, 40),
            outbound=st.integers(0, 40),
            automatic=st.integers(0, 900),
            days=st.integers(0, 30),
        ),
        unique_by=lambda counts: counts.name,
    )
)
def test_every_suggestion_is_two_way_has_its_own_key_and_maps_to_a_partner(traffic: list[Counts]) -> None:
    found = suggest(traffic, us=US)

    assert len({one.key for one in found.worth}) == len(found.worth)
    partners = [Partner(key=one.key, title=one.title, domains=one.domains) for one in found.worth]
    directory = Directory(US, partners)
    for one in found.worth:
        assert min(one.inbound, one.outbound) >= 2
        assert all(directory.place(f"x@{name}").partner == one.key for name in one.seen)
        assert directory.side("ana@us.example") is Side.US
    assert suggest(list(reversed(traffic)), us=US) == found
