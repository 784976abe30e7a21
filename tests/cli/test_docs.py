"""What the pages name is there: links, commands with their options, make targets, modules, settings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from cli.main import main
from models.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# Where people are told what to type next.
SPOKEN = [path for room in ("cli", "flows", "web", "alerts") for path in sorted((ROOT / room).rglob("*.py"))]
_ENDS = re.compile(r"[`\"'#|;<>{}()…]|&&|: |, |\. |\.$|\\n")


def commands_in(text: str) -> Iterator[list[str]]:
    """The words after each "gonequiet" in small letters, up to where the command ends."""
    for line in text.splitlines():
        for found in re.finditer(r"(?<![\w./@:-])(?:\.venv/bin/)?gonequiet (?=[a-z-])", line):
            words = _ENDS.split(line[found.end() :], maxsplit=1)[0].rstrip(".").split()
            if words:
                yield words


def wrong_in(words: list[str]) -> str | None:
    """What of a command is not there; None where all of it is."""
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        ctx = click.Context(command)
        options = {name for option in command.get_params(ctx) for name in option.opts}
        if words[0].startswith("-"):
            if words[0] not in options:
                return None  # another program's option: "prefect work-pool create gonequiet --type process"
            words = words[1:] if words[0] in {"--help", "--version"} else words[2:]
            continue
        found = command.get_command(ctx, words[0].rstrip(",:"))
        if found is None:
            return words[0] if re.fullmatch(r"[a-z-]+", words[0]) else None
        command, words = found, words[1:]
    options = {name for option in command.get_params(click.Context(command)) for name in option.opts}
    return next((word for word in words if re.match(r"-{1,2}[a-z]", word) and word not in options), None)


def with_json(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that takes --json."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from with_json(command, (*above, name))
        elif command is not None and any("--json" in option.opts for option in command.params):
            yield (*above, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    modules = re.findall(r"python -m ((?:benchmarks|tests|metrics|cli|flows)[\w.]*)", text)
    targets = re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)(?=`|\s|$)", text, re.MULTILINE)
    made = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [(words, wrong) for words in commands_in(text) if (wrong := wrong_in(list(words)))] == []
    assert [name for name in modules if not _module(name)] == []
    assert [name for name in targets if name not in made] == []


def test_every_next_step_that_is_told_can_be_typed() -> None:
    told = [(path.name, words) for path in SPOKEN for words in commands_in(path.read_text(encoding="utf-8"))]

    assert len(told) > 100
    assert [(name, words, wrong) for name, words in told if (wrong := wrong_in(list(words)))] == []


def test_every_command_that_prints_json_is_described() -> None:
    titles = [line for line in (ROOT / "docs" / "json.md").read_text().splitlines() if line.startswith("## ")]
    commands = list(with_json(main))

    assert len(commands) > 12
    assert [c for c in commands if not any(re.search(f"gonequiet {' .*'.join(c)}", title) for title in titles)] == []


def commands_of(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command, groups among them."""
    yield above
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands_of(command, (*above, name))
        else:
            yield (*above, name)


def test_no_page_of_help_is_wider_than_a_terminal() -> None:
    for words in commands_of(main):
        shown = CliRunner().invoke(main, [*words, "--help"], terminal_width=80).output

        assert [line for line in shown.splitlines() if len(line) > 80] == [], words


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_settings_that_a_page_names_are_settings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        chosen = tomllib.loads(block)
        if "username" in chosen.get("alerts", {}):
            chosen["alerts"]["password"] = "which stands in the environment or a file, never on a page"
        Settings(**chosen)
    sections = {name for name, field in Settings.model_fields.items() if _section(field.annotation)}
    named = re.findall(rf"`((?:{'|'.join(sorted(sections))})\.[a-z_]+)", text)
    named = [name for name in named if not _module(name)]  # alerts is a room, too

    assert [name for name in named if name.partition(".")[2] not in _fields(name.partition(".")[0])] == []


def _module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def _section(kind: Any) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((found for one in get_args(kind) if (found := _section(one)) is not None), None)


def _fields(section: str) -> set[str]:
    model = _section(Settings.model_fields[section].annotation)
    return set() if model is None else set(model.model_fields)
