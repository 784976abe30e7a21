"""`gonequiet partners suggest`, and adding what it suggested."""

from __future__ import annotations

import json

import pytest

from models.records import MessageClass
from models.store.store import Store
from tests.cli.partners.scene import Run, read_mail, refused, row


def test_without_our_own_names_suggest_says_how_to_give_them(run: Run) -> None:
    refused(run("suggest"), "gonequiet us example.org", "gonequiet.toml")


def test_before_any_mail_suggest_says_to_import(run: Run, store: Store) -> None:
    result = run("suggest")

    assert result.exit_code == 0
    assert "gonequiet import" in result.output


def test_a_suggestion_can_be_copied_and_is_gone_once_it_is_watched(run: Run, store: Store) -> None:
    read_mail(store, "mail.northwind.example", "gmail.com")
    (line,) = [line.strip() for line in run("suggest").output.splitlines() if "partners add northwind" in line]
    assert line == "gonequiet partners add northwind northwind.example"

    added = run(*line.split()[2:])

    assert added.exit_code == 0
    assert "read again for it at the next `gonequiet run`" in added.output
    assert row(run, "northwind")["domains"] == ["northwind.example"]
    assert json.loads(run("suggest", "--json").output)["suggestions"] == []
    assert store.outside.domains() == []


def test_when_nothing_is_worth_watching_the_reasons_are_given(run: Run, store: Store) -> None:
    read_mail(store, "news.example", kind=MessageClass.BULK)
    read_mail(store, "twice.example", days=2)

    result = run("suggest")

    assert result.exit_code == 0
    assert "1 newsletters, lists and robots" in result.output
    assert "1 fewer than 3 days" in result.output
    assert "gonequiet import PATH" in result.output


def test_suggest_tells_what_a_program_needs(run: Run, store: Store) -> None:
    read_mail(store, "northwind.example", "acme.example")

    found = json.loads(run("suggest", "--limit", "1", "--json").output)

    assert found["more"] == 1
    assert found["suggestions"][0] == {
        "key": "acme",
        "title": "Acme",
        "domains": ["acme.example"],
        "seen": ["acme.example"],
        "inbound": 6,
        "outbound": 6,
        "automatic": 0,
        "days": 6,
        "first": "2026-03-02",
        "last": "2026-03-07",
        "score": found["suggestions"][0]["score"],
        "reason": "6 mails from them and 6 from us on 6 days, 2026-03-02 to 2026-03-07",
        "command": "gonequiet partners add acme acme.example",
    }


@pytest.mark.parametrize(("count", "keys"), [(["2"], ["acme", "beta"]), ([], ["acme", "beta", "gamma"])])
def test_the_first_suggestions_are_added_at_once(run: Run, store: Store, count: list[str], keys: list[str]) -> None:
    read_mail(store, "acme.example", "beta.example", "gamma.example")

    result = run("add", "--owner", "ana@us.example", "--suggested", *count)

    assert result.exit_code == 0
    assert [p["key"] for p in json.loads(run("list", "--json").output)["partners"]] == keys
    assert {p["owner"] for p in json.loads(run("list", "--json").output)["partners"]} == {"ana@us.example"}


def test_a_name_alone_is_looked_up_among_the_suggestions(run: Run, store: Store) -> None:
    read_mail(store, "mail.acme.example")

    assert run("add", "acme").exit_code == 0
    assert row(run, "acme")["domains"] == ["acme.example"]
    refused(run("add", "nobody"), "neither a domain nor an address")
