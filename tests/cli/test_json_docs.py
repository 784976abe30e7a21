"""What `--json` and `export` print is what docs/json.md describes, field by field, in both directions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.export import COLUMNS
from cli.main import main
from connectors.base import Page
from metrics.registry import BY_NAME
from models.clock import now
from models.store.store import Store
from tests.factories import moment
from tests.metrics.busy_partner import HORIZON_DAY, busy_partner, busy_year

pytestmark = pytest.mark.long

DOCS = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The busy partner, judged three times, with everything in it that can be printed; no test changes it."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        _live_in(folder, patch)
        _fill(folder)
    return folder


@pytest.fixture(autouse=True)
def _store(_house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _live_in(_house, monkeypatch)


def _live_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("GONEQUIET_DATA", str(folder))
    patch.setenv("GONEQUIET_US", "example.org")
    patch.setenv("COLUMNS", "80")
    patch.chdir(folder)


def _fill(folder: Path) -> None:
    store = Store.at(folder / "gonequiet.db")
    store.partners.add(busy_partner().__class__(key="southwind", title="Southwind"), now=moment(0))
    store.partners.add(busy_partner(), now=moment(0))
    for day in (100, 200, HORIZON_DAY):
        edge = moment(day)
        items = tuple(i for i in busy_year() if (i.seen_at if hasattr(i, "seen_at") else i.at) <= edge)
        source = store.sources.ensure("archive:x", live=False)
        directory = store.partners.directory(["example.org"])
        store.pages.save(source, Page(interactions=items, cursor="1", read_until=edge), directory, now=now())
        assert CliRunner().invoke(main, ["run"]).exit_code == 0
    store.close()


def printed(*command: str) -> Any:
    result = CliRunner().invoke(main, [*command, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def section(title: str) -> str:
    """The part of the page about one command."""
    found = re.search(rf"^## `gonequiet {re.escape(title)}.*?(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found.group(0)


def described(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def keys_of(value: Any) -> set[str]:
    """Every field name in it; names of metrics and reasons are values there, not fields."""
    if isinstance(value, dict):
        named = {key for key in value if key not in BY_NAME}
        return named.union(*(keys_of(v) for k, v in value.items() if k != "evidence"), set())
    if isinstance(value, list):
        return set().union(*(keys_of(v) for v in value))
    return set()


def test_status_prints_what_is_described() -> None:
    status = printed("status")

    assert keys_of(status) - described(section("status")) == set()
    by_key = {partner["key"]: partner for partner in status["partners"]}
    assert len(by_key["northwind"]["signals"]) > 80
    assert by_key["northwind"]["concerns"]
    assert by_key["southwind"]["state"] in {"new", "unjudged"}


def test_explain_prints_what_is_described() -> None:
    explained = printed("explain", "northwind")

    known = described(section("status")) | described(section("explain"))
    assert keys_of(explained) - known == set()
    for name in re.findall(r"^\| `(\w+)`", section("explain PARTNER"), re.MULTILINE):
        assert name in explained
    assert explained["answers_they_owe"]
    assert {"since", "hours", "due_hours"} <= explained["answers_they_owe"][0].keys()


def test_every_field_described_of_a_partner_is_printed() -> None:
    table = section("status").partition("| field of a partner")[2].partition("| field of a concern")[0]
    fields = {name for row in re.findall(r"^\| ((?:`\w+`,? ?)+) \|", table, re.MULTILINE) for name in described(row)}

    (northwind,) = [p for p in printed("status")["partners"] if p["key"] == "northwind"]

    assert fields
    assert fields - northwind.keys() == set()


def test_partners_print_what_is_described() -> None:
    assert keys_of(printed("partners", "show", "northwind")) - described(section("partners")) == set()
    assert keys_of(printed("partners", "list")) - described(section("partners")) == {"partners"}


@pytest.mark.parametrize("table", list(COLUMNS))
def test_the_columns_of_an_export_are_described(table: str) -> None:
    row = re.search(rf"^\| `{table}` \| (.*) \|$", section("export"), re.MULTILINE)

    assert row is not None
    assert tuple(re.findall(r"`(\w+)`", row.group(1))) == COLUMNS[table]


def test_the_signals_of_status_explain_and_export_agree(tmp_path: Path) -> None:
    status, explained = printed("status"), printed("explain", "northwind")
    (northwind,) = [p for p in status["partners"] if p["key"] == "northwind"]
    assert CliRunner().invoke(main, ["export", "readings", str(tmp_path / "r.csv")]).exit_code == 0
    lines = (tmp_path / "r.csv").read_text().splitlines()

    assert northwind["signals"] == explained["signals"]
    assert len({line.split(",")[3] for line in lines[1:]}) == 3
    for name, found in explained["signals"].items():
        floor = "true" if found["at_least"] else "false"
        assert any(line.startswith(f"northwind,{name},") and line.endswith(f",{floor}") for line in lines)


def test_accounts_letters_and_names_print_what_is_described() -> None:
    for command in (["us"], ["accounts"], ["alerts", "list"]):
        assert keys_of(printed(*command)) - described(section(" ".join(command))) == set()


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize(
    "arguments", [["explain", "northwind"], ["explain", "northwind", "--all"], ["status"], ["replay"]], ids=" ".join
)
def test_nothing_is_wider_than_a_terminal(arguments: list[str], columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0
    assert [line for line in result.output.splitlines() if len(line) > columns] == []
