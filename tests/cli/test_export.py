"""The same rows as CSV and as Parquet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow import parquet

from cli.errors import BAD_INPUT
from cli.export import COLUMNS
from cli.main import main
from connectors.base import Page
from models.records import Concern, Flip, Message, Partner, Person, Reading, Side, Standing, State
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
    reading = Reading(partner="nw", metric="usual_gap", at=NOW, value=2.5, n=12, at_least=True)
    concern = Concern(
        partner="nw",
        name="silent_person",
        subject="bo@nw.example",
        side=Side.PARTNER,
        since=NOW,
        until=None,
        seen_at=NOW,
        sentence="bo is silent.",
        value=9.0,
        n=1,
    )
    judgement = Judgement(
        partner_id=watched.id, standing=standing, flips=(flip,), readings=(reading,), concerns=(concern,)
    )
    store.standings.save([judgement], now=NOW)
    source = store.sources.ensure("gmail:ana@us.example", live=True)
    store.pages.save(source, Page(read_until=NOW), store.partners.directory(["us.example"]), now=NOW)
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


def test_the_overview_measures_both_sides(tmp_path: Path) -> None:
    store = Store(load().database_url)
    store.partners.add(Partner(key="nw", title="Northwind", domains=("nw.example",)), now=NOW)
    ana, raj = Person(address="ana@us.example"), Person(address="raj@nw.example")
    mails = []
    for n in range(5):
        asked = NOW - timedelta(days=7 * n)
        for k, (at, sender, to) in enumerate(((asked, ana, raj), (asked + timedelta(hours=2), raj, ana))):
            mails.append(
                Message(
                    source="gmail:a",
                    external_id=f"{n}-{k}",
                    uid=f"<{n}-{k}@x>",
                    at=at,
                    sender=sender,
                    to=(to,),
                    references=(f"<{n}-0@x>",) if k else (),
                )
            )
    source = store.sources.ensure("gmail:a", live=True)
    page = Page(interactions=tuple(mails), read_until=NOW + timedelta(days=1))
    store.pages.save(source, page, store.partners.directory(["us.example"]), now=NOW)
    store.close()

    result = CliRunner().invoke(main, ["export", "overview", str(tmp_path / "o.csv")])

    assert result.exit_code == 0, result.output
    with (tmp_path / "o.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["mails_from_them"], row["mails_from_us"], row["contact_days"]) == ("5", "5", "5")
    assert (row["their_answers"], row["their_usual_answer_hours"], row["usual_gap"]) == ("5", "2.0", "5.0")


@pytest.mark.parametrize("name", ["t.xlsx", "missing/t.csv"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["export", "standings", str(tmp_path / name)])

    assert result.exit_code == BAD_INPUT
    assert name.rpartition("/")[2] in result.output
