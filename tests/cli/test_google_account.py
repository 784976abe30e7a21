"""connect, pull, run, accounts and disconnect against the local server, over a socket, by the documented commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import main
from cli.pull import finish_words
from tests.google_server import people
from tests.google_server.files import write_client, write_key, write_settings
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer, ServerClock

ANA, BEN = "ana@example.org", "ben@example.org"


class Here:
    """A folder with settings, and a server that they lead to."""

    def __init__(self, front: Front, folder: Path) -> None:
        self.front, self.folder = front, folder
        self.google = front.google

    def run(self, *arguments: str, answer: str | None = None) -> Any:
        return CliRunner().invoke(main, ["--config", str(self.folder / "gonequiet.toml"), *arguments], input=answer)

    def done(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return str(result.output)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    now = datetime.now(UTC).replace(microsecond=0)
    server = GoogleServer(ServerClock(now.timestamp()))
    for seed, address in enumerate((ANA, BEN)):
        people.fill(server.mailbox(address), server.agenda(address), now, mails=60, days=120, seed=seed)
    with Front(server) as front:
        write_client(tmp_path / "client.json", front.root)
        write_key(tmp_path / "key.json", server, front.root)
        (tmp_path / "mailboxes.txt").write_text(f"# ours\n{ANA}\n", encoding="utf-8")
        write_settings(tmp_path / "gonequiet.toml", front.root, tmp_path)
        yield Here(front, tmp_path)


def connected(here: Here, *more: str) -> str:
    return here.done("connect", "google", "--service-account", str(here.folder / "key.json"), *more)


def test_the_whole_way_from_connect_to_disconnect(here: Here) -> None:
    assert "Connected 1 mailbox" in connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))
    here.done("partners", "add", "northwind", "northwind.example")
    first = json.loads(here.done("pull", "--json"))
    assert [row["ending"] for row in first] == ["complete", "complete"]
    assert first[0]["new"] > 5
    assert first[1]["meetings"] > 5

    people.write(here.google.mailbox(ANA), datetime.now(UTC).replace(microsecond=0), sender=people.PARTNERS[0], to=ANA)
    assert json.loads(here.done("pull", "--json"))[0]["new"] == 1
    assert "Judged 1 partner" in here.done("run")

    row = json.loads(here.done("accounts", "--json"))[0]
    assert (row["mailbox"], row["tier"]) == (ANA, "headers")
    assert row["sources"][0]["complete_until"] is not None
    assert row["sources"][0]["missing"] == 0
    assert ANA in here.done("accounts")

    assert "Domain-wide delegation" in here.done("disconnect", ANA, "--yes")
    assert "No account is connected" in here.done("accounts")


def test_a_domain_is_listed_by_its_directory(here: Here) -> None:
    here.google.suspended.add(BEN)

    assert "Connected 1 mailbox" in connected(here, "--domain", "example.org", "--admin", ANA)


def test_a_mailbox_that_cannot_be_opened_is_named(here: Here) -> None:
    here.google.desk.refused[ANA] = ("invalid_grant", "Invalid email or User ID")
    result = here.run(
        "connect", "google", "--service-account", str(here.folder / "key.json"),
        "--mailboxes", str(here.folder / "mailboxes.txt"),
    )  # fmt: skip

    assert result.exit_code == 4
    assert f"{ANA}: the account no longer exists" in result.output


def test_access_that_ends_becomes_one_sentence(here: Here) -> None:
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))
    here.done("pull")
    here.google.desk.delegated = frozenset()
    here.google.desk.access.clear()

    result = here.run("pull")

    assert result.exit_code == 4
    assert "domain-wide delegation" in result.output
    assert "domain-wide delegation" in here.done("accounts")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--mailboxes", "x"), "go with --service-account"),
        (("--service-account", "key.json"), "Say whose mailboxes"),
        (("--service-account", "key.json", "--domain", "example.org"), "--admin"),
        (("--service-account", "nowhere.json", "--mailboxes", "mailboxes.txt"), "cannot be read"),
        (("--service-account", "client.json", "--mailboxes", "mailboxes.txt"), "not a key file"),
        (
            (
                "--client",
                "key.json",
            ),
            "not an OAuth client|of something else",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(here: Here, arguments: tuple[str, ...], words: str) -> None:
    named = [str(here.folder / a) if a.endswith((".json", ".txt")) else a for a in arguments]
    result = here.run("connect", "google", *named)

    assert result.exit_code == 3
    assert any(word in result.output for word in words.split("|"))


def test_faults_on_the_way_are_outlasted(here: Here) -> None:
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))
    here.done("partners", "add", "northwind", "northwind.example")
    here.google.faults.queue = ["truncated", "html error"]

    assert "complete" in here.done("pull", "--json")


def test_pull_since_bounds_a_first_reading_and_reaches_further_back_later(here: Here) -> None:
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))
    here.done("partners", "add", "northwind", "northwind.example")
    days = [(datetime.now(UTC) - timedelta(days=n)).strftime("%Y-%m-%d") for n in (30, 60, 400)]
    mails = sorted(m.internal_ms for m in here.google.mailbox(ANA).mails.values() if "INBOX" in m.labels)
    assert mails[0] / 1000 < (datetime.now(UTC) - timedelta(days=60)).timestamp()

    bounded = json.loads(here.done("pull", ANA, "--since", days[0], "--json"))[0]
    again = json.loads(here.done("pull", "--json"))[0]
    further = json.loads(here.done("pull", "--since", days[1], "--json"))[0]
    paid = here.google.units[f"gmail.v1:{ANA}"]
    nearer = json.loads(here.done("pull", "--since", days[0], "--json"))[0]
    assert here.google.units[f"gmail.v1:{ANA}"] - paid < 20  # nothing is read, or listed, to reach less far
    whole = json.loads(here.done("pull", "--since", days[2], "--json"))[0]

    assert bounded["new"] > 0
    assert bounded["skipped"]["before since"] > 0
    assert again["new"] == nearer["new"] == 0
    assert further["new"] > 0
    assert further["known"] == 0  # what is known is not paid for again
    assert whole["new"] > 0
    assert "before since" not in whole["skipped"]


def test_since_that_cannot_be_is_refused_in_words(here: Here) -> None:
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))

    assert "lies ahead" in here.run("pull", "--since", "2999-01-01").output
    assert "no account" in here.run("pull", "ben", "--since", "2020-01-01").output


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.5, "less than a minute left"),
        (34, "34 min left, done about 10:34 by the quota"),
        (200, "3.3 h left, done about 13:20 by the quota"),
        (60 * 20, "20.0 h left, done about Tue 06:00 by the quota"),
    ],
)
def test_the_finish_is_told_by_the_clock(minutes: float, words: str) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    assert finish_words(timedelta(minutes=minutes), "Europe/Berlin", now=at) == words


def test_the_text_tier_reads_the_words_of_mail_that_was_read_by_its_headers(here: Here) -> None:
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"))
    here.done("partners", "add", "northwind", "northwind.example")
    stored = json.loads(here.done("pull", "--json"))[0]["new"]
    connected(here, "--mailboxes", str(here.folder / "mailboxes.txt"), "--tier", "text")

    again, after = (json.loads(here.done("pull", "--json"))[0] for _ in range(2))

    assert (again["new"], again["known"], after["known"]) == (0, stored, 0)
    assert "text tier" in here.done("accounts")
