"""`gonequiet partners`, driven from outside: what is typed, what is said, what is stored."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from models.clock import now
from models.store.store import Store
from tests.cli.partners.scene import Run, refused, row


def test_everything_that_can_be_said_is_kept(run: Run, store: Store) -> None:
    assert run("add", "tamarind", "tamarind.example").exit_code == 0

    said = (
        "--owner Ana@us.example --deputy ben@us.example --zone asia/kolkata --country in --region ka --cadence 7.5 "
        "--category Development --backup tamarind --closed 2026-12-24 --address raj@postbox.example "
        "--answer-within 2d --we-answer-within 90m --meet-every 10 --sponsor Mira@northwind.example "
        "--sponsor eve@us.example"
    ).split()
    result = run("add", "North Wind", "northwind.example", "--hours", "Mon-Fri 09:30-18:30", *said)

    assert result.exit_code == 0, result.output
    shown = row(run, "north-wind")
    assert {name: shown[name] for name in shown if name not in {"state", "since", "absences", "series"}} == {
        "key": "north-wind",
        "title": "North Wind",
        "domains": ["northwind.example"],
        "addresses": ["raj@postbox.example"],
        "owner": "ana@us.example",
        "deputy": "ben@us.example",
        "zone": "Asia/Kolkata",
        "hours": "Mon-Fri 09:30-18:30",
        "learned_hours": False,
        "country": "IN",
        "region": "KA",
        "closed": ["2026-12-24"],
        "cadence": 7.5,
        "category": "development",
        "backup": "tamarind",
        "agreed": {
            "our_answer_hours": 1.5,
            "their_answer_hours": 16.0,
            "meeting_days": 10.0,
            "sponsors": ["eve@us.example", "mira@northwind.example"],
            "series": [],
            "settled": [],
        },
        "paused_until": None,
        "pause_reason": None,
    }
    assert "Mon-Fri 09:30-18:30 Asia/Kolkata" in run("show", "North Wind").output


def test_domains_without_a_name_become_one_partner_each(run: Run, store: Store) -> None:
    result = run("add", "acme.example", "mail.beta.co.uk", "mira.solberg@postbox.example")

    assert result.exit_code == 0, result.output
    found = {
        p["key"]: (p["title"], p["domains"], p["addresses"])
        for p in json.loads(run("list", "--json").output)["partners"]
    }
    assert found == {
        "acme": ("Acme", ["acme.example"], []),
        "beta": ("Beta", ["mail.beta.co.uk"], []),
        "mira-solberg": ("Mira Solberg", [], ["mira.solberg@postbox.example"]),
    }


def test_of_several_one_that_cannot_be_added_stops_all(run: Run, store: Store) -> None:
    refused(run("add", "acme.example", "gmail.com"), "gmail.com")

    assert store.partners.all() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gmail.com"], ["Anybody can have a mailbox", "--address someone@gmail.com"]),
        (["x", "yahoo.gr"], ["Anybody can have a mailbox"]),
        (["x", "co.uk"], ["shared by many organisations"]),
        (["x", "us.example"], ["us.example is our own"]),
        (["x", "--address", "ana@us.example"], ["ana@us.example is one of our own"]),
        (["x", "watched.example"], ["already belongs to the partner watched", "--remove-domain"]),
        (["watched", "new.example"], ["already a partner watched"]),
        (["x", "x.example", "--owner", "joe@x.example"], ["joe@x.example", "alerts must never reach a partner"]),
        (["x", "x.example", "--deputy", "joe@watched.example"], ["The deputy of x", "partner watched"]),
        (["x", "away.example"], ["The owner of watched", "alerts must never reach a partner"]),
        (["x", "x.example", "--owner", "joe"], ["not a mail address"]),
        (["x", "x.example", "--owner", "a@us.example", "--deputy", "a@us.example"], ["both owner and deputy"]),
        (["x", "x.example", "--zone", "Kolkata"], ["Asia/Kolkata"]),
        (["x", "x.example", "--zone", "Mars/Base"], ["not an IANA time zone"]),
        (["x", "x.example", "--hours", "nine to five"], ["Mon-Fri 09:00-17:00"]),
        (["x", "x.example", "--hours", "Mon-Fri 09:00-27:00"], ["not a time of day"]),
        (["x", "x.example", "--country", "XX"], ["ISO 3166-1"]),
        (["x", "x.example", "--country", "DE", "--region", "QQ"], ["regions known for DE", "BY"]),
        (["x", "x.example", "--region", "BY"], ["needs its country"]),
        (["x", "x.example", "--cadence", "0"], ["working days"]),
        (["x", "x.example", "--cadence", "nan"], ["working days"]),
        (["x", "x.example", "--backup", "nobody"], ["no partner 'nobody'"]),
        (["x", "x.example", "--backup", "x"], ["its own backup"]),
        (["x", "x.example", "--title", " "], ["title needs"]),
        (["x"], ["neither a domain nor an address"]),
        ([], ["Whom?"]),
        (["x.example", "North"], ["Put the name first"]),
        (["North", "Wind", "x.example"], ["needs quotes"]),
        (["x", "not_a domain.example"], ["neither a domain nor an address"]),
        (["x", "-bad-.example"], ["not an internet domain"]),
        (["&&&", "x.example"], ["cannot be a partner's key"]),
        (["a.example", "b.example", "--title", "Both"], ["one by one"]),
        (["a.example", "b.example", "--domain", "c.example"], ["Put a name in front"]),
        (["x", "--suggested", "3"], ["leave out names"]),
        (["--suggested", "0"], ["takes a number"]),
        (["--suggested"], ["nothing to add"]),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    run: Run, store: Store, arguments: list[str], words: list[str]
) -> None:
    assert run("add", "watched", "watched.example", "--owner", "boss@away.example").exit_code == 0
    before = store.partners.all()

    result = run("add", *(["--", *arguments] if arguments[1:2] == ["-bad-.example"] else arguments))

    refused(result, *words)
    assert store.partners.all() == before


def test_a_reader_named_in_the_settings_cannot_become_a_partner(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONEQUIET_ALERTS__OPERATOR", "ops@hosting.example")

    refused(run("add", "hosting.example"), "ops@hosting.example", "alerts must never reach a partner")


def test_editing_changes_what_is_named_and_keeps_the_rest(run: Run, store: Store) -> None:
    run("add", "acme", "acme.example", "--zone", "Europe/Paris", "--cadence", "5", "--hours", "Mon-Thu 08:00-16:00")

    result = run("edit", "acme.example", "--domain", "acme.co.uk", "--owner", "ana@us.example", "--clear", "cadence")

    assert result.exit_code == 0
    assert "acme domains: acme.example -> acme.co.uk, acme.example" in result.output
    assert "acme cadence: 5 -> -" in result.output
    assert "read again" in result.output
    shown = row(run, "acme")
    assert (shown["domains"], shown["cadence"], shown["owner"]) == (
        ["acme.example", "acme.co.uk"],
        None,
        "ana@us.example",
    )
    assert (shown["zone"], shown["hours"], shown["learned_hours"]) == ("Europe/Paris", "Mon-Thu 08:00-16:00", False)
    run("edit", "acme", "--clear", "hours", "--remove-domain", "acme.example")
    assert row(run, "acme")["learned_hours"] is True
    assert row(run, "acme")["domains"] == ["acme.co.uk"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["Nothing to change"]),
        (["--title", "Acme"], ["Nothing to change"]),
        (["--remove-domain", "other.example"], ["has no domain other.example"]),
        (["--remove-domain", "acme.example"], ["neither a domain nor an address"]),
        (["--cadence", "3", "--clear", "cadence"], ["contradict"]),
        (["--owner", "joe@acme.example"], ["alerts must never reach a partner"]),
        (["--domain", "beta.example"], ["already belongs to the partner beta"]),
        (["--country", "IN", "--region", "BY"], ["regions known for IN"]),
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(run: Run, store: Store, arguments: list[str], words: list[str]) -> None:
    run("add", "acme.example", "beta.example")
    before = store.partners.all()

    refused(run("edit", "acme", *arguments), *words)
    assert store.partners.all() == before


def test_an_unknown_partner_is_told_with_the_nearest_names(run: Run, store: Store) -> None:
    refused(run("show", "northwind"), "no partner 'northwind'", "gonequiet import")
    run("add", "northwind.example")

    for command in (["show"], ["edit"], ["pause", "--until", "2w"], ["resume"], ["remove", "--yes"]):
        refused(run(*command, "nortwind"), "did you mean northwind?")


def test_a_pause_is_an_absence_that_ends_by_itself_or_by_hand(run: Run, store: Store) -> None:
    run("add", "acme.example")
    today = now().date()

    result = run("pause", "acme", "--until", "3w", "--reason", "summer closing")

    assert result.exit_code == 0
    until = today + timedelta(weeks=3)
    assert (row(run, "acme")["paused_until"], row(run, "acme")["pause_reason"]) == (until.isoformat(), "summer closing")
    (absence,) = store.partners.absences("acme")
    assert (absence.since, absence.until, absence.person) == (today, until, None)
    assert f"paused until {until}" in run("list").output
    assert "summer closing" in run("show", "acme").output

    assert run("resume", "acme").exit_code == 0
    assert row(run, "acme")["paused_until"] is None
    assert [a.until for a in store.partners.absences("acme")] == [today]
    refused(run("resume", "acme"), "not paused")


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "0d", "2026-13-01", ""])
def test_a_pause_ends_in_the_future(run: Run, store: Store, until: str) -> None:
    run("add", "acme.example")

    refused(run("pause", "acme", "--until", until))
    assert row(run, "acme")["paused_until"] is None


def test_removing_asks_first(run: Run, store: Store) -> None:
    run("add", "acme.example")

    kept = run("remove", "acme", typed="n\n")

    assert "Nothing was changed." in kept.output
    assert [p.key for p in store.partners.all()] == ["acme"]
    assert run("remove", "acme", typed="y\n").exit_code == 0
    assert store.partners.all() == []


def test_a_backup_is_not_removed_under_another_partner(run: Run, store: Store) -> None:
    run("add", "acme.example")
    run("add", "beta.example", "--backup", "acme")

    refused(run("remove", "acme", "--yes"), "backup of beta", "--clear backup")
    run("edit", "beta", "--clear", "backup")
    assert run("remove", "acme", "--yes").exit_code == 0


def test_the_list_names_partners_nobody_owns(run: Run, store: Store) -> None:
    assert "No partner is watched yet" in run("list").output
    run("add", "acme.example", "--owner", "ana@us.example")
    run("add", "beta", "beta.example", "beta.co.uk", "--cadence", "10")

    lines = run("list").output.splitlines()

    assert lines[0].split() == ["key", "who", "owner", "zone", "every", "standing"]
    assert "beta.example +1" in lines[2]
    assert "10 d" in lines[2]
    assert any("1 partner without an owner" in line and "beta" in line for line in lines)


def test_after_a_change_everyone_is_judged_anew(run: Run, store: Store) -> None:
    run("add", "acme.example")
    horizon = datetime(2100, 1, 1, tzinfo=UTC)

    assert store.standings.due(horizon) == ["acme"]


def test_a_settings_file_that_cannot_be_used_is_one_refusal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gonequiet.toml").write_text("colour = 'red'\n")

    refused(run("list"), "gonequiet.toml", "colour: is not a setting")


def test_a_database_that_is_none_is_one_refusal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gonequiet.db").write_bytes(b"not a database at all, but long enough to have a header" * 40)

    refused(run("list"), "is not a database")


def test_the_settings_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    chosen = tmp_path / "own.toml"
    chosen.write_text('us = ["us.example"]\n')

    result = CliRunner().invoke(main, ["--config", str(chosen), "partners", "suggest"])

    assert result.exit_code == 0
    missing = CliRunner().invoke(main, ["--config", str(tmp_path / "none.toml"), "partners", "list"])
    refused(missing, "o settings file")


def test_dates_in_the_future_are_local_dates() -> None:
    from cli.partner_checks import day_ahead  # noqa: PLC0415

    assert day_ahead("2w", today=date(2026, 2, 20)) == date(2026, 3, 6)
    assert day_ahead(" 2026-03-01 ", today=date(2026, 2, 28)) == date(2026, 3, 1)


def test_a_narrow_terminal_shows_less_of_the_list(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "acme.example", "--owner", "somebody.with.a.long.name@us.example", "--zone", "America/Los_Angeles")
    monkeypatch.setenv("COLUMNS", "80")

    lines = run("list").output.splitlines()

    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["key", "who", "owner", "every", "standing"]
