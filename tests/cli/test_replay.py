"""`gonequiet replay`, driven from outside."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT, OK
from cli.main import main

Run = Callable[..., Result]
DAY = 86_400
MONDAY = 20_514 * DAY  # 2 March 2026


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["replay", *arguments])

    return call


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    lines = [f"us,acme,{MONDAY + 7 * DAY * week + 36_000},in,bo,{week}," for week in range(20)]
    path.write_text("\n".join(["us,partner,ts,dir,person,msg,in_reply_to", *lines]) + "\n", encoding="utf-8")
    return path


def test_alarms_of_a_file_are_written(run: Run, events: Path, tmp_path: Path) -> None:
    result = run("--events", str(events), "--until", "2026-12-31", "--out", "alarms.csv")

    assert result.exit_code == OK
    assert "1 alarm written to alarms.csv" in result.output
    with (tmp_path / "alarms.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["us"], row["partner"]) == ("us", "acme")
    assert MONDAY + 7 * DAY * 20 <= int(row["alarm_ts"]) < MONDAY + 7 * DAY * 22
    assert row["text"].startswith("Word from them every 5 working days on average")


def test_without_out_the_alarms_are_shown_also_as_json(run: Run, events: Path) -> None:
    shown = run("--events", str(events), "--until", "2026-12-31")
    (row,) = json.loads(run("--events", str(events), "--until", "2026-12-31", "--json").output)

    assert "us <- acme: Word from them" in shown.output
    assert row["partner"] == "acme"
    assert row["at"].startswith("2026-07")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--events", "absent.csv"], "absent.csv cannot be read"),
        (["--events", "events.csv", "--until", "soon"], "--until 'soon' is not a date"),
        (["--events", "events.csv", "--out", "no/such/folder.csv"], "cannot be written"),
        (["--events", "events.csv", "--months", "3"], "choose one"),
        (["--until", "2026-12-31"], "--events FILE.csv"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(run: Run, events: Path, arguments: list[str], says: str) -> None:
    assert events.exists()

    result = run(*arguments)

    assert result.exit_code == BAD_INPUT
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_bad_line_is_named_and_nothing_is_written(run: Run, events: Path, tmp_path: Path) -> None:
    with events.open("a", encoding="utf-8") as file:
        file.write("us,acme,yesterday,in,bo,99,\n")

    result = run("--events", str(events), "--out", "alarms.csv")

    assert result.exit_code == BAD_INPUT
    assert "events.csv, line 22: ts 'yesterday' is not whole Unix seconds" in result.output
    assert not (tmp_path / "alarms.csv").exists()


def test_a_store_without_partners_says_what_to_do_next(run: Run) -> None:
    result = run("--months", "6")

    assert result.exit_code == OK
    assert "No partner is watched yet." in result.output
    assert json.loads(run("--json").output)["alerts"] == []


def test_a_file_is_replayed_without_orchestrator_database_or_numpy(events: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from cli.main import main\n"
        f"main(['replay', '--events', {str(events)!r}, '--out', {str(tmp_path / 'a.csv')!r}], standalone_mode=False)\n"
        "heavy = {'prefect', 'sqlalchemy', 'numpy', 'pydantic', 'holidays'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_the_public_company_stream_is_replayed(run: Run, shared_data: Path, tmp_path: Path) -> None:
    weekly = shared_data / "streams" / "synth-weekly.csv.xz"

    result = run("--events", str(weekly), "--out", "alarms.csv")

    assert result.exit_code == OK
    with (tmp_path / "alarms.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert 0 < len(rows) < 200
    assert {row["us"] for row in rows} == {"us"}
