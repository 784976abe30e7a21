"""What was agreed with a partner: set by commands, shown again, and heard by the signals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT
from cli.main import main
from connectors.base import Page
from models.records import Interaction
from models.store.store import Store
from tests.factories import OURS, OUTBOUND, meeting, message, moment, partner

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return call


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Ten answered mails, one that waits since day 20, and a weekly call; read up to day 22."""
    opened = Store.at(tmp_path / "gonequiet.db")
    opened.partners.set_us(["example.org"])
    opened.partners.add(partner(owner=OURS, deputy="eve@example.org"), now=moment(0))
    items: list[Interaction] = [message(20, 9, uid="<open>", sender="ed@northwind.example")]
    for day in range(0, 19, 2):
        items += [message(day, 9, uid=f"<{day}>"), message(day, 14, side=OUTBOUND, answers=f"<{day}>")]
    items += [meeting(day, 15, series="weekly") for day in (1, 8, 15)]
    source = opened.sources.ensure("archive:x", live=False)
    read = Page(interactions=tuple(items), cursor="1", read_until=moment(22))
    opened.pages.save(source, read, opened.partners.directory(), now=moment(22))
    yield opened
    opened.close()


def explained(run: Run) -> dict[str, Any]:
    assert run("run").exit_code == 0
    found: dict[str, Any] = json.loads(run("explain", "northwind", "--json").output)
    return found


def finding(explained: dict[str, Any], name: str) -> dict[str, Any]:
    return next(f for f in explained["findings"] if f["name"] == name)


def edit(run: Run, *arguments: str) -> Result:
    return run("partners", "edit", "northwind", *arguments)


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == BAD_INPUT
    assert all(word in result.output for word in words), result.output


def test_a_promise_of_ours_decides_when_an_answer_is_late(run: Run, store: Store) -> None:
    before = explained(run)
    said = edit(run, "--we-answer-within", "2h")
    after = explained(run)

    assert before["signals"]["our_reply_rate"]["value"] > 0.9
    assert "northwind we answer within: - -> 2 working hours" in said.output
    assert after["signals"]["our_reply_rate"]["value"] < 0.2
    assert finding(after, "our_reply_rate")["level"] == "concern"


def test_it_is_shown_and_can_be_taken_back(run: Run, store: Store) -> None:
    edit(run, "--answer-within", "2d", "--meet-every", "10", "--sponsor", "Ed@northwind.example")
    shown = run("partners", "show", "northwind").output

    assert "they answer within  16 working hours\n" in shown
    assert "we answer within    8 working hours (usual target)" in shown
    assert "a meeting every     10 working days" in shown
    assert "sponsors            ed@northwind.example" in shown

    taken = edit(run, "--clear", "answer-within", "--clear", "sponsor")

    assert "they answer within: 16 working hours -> -" in taken.output
    assert json.loads(run("partners", "show", "northwind", "--json").output)["agreed"]["sponsors"] == []


def test_a_sponsor_is_heard_of_in_the_signals(run: Run, store: Store) -> None:
    assert "their_sponsor_age" not in explained(run)["signals"]

    edit(run, "--sponsor", "ed@northwind.example")

    assert explained(run)["signals"]["their_sponsor_age"]["n"] == 1


def test_a_standing_meeting_is_tagged_by_its_id(run: Run, store: Store) -> None:
    assert "review_age" not in explained(run)["signals"]
    series = json.loads(run("partners", "show", "northwind", "--json").output)["series"]
    short = series[0]["id"][:8]
    assert [one["times"] for one in series] == [3]
    assert f"{short}: 3 instances" in run("partners", "show", "northwind").output

    assert edit(run, "--series", f"{short}=review").exit_code == 0

    assert explained(run)["signals"]["review_age"]["n"] == 3
    assert ", review" in run("partners", "show", "northwind").output
    assert edit(run, "--series", f"{short}=none").exit_code == 0
    assert "review_age" not in explained(run)["signals"]


def test_a_mail_that_needs_no_answer_is_settled_by_its_id(run: Run, store: Store) -> None:
    before = explained(run)
    (waiting,) = before["answers_we_owe"]
    assert waiting["asker"] == "ed@northwind.example"
    assert waiting["id"][:8] in run("explain", "northwind").output

    assert edit(run, "--settle", waiting["id"][:8]).exit_code == 0

    after = explained(run)
    assert after["answers_we_owe"] == []
    assert after["signals"]["awaiting_us"]["value"] == before["signals"]["awaiting_us"]["value"] - 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--answer-within", "soon"], ["4h or 2d"]),
        (["--answer-within", "0h"], ["4h or 2d"]),
        (["--we-answer-within", "30d"], ["up to 20d"]),
        (["--sponsor", "mira"], ["not a mail address"]),
        (["--meet-every", "0"], ["number of working days"]),
        (["--series", "abcdef=review"], ["no standing meeting"]),
        (["--series", "abcdef"], ["ID=KIND"]),
        (["--series", "abcdef=party"], ["review, goals, status"]),
        (["--settle", "abcdef01"], ["no mail that waits"]),
        (["--answer-within", "1d", "--clear", "answer-within"], ["contradict"]),
    ],
)
def test_what_cannot_be_agreed_is_refused_in_one_sentence(
    run: Run, store: Store, arguments: list[str], words: list[str]
) -> None:
    run("run")

    refused(edit(run, *arguments), *words)


def test_the_usual_targets_are_settings(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert explained(run)["signals"]["our_reply_rate"]["value"] > 0.9

    monkeypatch.setenv("GONEQUIET_TARGETS__OUR_ANSWER_HOURS", "2")

    assert explained(run)["signals"]["our_reply_rate"]["value"] < 0.2
    assert "2 working hours (usual target)" in run("partners", "show", "northwind").output


def test_status_tells_our_side_too(run: Run, store: Store) -> None:
    source = store.sources.ensure("archive:x", live=False)
    store.pages.save(source, Page(cursor="2", read_until=moment(25)), store.partners.directory(), now=moment(25))
    explained(run)

    shown = run("status").output

    assert "Our side:" in shown
    assert "answers we owe:     Northwind (since " in shown


def test_a_few_answers_are_shown_one_by_one_and_not_as_a_median(run: Run, store: Store) -> None:
    al = "al@southwind.example"
    store.partners.add(partner("southwind"), now=moment(0))
    asked = [message(day, 9, sender=al, uid=f"<al{day}>") for day in (14, 16)]
    answers = [message(day, 9 + took, side=OUTBOUND, to=[al], answers=f"<al{day}>") for day, took in ((14, 1), (16, 3))]
    source = store.sources.ensure("archive:x", live=False)
    read = Page(interactions=(*asked, *answers), cursor="2", read_until=moment(22))
    store.pages.save(source, read, store.partners.directory(), now=moment(22))
    run("run")

    shown = run("explain", "southwind").output

    (row,) = [line.split() for line in shown.splitlines() if "usual answer time" in line]
    assert row == "usual answer time - 1 hour, 3 hours".split()
