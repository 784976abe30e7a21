"""The way from a file to an alert, as a person types it; and bad input, told in one sentence."""

from __future__ import annotations

import json
import mailbox
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT, BAD_USE
from cli.main import SECTIONS, main

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs `gonequiet ...` in a folder of its own, with data of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path / "data"))

    def call(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Half a year with a partner who writes every third day and stops in May; newsletters and a broken mail in it."""
    path = tmp_path / "mail.mbox"
    box = mailbox.mbox(path)
    for n in range(60):
        for k, (sender, to) in enumerate(
            (("raj@northwind.example", "ana@us.example"), ("ana@us.example", "raj@northwind.example"))
        ):
            if n >= 40 and k == 0:
                continue  # they fall silent, we go on
            box.add(_mail(f"{n}-{k}", sender, to, START + timedelta(days=3 * n, hours=k), f"Sprint {n}"))
        news = _mail(f"news-{n}", "news@shop.example", "ana@us.example", START + timedelta(days=3 * n), "Offers")
        news["List-Unsubscribe"] = "<https://shop.example/u>"
        box.add(news)
    broken = EmailMessage()
    broken["From"] = "nobody"
    box.add(broken)
    box.close()
    return path


def _mail(name: str, sender: str, to: str, at: datetime, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), f"<{name}@mail.example>"
    mail.set_content("Hello")
    return mail


def test_from_an_mbox_to_a_standing(run, archive: Path) -> None:
    imported = run("import", "--us", "us.example", str(archive))
    suggested = run("partners", "suggest")
    added = run("partners", "add", "northwind", "northwind.example", "--owner", "ana@us.example")
    ran = run("run")
    status = run("status")
    explained = run("explain", "northwind")

    assert [r.exit_code for r in (imported, suggested, added, ran, status, explained)] == [0] * 6
    assert "gonequiet partners suggest" in imported.output
    assert "northwind.example" in suggested.output
    assert "shop.example" not in suggested.output
    assert "quiet" in status.output or "gone" in status.output
    assert "Word from them every" in status.output
    assert "Their rhythm" in explained.output


def test_importing_twice_changes_nothing(run, archive: Path) -> None:
    run("import", "--us", "us.example", str(archive))
    run("partners", "add", "northwind", "northwind.example")
    first = json.loads(run("import", "--json", str(archive)).output)

    second = json.loads(run("import", "--json", str(archive)).output)

    assert first["mails"]["new"] == 100
    assert second["mails"] == {"new": 0, "known": 0, "not_watched": 0}
    assert second["stored"] == first["stored"]


def test_json_of_status_names_its_fields(run, archive: Path) -> None:
    run("import", "--us", "us.example", str(archive))
    run("partners", "add", "northwind", "northwind.example")
    run("run")

    (row,) = json.loads(run("status", "--json").output)["partners"]
    explained = json.loads(run("explain", "northwind", "--json").output)

    assert {
        "key",
        "title",
        "state",
        "since",
        "judged_at",
        "reason",
        "chance",
        "late_after",
        "quiet_after",
    } <= row.keys()
    assert explained["signals"]["their_silence"]["n"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("import", "--us", "us.example", "missing.mbox"), "no file or folder"),
        (("import", "--us", "us.example", "empty"), "No mail"),
        (("import", "--us", "us.example", "letter.txt"), "letter.txt"),
        (("import", "letter.eml"), "Who are we?"),
        (("import", "--us", "gmail.com", "letter.eml"), "ana@gmail.com"),
        (("import", "--us", "nowhere", "letter.eml"), "cannot be us"),
        (("import", "--us", "us.example", ""), "empty path"),
        (("import", "--us", "us.example", "letter.eml", "letter.txt"), "letter.txt"),
        (("import", "--us", "us.example", "caf\udce9.mbox"), "is not UTF-8"),
        (("export", "standings", "table.doc"), "table.doc"),
        (("explain", "nobody"), "nobody"),
        (("--config", "missing.toml", "status"), "missing.toml"),
        (("--config", "broken.toml", "status"), "not valid TOML"),
        (("--config", "odd.toml", "status"), "colour"),
        (("--config", "hours.toml", "status"), "working hours '9to5'"),
        (("--config", "hours.toml", "status"), "us: Anybody can have a mailbox at gmail.com"),
        (("--config", "mars.toml", "replay"), "No public holidays are known for XX"),
    ],
)
def test_bad_input_gets_one_clear_sentence(run, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "letter.txt").write_text("Dear diary\n")
    (tmp_path / "letter.eml").write_bytes(_mail("1", "a@us.example", "b@x.example", START, "Hello").as_bytes())
    (tmp_path / "broken.toml").write_text("us = [")
    (tmp_path / "hours.toml").write_text('us = ["gmail.com"]\nhours = "9to5"\n')
    (tmp_path / "mars.toml").write_text('country = "XX"\n')
    (tmp_path / "odd.toml").write_text('colour = "blue"\n[alerts]\nvia = "fax"\n')

    result = run(*words)

    assert result.exit_code == BAD_INPUT
    assert says in result.output
    assert "Traceback" not in result.output


def test_all_problems_of_the_settings_are_told_at_once(run, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('colour = "blue"\n[alerts]\nvia = "fax"\nport = 0\n')

    result = run("--config", "odd.toml", "status")

    assert all(word in result.output for word in ("colour", "alerts.via", "alerts.port"))


def test_a_command_that_does_not_exist_is_bad_use(run) -> None:
    assert run("conquer").exit_code == BAD_USE


def test_every_command_of_the_manual_loads_and_explains_itself(run) -> None:
    for commands in SECTIONS.values():
        for name in commands:
            result = run(name, "--help")
            assert result.exit_code == 0, name
            assert len(result.output) > 100


def test_the_manual_lists_every_command_and_exit_code(run) -> None:
    manual = run("--help").output

    assert all(name in manual for commands in SECTIONS.values() for name in commands)
    assert "130" in manual


def test_meetings_that_concern_nobody_watched_are_counted_with_the_reason(run, tmp_path: Path) -> None:
    calendar = tmp_path / "calendar.ics"
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:2026020{number}T090000Z\r\n"
        f"DTEND:2026020{number}T100000Z\r\nORGANIZER:mailto:{who}\r\nATTENDEE:mailto:bo@elsewhere.example\r\nEND:VEVENT\r\n"
        for number, who in enumerate(("ana@us.example", "ana@us.example", "raj@northwind.example"), 1)
    )
    calendar.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")

    first = run("import", "--us", "us.example", str(calendar))
    run("partners", "add", "northwind", "northwind.example")
    second = run("import", str(calendar))

    assert "Read 1 archive: 3 meetings." in first.output
    assert "3 with nobody from a partner, not kept" in first.output
    assert "2 with nobody from a partner, not kept, 1 with nobody of us, not kept" in second.output
