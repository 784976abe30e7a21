"""Fixtures that every test may use."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, text
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


def pytest_configure(config: pytest.Config) -> None:
    """Prefect makes a folder in the home when it is imported: a user without a home gets one for the tests."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    if "PREFECT_HOME" not in os.environ and not os.access(home, os.W_OK):
        folder = tempfile.TemporaryDirectory(prefix="gq-home-")
        os.environ["PREFECT_HOME"] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores, as some tests wait for services that they started."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return 1 + min(cores, 8)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: else one worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def _data_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, _data_folders: Path) -> None:
    """No test sees the settings or the data of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("GONEQUIET_") and name != "GONEQUIET_SHARED_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("GONEQUIET_DATA", str(_data_folders / str(next(_numbers))))


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
    with postgres.server(programs, brief=True) as url:
        yield url


@pytest.fixture(scope="session")
def _admin(postgres_url: str) -> Iterator[Engine]:
    """Makes and drops databases."""
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a row, to copy: making its tables takes ten times as long."""
    made = tmp_path_factory.mktemp("blank") / "store.db"
    Store.at(made).close()
    return made


@pytest.fixture(scope="session")
def _blank_database(postgres_url: str, _admin: Engine) -> str:
    """The name of a store without a row, to copy; no one is connected to it."""
    with _admin.connect() as conn:
        conn.execute(text("CREATE DATABASE blank"))
    Store(_url_of(postgres_url, "blank")).close()
    return "blank"


def _url_of(postgres_url: str, database: str) -> str:
    return make_url(postgres_url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def new_postgres(postgres_url: str, _admin: Engine) -> Iterator[Callable[..., str]]:
    """Makes databases, empty or copies of another; gives their URLs."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        with _admin.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name}{f' TEMPLATE {template}' if template else ''}"))
        made.append(name)
        return _url_of(postgres_url, name)

    yield make
    with _admin.connect() as conn:
        for name in made:
            conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table, on each kind of database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("new_postgres")())


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store without a row, on each kind of database in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("_blank_file"), tmp_path / "store.db")
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("new_postgres")(request.getfixturevalue("_blank_database")))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each kind of database in turn."""
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(_blank_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests in which the kind of database does not matter."""
    shutil.copy(_blank_file, tmp_path / "store.db")
    opened = Store.at(tmp_path / "store.db")
    yield opened
    opened.close()
