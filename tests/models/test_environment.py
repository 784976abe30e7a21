"""Settings from the environment: nested, checked, and every problem told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.settings import Settings, SettingsError, load


@pytest.mark.parametrize(
    "text",
    [
        "one.example,two.example",
        "one.example two.example",
        " one.example, two.example ",
        '["one.example", "two.example"]',
    ],
)
def test_a_list_of_names_is_json_or_words(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("GONEQUIET_US", text)

    assert load().us == ("one.example", "two.example")


def test_an_address_with_commas_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_ALERTS__APPRISE", "mailto://u@h?to=a,b")

    assert [secret.get_secret_value() for secret in load().alerts.apprise] == ["mailto://u@h?to=a,b"]


def test_a_variable_beats_the_file_and_leaves_the_rest_of_its_section(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[alerts]\nhost = "file.example"\nport = 25\n')
    monkeypatch.setenv("GONEQUIET_ALERTS__HOST", "variable.example")

    alerts = load(config).alerts

    assert (alerts.host, alerts.port) == ("variable.example", 25)


def test_a_section_may_be_json_and_its_single_settings_beat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_ALERTS", '{"host": "whole.example", "port": 25}')
    monkeypatch.setenv("GONEQUIET_ALERTS__PORT", "465")

    alerts = load().alerts

    assert (alerts.host, alerts.port) == ("whole.example", 465)


def test_readers_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_READERS", '{"ana@us.example": {"zone": "Europe/Berlin"}}')

    assert load().hours_of("Ana@us.example").zone == "Europe/Berlin"


def test_a_secret_stands_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("hunter2\n")
    monkeypatch.setenv("GONEQUIET_ALERTS__USERNAME", "ana")
    monkeypatch.setenv("GONEQUIET_ALERTS__PASSWORD_FILE", str(tmp_path / "smtp"))

    password = load().alerts.password

    assert password is not None
    assert password.get_secret_value() == "hunter2"


def test_a_setting_that_names_a_file_is_not_read_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONEQUIET_GOOGLE__CA_FILE", str(tmp_path / "ca.pem"))

    assert load().google.ca_file == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("COLOUR", "red", "GONEQUIET_COLOUR: is not a setting"),
        ("ALERTS__HOTS", "x", "GONEQUIET_ALERTS__HOTS: is not a setting"),
        ("ZONE__NAME", "x", "GONEQUIET_ZONE__NAME: is not a setting"),
        ("", "x", "GONEQUIET_: is not a setting"),
        ("_FILE", "x", "GONEQUIET__FILE: is not a setting"),
        ("ALERTS", '{"hots": "x"}', "alerts.hots: is not a setting"),
        ("ALERTS", "not json", "alerts: must be a section"),
        ("US", "[not json", "us: must be a list"),
        ("ALERTS__PORT", "many", "alerts.port: must be a whole number"),
        ("ALERTS__PASSWORD_FILE", "/nowhere/at/all", "GONEQUIET_ALERTS__PASSWORD_FILE: [Errno 2]"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(f"GONEQUIET_{name}", value)
    monkeypatch.setenv("GONEQUIET_JUDGE__STRICTNESS", "7")

    with pytest.raises(SettingsError) as caught:
        load()

    assert problem in str(caught.value)
    assert "judge.strictness: " in str(caught.value)


def test_a_section_that_is_no_section_beside_its_settings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_ALERTS", "nonsense")
    monkeypatch.setenv("GONEQUIET_ALERTS__HOST", "x.example")

    with pytest.raises(SettingsError, match="alerts: must be a section"):
        load()


def test_the_environment_beats_what_a_program_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_ZONE", "Europe/Dublin")

    assert Settings(zone="Asia/Kolkata").zone == "Europe/Dublin"
