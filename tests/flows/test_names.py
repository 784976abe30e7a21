"""Prefect loads flows/x.py by path and leaves flows/ first on sys.path: no file there may hide a room or a module."""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"alerts", "cli", "connectors", "flows", "metrics", "models", "web", "tests", "benchmarks"}


def test_no_file_in_flows_hides_a_room_or_a_standard_module() -> None:
    names = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}

    assert names.isdisjoint(ROOMS)
    assert names.isdisjoint(sys.stdlib_module_names)


def test_only_flows_that_declare_flows_import_prefect() -> None:
    importing = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS - {"tests", "benchmarks"}
        for path in (ROOT / room).rglob("*.py")
        if any(line.startswith(("import prefect", "from prefect")) for line in path.read_text().splitlines())
    }

    assert {path.partition("/")[0] for path in importing} == {"flows"}


def test_every_room_has_a_caption() -> None:
    for room in ROOMS - {"tests", "benchmarks"}:
        caption = (ROOT / room / "__init__.py").read_text()

        assert caption.startswith('"""')
        assert caption.count('"""') == 2
        assert caption.strip().endswith('"""')


@pytest.mark.parametrize("room", ["flows", "metrics"])
def test_the_map_of_a_long_room_names_every_file(room: str) -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().partition(f"| `{room}/` | files |")[2].partition("\n\n")[0]
    named = re.findall(r"`([\w*]+)`", table)
    files = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}

    assert [name for name in sorted(files) if not any(fnmatch(name, pattern) for pattern in named)] == []
    assert [pattern for pattern in named if not any(fnmatch(name, pattern) for name in files)] == []
