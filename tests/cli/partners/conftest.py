"""The command in a folder of its own, and the store it works on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from models.store.store import Store
from tests.cli.partners.scene import Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, ["partners", *arguments], input=typed)

    return call


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "gonequiet.db")
    opened.partners.set_us(["us.example"])
    yield opened
    opened.close()
