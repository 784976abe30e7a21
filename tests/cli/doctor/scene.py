"""What tests of `doctor` share: the command, its findings, and a local tenant."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from cli.main import main
from models.store.store import Store
from tests.microsoft_server.server import MicrosoftServer

ANA = "ana@example.org"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def findings(*more: str) -> list[dict[str, str]]:
    result = run("doctor", "--json", *more)
    assert result.exit_code in (0, 1), result.output
    found: list[dict[str, str]] = json.loads(result.stdout)["findings"]
    assert result.exit_code == int(any(row["health"] == "bad" for row in found))
    assert all(set(row) == {"about", "health", "says", "todo"} and row["says"] for row in found)  # docs/json.md
    return found


def about(name: str, *more: str) -> list[tuple[str, str]]:
    """Health and words of one thing."""
    return [(row["health"], row["says"]) for row in findings(*more) if row["about"] == name]


class Office:
    """A local tenant with one signed-in person, or an application."""

    def __init__(self, server: MicrosoftServer, store: Store) -> None:
        self.server, self.tenant, self.store = server, server.tenant, store

    def sign_in(self, *more: str) -> None:
        authority = self.server.authority
        answered = authority._device

        def approve(form: dict[str, str], root: str) -> dict[str, object]:
            made = answered(form, root)
            authority.approve_device(ANA)
            return made

        authority._device = approve  # type: ignore[method-assign]
        try:
            result = run("connect", "microsoft", "--no-browser", *more)
        finally:
            authority._device = answered  # type: ignore[method-assign]
        assert result.exit_code == 0, result.output

    def application(self, tmp_path: Path, *mailboxes: str) -> None:
        (tmp_path / "list.txt").write_text("\n".join(mailboxes), encoding="utf-8")
        result = run("connect", "microsoft", "--app-only", "--mailboxes", str(tmp_path / "list.txt"))
        assert result.exit_code == 0, result.output
