"""`gonequiet person`: what is kept of somebody, and making them nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT
from cli.main import main
from connectors.base import Page
from models.store.store import Store
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, meeting, message, moment, partner

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Four mails and a call between ana, who owns the partner, and bo."""
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = Store.at(tmp_path / "gonequiet.db")
    store.partners.set_us(["example.org"])
    store.partners.add(partner(owner=OURS), now=moment(0))
    mails = [message(day, side=OUTBOUND if day % 2 else INBOUND, uid=f"<{day}>") for day in range(4)]
    source = store.sources.ensure("archive:x", live=False)
    page = Page(interactions=(*mails, meeting(2)), cursor="1", read_until=moment(5))
    store.pages.save(source, page, store.partners.directory(), now=moment(5))
    store.close()

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return call


def test_what_is_kept_is_shown_row_by_row(run: Run) -> None:
    shown = run("person", "export", THEIRS.upper())
    rows = json.loads(run("person", "export", THEIRS, "--json").output)

    assert shown.exit_code == 0
    assert "mails written: 2" in shown.output
    assert "meetings: 1" in shown.output
    assert [len(rows[name]) for name in ("written", "received", "meetings")] == [2, 2, 1]


def test_who_is_erased_is_nobody(run: Run, tmp_path: Path) -> None:
    erased = run("person", "erase", THEIRS, "--yes")

    assert erased.exit_code == 0
    assert run("person", "export", THEIRS).exit_code == BAD_INPUT
    assert all(THEIRS.encode() not in path.read_bytes() for path in tmp_path.glob("gonequiet.db*"))
    assert run("run").exit_code == 0
    assert "northwind" in run("partners", "list").output


def test_it_asks_before_it_erases(run: Run) -> None:
    unasked = run("person", "erase", THEIRS)

    assert unasked.exit_code == BAD_INPUT
    assert "add --yes" in unasked.output
    assert run("person", "export", THEIRS).exit_code == 0


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("nobody@elsewhere.example", "Nothing is kept of"),
        ("nonsense", "is not a mail address"),
        (OURS, "this is the owner of northwind"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(run: Run, address: str, says: str) -> None:
    refused = run("person", "erase", address, "--yes")

    assert refused.exit_code == BAD_INPUT
    assert says in refused.output
