"""The commands around alerts: list, test, answer, again, retry; and what doctor says."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from flows.notify import notify
from models.clock import now
from models.letters import NoticeKind
from models.records import State
from models.settings import load
from models.store.store import Store
from tests.alerts.scene import ANA, HOUR, add_partner, put, silent, turn
from tests.alerts.smtp_server import PASSWORD, USER, smtp_server


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that the commands find, with one partner gone quiet and its owner told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GONEQUIET_US", '["ourco.example"]')
    monkeypatch.setenv("GONEQUIET_ALERTS__OPERATOR", "ops@ourco.example")
    monkeypatch.setenv("GONEQUIET_ALERTS__DIGEST", "false")
    store = Store(load().database_url)
    add_partner(store, "northwind")
    turn(store, "northwind", State.QUIET, at=now() - HOUR)
    notify(store, load(), now=now())
    yield store
    store.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_list_shows_letters_and_their_answers(house: Store) -> None:
    run("alerts", "answer", "northwind", "handled", "--who", "ana")

    told = json.loads(run("alerts", "list", "--json").stdout)["letters"]
    shown = run("alerts", "list").output

    (row,) = told
    assert (row["reader"], row["partners"], row["state"]) == (ANA, ["northwind"], "accepted")
    assert row["answer"] == "handled (ana)"
    assert "northwind to ana@ourco.example" in shown
    assert "answered: handled (ana)" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["handled"], "Noted for Northwind: handled (eve)"),
        (["snooze", "--days", "7"], "snooze until"),
        (["leave", "--until", "3w"], "leave until"),
        (["not-a-problem", "--because", "they moved house"], "because they moved house"),
    ],
)
def test_an_answer_is_noted_and_can_be_taken_back(house: Store, arguments: list[str], says: str) -> None:
    given = run("alerts", "answer", "northwind", *arguments, "--who", "eve")
    undone = run("alerts", "answer", "Northwind", "undo")

    assert (given.exit_code, undone.exit_code) == (0, 0)
    assert says in given.output
    assert undone.output.startswith("Taken back: ")
    assert house.partners.absences("northwind") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["answer", "nowhere", "handled"], "no partner"),
        (["answer", "northwind", "leave"], "--until"),
        (["answer", "northwind", "leave", "--until", "2020-01-01"], "not after today"),
        (["answer", "northwind", "handled", "--days", "3"], "--days belongs to snooze"),
        (["answer", "northwind", "handled", "--because", "x"], "--because belongs to not-a-problem"),
        (["answer", "northwind", "snooze", "--days", "3", "--until", "3w"], "not both"),
        (["answer", "northwind", "undo"], "no answer about northwind"),
        (["again", "eve@ourco.example"], "never asked"),
        (["test", "--to", "nobody"], "not a mail address"),
    ],
)
def test_bad_input_is_one_clear_sentence(house: Store, arguments: list[str], says: str) -> None:
    result = run("alerts", *arguments)

    assert result.exit_code == 3
    assert says in result.output
    assert house.answers.all() == []


def test_the_test_mail_is_written_as_a_real_one(house: Store) -> None:
    result = run("alerts", "test", "--to", ANA)

    path = Path(result.output.removeprefix("Written to ").strip())
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (mail["To"], mail["X-Gonequiet-Alert"]) == (ANA, "alert")


def test_the_test_mail_never_goes_to_a_partner(house: Store) -> None:
    result = run("alerts", "test", "--to", "bo@northwind.example")

    assert result.exit_code == 4
    assert "never go to partners" in result.output


def test_the_test_mail_goes_through_the_server_of_the_settings(
    house: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server(tmp_path) as (inbox, port, ca_file):
        chosen = {"VIA": "smtp", "PORT": str(port), "USERNAME": USER, "PASSWORD": PASSWORD, "CA_FILE": str(ca_file)}
        for name, value in chosen.items():
            monkeypatch.setenv(f"GONEQUIET_ALERTS__{name}", value)

        sent = run("alerts", "test")
        doctor = run("doctor")

    assert sent.output.startswith(f"Accepted by localhost:{port} for ops@ourco.example")
    assert len(inbox.mails) == 1
    assert f"localhost:{port} answers, STARTTLS, login works" in doctor.output


def test_who_asked_for_no_more_mail_can_have_it_again(house: Store) -> None:
    house.readers.silence(ANA, now=now())

    assert "ana@ourco.example asked for no more mail, and owns northwind" in run("doctor", "--offline").output
    assert run("alerts", "again", ANA).exit_code == 0
    assert house.readers.silent() == {}


def test_doctor_names_what_is_wrong_and_what_to_do(house: Store) -> None:
    source = house.sources.ensure("gmail:ana@ourco.example", live=True)
    house.sources.failed(source.name, "access was withdrawn", now=now(), needs_person=True)

    result = run("doctor", "--offline", "--json")

    found = {(row["about"], row["health"]): row for row in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 1
    assert found["gmail:ana@ourco.example", "bad"]["says"] == "access was withdrawn"
    assert found["gmail:ana@ourco.example", "bad"]["todo"]


def test_doctor_sees_a_clock_that_was_set_back(house: Store) -> None:
    source = house.sources.ensure("gmail:ana@ourco.example", live=True)
    house.sources.finished(source.name, now=now() + timedelta(days=2), directory="")

    assert "Set the clock of this machine" in run("doctor", "--offline").output


def test_a_letter_given_up_stands_in_doctor_until_it_is_retried(house: Store) -> None:
    letter = house.letters.make(
        message_id="<x@y>", reader=ANA, kind=NoticeKind.DIGEST, items=(), worker="w", now=now(), lease=HOUR
    )
    assert letter is not None
    house.letters.mark_failed(letter.id, "550 no such user", next_at=None)

    assert "550 no such user" in " ".join(run("doctor", "--offline").output.split())  # lines are wrapped
    assert "1 letter will be tried" in run("alerts", "retry").output
    assert "No letter" not in run("alerts", "list").output


def test_an_answer_to_a_concern_is_about_that_concern(house: Store) -> None:
    put(house, silent())
    (concern,) = house.concerns.of("northwind")
    number = str(concern.id)

    said = run("alerts", "answer", "northwind", "--concern", number, "leave", "--until", "10d", "--who", "ana")

    assert said.exit_code == 0
    (absence,) = house.partners.absences("northwind")
    assert absence.person == concern.subject
    (answer,) = house.answers.all()
    assert (answer.concern, answer.flip_id, answer.who) == (concern.id, None, "ana")
    refused = run("alerts", "answer", "northwind", "--concern", "999", "handled")
    assert refused.exit_code == 3
    assert "There is no concern 999 about northwind" in refused.output
