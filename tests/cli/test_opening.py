"""Opening the house: what cannot be opened is refused in one sentence, whenever it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.errors import BAD_INPUT, TRY_LATER, Refusal, TryLater
from cli.opening import load_settings, opened
from models.records import Partner, Side
from models.settings import Settings
from models.store.database import StoreBusy, StoreError

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    return Settings(us=("us.example",))


def test_our_names_come_from_store_settings_and_command_line(settings: Settings) -> None:
    with opened(("@Now.Example",), settings=settings) as house:
        house.store.partners.set_us(["stored.example"])

        assert house.us == ("now.example", "stored.example", "us.example")
        assert house.directory.side("ana@now.example") is Side.US
        assert house.directory.side("ana@us.example") is Side.US


def test_the_directory_knows_a_partner_added_a_moment_ago(settings: Settings) -> None:
    with opened(settings=settings) as house:
        before = house.directory.side("joe@acme.example")
        house.store.partners.add(Partner(key="acme", title="Acme", domains=("acme.example",)), now=NOW)

        assert (before, house.directory.side("joe@acme.example")) == (Side.OTHER, Side.PARTNER)


@pytest.mark.parametrize("name", ["acme", "ACME", " Acme & Sons ", "acme.example", "mira@postbox.example"])
def test_a_partner_is_found_by_whatever_names_it(settings: Settings, name: str) -> None:
    acme = Partner(key="acme", title="Acme & Sons", domains=("acme.example",), addresses=("mira@postbox.example",))
    with opened(settings=settings) as house:
        house.store.partners.add(acme, now=NOW)

        assert house.partner(name).key == "acme"


def test_a_key_beats_another_partners_title(settings: Settings) -> None:
    with opened(settings=settings) as house:
        house.store.partners.add(Partner(key="a", title="acme", domains=("a.example",)), now=NOW)
        house.store.partners.add(Partner(key="acme", title="Other", domains=("b.example",)), now=NOW)

        assert house.partner("acme").title == "Other"


@pytest.mark.parametrize(
    ("trouble", "refusal", "code"), [(StoreBusy, TryLater, TRY_LATER), (StoreError, Refusal, BAD_INPUT)]
)
def test_trouble_with_the_database_inside_the_block_is_a_refusal(
    settings: Settings, trouble: type[StoreError], refusal: type[Refusal], code: int
) -> None:
    with pytest.raises(refusal, match=r"^The database is away") as caught, opened(settings=settings):
        raise trouble("the database is away")

    assert caught.value.exit_code == code


def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path / "file" / "data"))

    with pytest.raises(Refusal, match="cannot be made"), opened():
        pass


def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text('colour = "red"\nzone = "Mars/Base"\n')

    with pytest.raises(Refusal) as caught:
        load_settings(config)

    assert "colour" in caught.value.message
    assert "Mars/Base" in caught.value.message
