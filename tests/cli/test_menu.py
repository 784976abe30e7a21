"""The door: what was meant by a mistyped command, how Ctrl-C and a machine that refuses end, and colours."""

from __future__ import annotations

import errno
import resource
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cli.errors import BAD_INPUT, BAD_USE, INTERRUPTED, Refusal, capital
from cli.main import main
from cli.menu import Stopped, in_words


@pytest.mark.parametrize(
    ("words", "meant"), [(["imprt"], "import"), (["partners", "lst"], "list"), (["alerts", "answr"], "answer")]
)
def test_a_mistyped_command_is_told_with_the_nearest_one(words: list[str], meant: str) -> None:
    result = CliRunner().invoke(main, words)

    assert result.exit_code == BAD_USE
    assert f"Did you mean {meant}?" in result.output


@pytest.mark.parametrize("group", ["alerts", "person", "tone", "connect", "partners"])
def test_no_line_of_help_is_cut_short(group: str) -> None:
    assert "..." not in CliRunner().invoke(main, [group, "--help"]).output.partition("Commands:")[2]


@pytest.mark.parametrize(("raised", "said"), [(KeyboardInterrupt(), "Stopped."), (Stopped("Kept."), "Kept.")])
def test_ctrl_c_ends_with_its_own_exit_code(raised: BaseException, said: str) -> None:
    @click.command()
    @click.pass_context
    def work(ctx: click.Context) -> None:
        def run() -> None:
            raise raised

        in_words(ctx, run)

    result = CliRunner().invoke(work)

    assert (result.exit_code, result.stderr.strip()) == (INTERRUPTED, said)


def test_a_machine_that_refuses_is_told_in_words_and_a_fault_of_ours_is_not() -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def wrong() -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    with pytest.raises(Refusal, match="No space left on device"):
        in_words(click.Context(main), full)
    with pytest.raises(OSError, match="Bad file descriptor"):
        in_words(click.Context(main), wrong)


def test_a_sentence_begins_with_a_capital_and_a_name_stays_as_it_is() -> None:
    assert capital("the file is missing") == "The file is missing"
    assert capital("x.doc tells no format") == "x.doc tells no format"
    assert capital("archive:mail.mbox is damaged") == "archive:mail.mbox is damaged"


def test_a_disk_that_fills_up_ends_a_command_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    assert CliRunner().invoke(main, ["us", "example.org"]).exit_code == 0
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))  # a file that may not grow stands for a full disk
    try:
        result = CliRunner().invoke(main, ["partners", "add", "acme.example"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert result.exit_code == BAD_INPUT
    assert "cannot be used" in result.output
    assert CliRunner().invoke(main, ["partners", "add", "acme.example"]).exit_code == 0


@pytest.mark.parametrize(("value", "coloured"), [("", True), ("1", False)])
def test_no_color_takes_the_colours_off(value: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", value)

    with click.Context(main) as ctx:
        ctx.color = True
        assert main.callback is not None
        main.callback(config=None)

        assert ctx.color is coloured
