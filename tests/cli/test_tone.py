"""`gonequiet tone`, as a person or a script drives it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from cli.errors import BAD_INPUT, BAD_USE
from cli.main import main
from metrics.tone.versions import NAMES
from models.settings import ToneSettings

MAIL = (
    b"From: bo@example.com\nTo: ana@example.org\nSubject: Delivery\nContent-Type: text/plain; charset=utf-8\n\n"
    b"Hi Ana,\n\nThe delivery failed again and nobody answered our questions, this is terrible.\n\n"
    b"Best regards,\nBo\n\n"
    b"On 3 May 2025, Ana <ana@example.org> wrote:\n> All is wonderful here.\n"
)


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["tone", *map(str, args)])


def scored(tmp_path: Path, text: str, *more: str) -> list[dict[str, str]]:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    result = run("score", "--in", source, "--out", target, *more)
    assert result.exit_code == 0, result.output
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_text_gets_a_row_with_a_score_or_a_reason(tmp_path: Path) -> None:
    rows = scored(
        tmp_path,
        'id,text\na,"This is a terrible mess, we are angry."\nb,"Excellent work, we love it, thanks a lot!"\nc,No.\n'
        'd,"Wir sind mit der Lieferung leider gar nicht zufrieden."\n',
    )

    assert list(rows[0]) == ["id", "score", "subjectivity", "n_words", "lang", "reason"]
    assert [row["id"] for row in rows] == ["a", "b", "c", "d"]
    assert float(rows[0]["score"]) < -0.05 < 0.05 < float(rows[1]["score"])
    assert [row["reason"] for row in rows] == ["", "", "too short", "language: de"]
    assert rows[2]["score"] == rows[3]["score"] == ""


def test_fresh_takes_off_what_is_quoted_before_scoring(tmp_path: Path) -> None:
    quoted = "-----Original Message-----\nFrom: Bo\n\nterrible, awful"
    text = f'id,text\na,"We meet on Tuesday at ten in the office.\n\n{quoted}"\n'

    assert scored(tmp_path, text, "--fresh")[0]["n_words"] == "9"
    assert float(scored(tmp_path, text)[0]["score"]) < float(scored(tmp_path, text, "--fresh")[0]["score"])


def test_the_baseline_can_be_asked_for_and_an_unknown_analyser_is_refused(tmp_path: Path) -> None:
    text = 'id,text\na,"This is a good and great thing."\n'

    assert scored(tmp_path, text, "--analyser", "textblob-stock")[0]["score"] == "0.750000"
    result = run("score", "--in", tmp_path / "in.csv", "--out", tmp_path / "o", "--analyser", "bert")
    assert result.exit_code == BAD_INPUT
    assert "textblob-stock" in result.output


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1"),
        (b"name,words\n1,x\n", "id and text"),
        (b'id,text\n1,"never closed\n', "line 2"),
        (b"id,text\n1,a\n2,b,c\n", "line 3"),
        (b"id,text\n1,\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_broken_csv_is_refused_in_one_sentence_and_nothing_is_written(
    tmp_path: Path, content: bytes, says: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    target.write_text("what was there", encoding="utf-8")

    result = run("score", "--in", source, "--out", target)

    assert result.exit_code == BAD_INPUT
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert target.read_text(encoding="utf-8") == "what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_fresh_keeps_ids_and_only_what_is_new(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": 7, "text": "It works.\n\nOn 3 May 2025, Ana <ana@example.org> wrote:\n> Does it?\n"},
        {"id": "h", "text": "<html><body><p>It works.</p><blockquote>Does it?</blockquote></body></html>"},
    ]
    source.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")

    result = run("fresh", "--in", source, "--out", target)

    assert result.exit_code == 0
    assert [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()] == [
        {"id": 7, "text": "It works."},
        {"id": "h", "text": "It works."},
    ]


@pytest.mark.parametrize(
    "line", ['{"id": 1, "text": ', '{"id": 1}', '["id", "text"]', '{"id": 1, "text": null}', "[" * 100_000]
)
def test_a_broken_json_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 0, "text": "fine"}\n' + line + "\n", encoding="utf-8")

    result = run("fresh", "--in", source, "--out", tmp_path / "out.jsonl")

    assert result.exit_code == BAD_INPUT
    assert "line 2" in result.output


def test_check_shows_the_fresh_text_the_verdict_and_the_words(tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(MAIL)

    shown = run("check", mail)
    plain = json.loads(run("check", mail, "--json").output)

    assert shown.exit_code == 0
    assert "negative" in shown.output
    assert "terrible -" in " ".join(shown.output.split())
    assert "wonderful" not in shown.output
    assert plain["verdict"]["score"] < -0.05
    assert plain["verdict"]["language"] == "en"


@pytest.mark.parametrize("content", [b"", b"just a note without headers\n"])
def test_check_refuses_what_is_no_mail(tmp_path: Path, content: bytes) -> None:
    mail = tmp_path / "note.txt"
    mail.write_bytes(content)

    assert run("check", mail).exit_code == BAD_INPUT
    assert run("check", tmp_path / "missing.eml").exit_code == BAD_INPUT
    assert run("check").exit_code == BAD_USE


def test_an_analyser_that_is_not_there_is_refused_in_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "gonequiet.toml"
    settings.write_text('[tone]\nanalyser = "magic"\n', encoding="utf-8")

    result = CliRunner().invoke(main, ["--config", str(settings), "status"])

    assert result.exit_code == BAD_INPUT
    assert "tone.analyser" in result.output
    assert "textblob-stock" in result.output


def test_the_settings_and_the_analysers_know_the_same_names() -> None:
    known = ToneSettings.model_fields["analyser"].annotation

    assert set(get_args(known)) == set(NAMES)
