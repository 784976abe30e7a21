"""The same rows as CSV and as Parquet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow import parquet

from cli.errors import BAD_INPUT
from cli.export import COLUMNS
from cli.main import main
from models.records import Flip, Partner, Reading, Standing, State
from models.settings import load
from models.store.standings import Judgement
from models.store.store import Store

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def filled() -> None:
    store = Store(load().database_url)
    store.partners.add(Partner(key="nw", title="Northwind, Ltd"), now=NOW)
    (watched,) = store.partners.watched()
    standing = Standing(
        partner="nw", state=State.QUIET, since=NOW, judged_at=NOW, chance=0.01, reason='Silent for "9".'
    )
    flip = Flip(partner="nw", old=State.LATE, new=State.QUIET, turned_at=NOW, reason="Silent.")
    reading = Reading(partner="nw", metric="usual_gap", at=NOW, value=2.5, n=12)
    store.standings.save(
        [Judgement(partner_id=watched.id, standing=standing, flips=(flip,), readings=(reading,))], now=NOW
    )
    store.sources.ensure("gmail:ana@us.example", live=True)
    store.close()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("table", list(COLUMNS))
def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path, table: str) -> None:
    for name in ("t.csv", "t.parquet"):
        result = CliRunner().invoke(main, ["export", table, str(tmp_path / name)])
        assert result.exit_code == 0, result.output

    with (tmp_path / "t.csv").open(newline="") as file:
        from_csv = list(csv.DictReader(file))
    from_parquet = parquet.read_table(tmp_path / "t.parquet").to_pylist()

    assert tuple(from_csv[0]) == COLUMNS[table]
    assert len(from_csv) == len(from_parquet) == 1
    for name, value in from_parquet[0].items():
        shown = value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        shown = (
            ""
            if shown is None
            else {True: "true", False: "false"}.get(shown, shown)
            if isinstance(shown, bool)
            else shown
        )
        assert from_csv[0][name] == str(shown)


@pytest.mark.parametrize("name", ["t.xlsx", "missing/t.csv"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["export", "standings", str(tmp_path / name)])

    assert result.exit_code == BAD_INPUT
    assert name.rpartition("/")[2] in result.output
