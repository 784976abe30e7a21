"""No sentence of a mail, and with subjects dropped no subject, is found anywhere after the whole job has run over it.

Canary words stand in bodies (plain, HTML, foreign, broken) and subjects; then every byte of the data folder, of the
temporary folder and of everything printed or logged at the finest level is searched for them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from mailbox import mbox
from pathlib import Path

import pytest

from connectors.base import Page
from flows.pull import pull
from models.records import Message
from models.store.store import Store
from tests.factories import message, moment, partner

pytestmark = pytest.mark.long

BODY = "zanzibarquokka"
SUBJECT = "subjectnarwhal"
CANARIES = (BODY, SUBJECT)


def _archive(path: Path) -> Path:
    box = mbox(path)
    begin = datetime(2026, 3, 2, 9, tzinfo=UTC)
    texts = (
        f"This is terrible, the {BODY} failed again and nobody answered us. We are delayed and angry.",
        f"Das ist die {BODY} Lieferung, die wir leider noch nicht erhalten haben.",
        f"Excellent work on the {BODY}, we love it, thanks a lot!",
        f"Yes {BODY}.",
    )
    for day in range(40):
        mail = EmailMessage()
        theirs = day % 2 == 0
        mail["From"] = "Bo <bo@northwind.example>" if theirs else "ana@us.example"
        mail["To"] = "ana@us.example" if theirs else "bo@northwind.example"
        mail["Subject"] = f"{SUBJECT} {day}"
        mail["Message-ID"] = f"<{day}@mail.example>"
        mail["Date"] = begin + timedelta(days=day)
        mail.set_content(
            f"Hi,\n\n{texts[day % 4]}\n\nBest,\nBo\n\nOn 1 May 2025, X <x@y.example> wrote:\n> {BODY} old\n"
        )
        if day % 5 == 0:
            mail.add_alternative(f"<p>{texts[0]}</p><blockquote>{BODY}</blockquote>", subtype="html")
        if day % 5 == 1:  # HTML alone goes to the cleaner with its tags on
            mail.set_content(
                f"<style>p {{}}</style><div>{texts[day % 4]}</div><!-- {BODY} --><div class=gmail_quote>On 1 May 2025, "
                f"X &lt;x@y.example&gt; wrote:<blockquote>{BODY} old</blockquote></div>",
                subtype="html",
            )
        box.add(mail)
    box.close()
    with path.open("ab") as file:  # a mail whose body no charset fits, and one that never ends
        file.write(
            f"From bo Thu Apr 30 09:00:00 2026\nFrom: bo@northwind.example\nTo: ana@us.example\nSubject: {SUBJECT}\n"
            f"Date: Thu, 30 Apr 2026 09:00:00 +0000\nContent-Type: text/plain; charset=nobody-knows\n\n".encode()
            + b"\xff\xfe"
            + f" {BODY} is awful, we are angry and disappointed\n".encode()
        )
    return path


class House:
    """A data folder, a temporary folder, and all that was ever printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.temporary = folder / "data", folder / "tmp"
        self.temporary.mkdir()
        self.printed: list[bytes] = []

    def run(self, *args: str, status: int | None = 0, before: str = "") -> None:
        """Run a command with every log line printed; `before` is Python that runs first."""
        environment = {
            **os.environ,
            "GONEQUIET_DATA": str(self.data),
            "TMPDIR": str(self.temporary),
            "HOME": str(self.folder),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_LOGGING_LEVEL": "DEBUG",
        }
        code = f"{before}\nimport logging\nlogging.basicConfig(level=logging.DEBUG)\nfrom cli.main import main\nmain()"
        done = subprocess.run(
            [sys.executable, "-c", code, *args], capture_output=True, env=environment, check=False, timeout=240
        )
        self.printed += [done.stdout, done.stderr]
        assert status is None or done.returncode == status, done.stderr.decode()[-2000:]

    def places(self, archive: Path) -> list[tuple[str, bytes]]:
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and path != archive]
        return [(str(path), path.read_bytes()) for path in files] + [("printed", text) for text in self.printed]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def _found(places: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    return [
        (name, canary)
        for name, content in places
        for canary in CANARIES
        if canary.encode() in content.lower() or canary.encode("utf-16-le") in content.lower()
    ]


def _whole_job(house: House, archive: Path) -> None:
    house.run("partners", "add", "northwind.example")
    house.run("import", "--us", "us.example", "--text", "--workers", "2", str(archive))
    house.run("run")
    house.run("status")
    house.run("explain", "northwind")
    house.run("explain", "northwind", "--json")
    house.run("replay", "--months", "12")


def test_no_word_of_a_mail_is_left_anywhere(house: House, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "mails.mbox")

    _whole_job(house, archive)

    store = Store.at(house.data / "gonequiet.db")
    heard = store.tones.of("northwind", store.tones.analysers()[0])
    store.close()
    assert sum(mail.score is not None for mail in heard) >= 20
    assert not any(mail.reason == "not read" for mail in heard)
    assert any(mail.reason == "language: de" for mail in heard)
    assert BODY.encode() in archive.read_bytes()
    assert _found(house.places(archive)) == []


def test_no_word_of_a_mail_reaches_prefect(house: House, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "mails.mbox")
    house.run("import", "--us", "us.example", "--text", "--workers", "1", str(archive))
    house.run("partners", "add", "northwind.example")

    house.run("run", "--flow", status=None)

    assert any("prefect" in name for name, _ in house.places(archive))
    assert _found(house.places(archive)) == []


_BREAKS = """
import metrics.tone.scoring
from metrics.tone.analysers import LearnedTone

def broken(self, pieces):
    raise RuntimeError("the analyser broke")

LearnedTone.score = broken
"""


def test_a_crash_of_the_program_while_it_scores_leaves_no_word(house: House, tmp_path: Path) -> None:
    archive = _archive(tmp_path / "mails.mbox")
    house.run("partners", "add", "northwind.example")

    house.run("import", "--us", "us.example", "--text", str(archive), status=None, before=_BREAKS)

    assert any(b"the analyser broke" in text for text in house.printed)
    assert _found(house.places(archive)) == []


class _OnePage:
    source = "demo:canary"

    def __init__(self, *messages: Message) -> None:
        self._messages = messages

    def pages(self, cursor: str | None):  # type: ignore[no-untyped-def]
        yield Page(interactions=self._messages, cursor="1")


def test_a_crash_while_scoring_tells_nothing_of_the_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store.at(tmp_path / "gonequiet.db")
    northwind = partner("northwind")
    store.partners.add(northwind, now=moment(0))
    store.partners.set_us(["us.example"])
    mail = message(day=1, text=f"{BODY} says that this is terrible", subject=SUBJECT)

    def crash(_messages: object) -> None:
        raise RuntimeError("the analyser broke")

    with caplog.at_level("DEBUG"), pytest.raises(RuntimeError) as caught:
        pull(store, _OnePage(mail), store.partners.directory(), clock=lambda: moment(2), worker="test", score=crash)

    store.close()
    told = f"{caught.getrepr(style='short')} {caplog.text} {mail!r}"
    assert not any(canary in told for canary in CANARIES)
