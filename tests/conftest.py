"""Fixtures that every test may use."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from models.store.store import Store
from tests import postgres

settings.register_profile(
    "house",
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("house")

SHARED = Path(os.environ.get("GONEQUIET_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the settings or the data of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("GONEQUIET_") and name != "GONEQUIET_SHARED_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("GONEQUIET_DATA", str(tmp_path_factory.mktemp("data", numbered=True)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real mail, streams and labelled text; a clone without it skips, and says so."""
    if not SHARED.is_dir():
        pytest.skip(f"no evaluation data at {SHARED}: set GONEQUIET_SHARED_DATA to run this test")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own; skipped only where none is installed, and never in CI."""
    programs = postgres.binaries()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no PostgreSQL server: .ci/run must install it")
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with postgres.server(programs) as url:
        yield url


@pytest.fixture
def new_postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases; gives their URLs."""
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make() -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        with admin.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name}"))
        made.append(name)
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with admin.connect() as conn:
        for name in made:
            conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each kind of database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    make: Callable[[], str] = request.getfixturevalue("new_postgres")
    return make()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each kind of database in turn."""
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests in which the kind of database does not matter."""
    opened = Store.at(tmp_path / "store.db")
    yield opened
    opened.close()
