"""Who we are, remembered and forgotten; and an archive that is let go of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT
from cli.main import main
from cli.output import label_of

Run = Callable[..., Result]
MAIL = (
    "From: raj@northwind.example\nTo: ana@us.example\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <1@x>\n\nHi\n"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path / "data"))
    return lambda *words: CliRunner().invoke(main, list(words))


def test_our_names_are_added_shown_and_forgotten(run: Run) -> None:
    run("us", "Example.ORG", "exmaple.org", "Ana@gmail.com")
    run("us", "--forget", "exmaple.org")

    assert json.loads(run("us", "--json").output) == {"remembered": ["ana@gmail.com", "example.org"], "settings": []}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("gmail.com",), "Anybody can have a mailbox at gmail.com"),
        (("not a domain",), "cannot be us"),
        (("--forget", "elsewhere.example"), "not remembered"),
        (("northwind.example",), "belongs to the partner northwind"),
    ],
)
def test_what_cannot_be_us_is_refused(run: Run, words: tuple[str, ...], says: str) -> None:
    run("partners", "add", "northwind.example")

    result = run("us", *words)

    assert result.exit_code == BAD_INPUT
    assert says in result.output
    assert json.loads(run("us", "--json").output)["remembered"] == []


def test_an_archive_whose_file_is_gone_is_let_go_of(run: Run, tmp_path: Path) -> None:
    mail = tmp_path / "letter.eml"
    mail.write_text(MAIL)
    run("import", "--us", "us.example", "letter.eml")
    mail.unlink()
    run("partners", "add", "northwind.example", "--owner", "ana@us.example")
    missing = run("run")
    listed = run("accounts").output

    gone = run("disconnect", "letter.eml")

    assert missing.exit_code != 0
    assert "letter.eml" in listed
    assert "Forgotten" in gone.output
    assert run("run").exit_code == 0
    assert run("disconnect", "letter.eml").exit_code == BAD_INPUT


def test_an_archives_own_name_is_without_its_digest() -> None:
    assert label_of("archive:a~b.mbox~3aef58434b") == "a~b.mbox"
    assert label_of("gmail:ana@example.org") == "gmail:ana@example.org"


def test_what_lies_in_a_folder_and_may_not_be_opened_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "open.eml").write_text(MAIL)
    (folder / "shut.eml").write_text(MAIL)
    opened = Path.open

    def refusing(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "shut.eml":  # who runs tests as root may open everything
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)

    result = run("import", "--us", "us.example", "mail")

    assert result.exit_code == 0
    assert "Not opened, because you have no permission to: mail/shut.eml." in result.output
