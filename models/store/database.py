"""The database itself: engine, pragmas, transactions, and the check that its version is ours."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import local
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

HEAD = "0009"  # the newest migration; tests/models/test_migrations.py keeps it true
_BUSY_SECONDS = 30
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


def as_json(value: object) -> str:
    """A value as the JSON columns keep it."""
    return orjson.dumps(value).decode()


# A statement that fails may be logged: its text, never the addresses and subjects it was given.
_ENGINE: dict[str, Any] = {
    "json_serializer": as_json,
    "json_deserializer": orjson.loads,
    "hide_parameters": True,
}


class StoreError(Exception):
    """The database cannot be used; one sentence for the operator."""


class StoreBusy(StoreError):
    """The database is locked or away: try again later."""


class Database:
    """An engine with our rules: WAL and foreign keys on SQLite, one writer at a time, refusals in words."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as e:
            raise StoreError(
                f"the database URL {url!r} is not understood: use sqlite:///FILE or postgresql://..."
            ) from e
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if not self.is_sqlite and parsed.get_backend_name() != "postgresql":
            raise StoreError(f"the database {parsed.get_backend_name()!r} is not supported: use SQLite or PostgreSQL")
        self.path = Path(parsed.database) if self.is_sqlite and parsed.database not in {None, "", ":memory:"} else None
        if self.path is not None:
            self._make_folder(self.path)
        self.url = parsed
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgres_engine(parsed)
        self._writer = self.engine.execution_options(writes=True)
        self._unsettled = False  # something was written since the log was last moved into the file
        self._held = local()  # the connection of `reading`, of each thread its own

    @staticmethod
    def _make_folder(path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StoreError(f"the folder {path.parent} for the database cannot be made: {e.strerror}") from e

    def prepare(self) -> None:
        """Bring the tables to our version: made when empty, migrated when older, refused when newer or not ours."""
        with _in_words(self):
            with self.engine.connect() as conn:
                revision = _revision(conn)
                empty = revision is None and not inspect(conn).get_table_names()
            if revision == HEAD:
                return
            if empty:
                self._make_tables()
                return
        if revision is None:
            raise StoreError(f"the database {self.shown} holds tables of something else: name an empty one")
        from models.migrations.upgrade import upgrade  # Alembic is needed only here  # noqa: PLC0415

        with _in_words(self):
            is_ours = upgrade(self.engine, revision)
        if not is_ours:
            raise StoreError(
                f"the database {self.shown} was written by a newer Gonequiet (its schema is {revision}, ours {HEAD}): "
                "update the program, or name another database"
            )

    def _make_tables(self) -> None:
        from models.tables import meta, metadata  # every table is needed only here  # noqa: PLC0415

        with self.write() as conn:
            if _revision(conn) is None:  # another process may have been first
                metadata.create_all(conn)
                conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY NOT NULL)"))
                conn.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
                conn.execute(meta.insert().values(name="salt", value=secrets.token_hex(16)))
        if self.path is not None and self.path.exists():
            self.path.chmod(0o600)

    @property
    def shown(self) -> str:
        """The database's name for people, without a password."""
        return str(self.path) if self.path is not None else self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that only reads; within `reading`, that one."""
        held: Connection | None = getattr(self._held, "conn", None)
        if held is not None:
            yield held
            return
        with _in_words(self), self.engine.connect() as conn:
            yield conn

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Everything this thread reads within shares a connection: cheaper, and on SQLite one view of the data.

        There, what is written meanwhile is seen only after it.
        """
        with self.read() as conn:
            before, self._held.conn = getattr(self._held, "conn", None), conn
            try:
                yield
            finally:
                self._held.conn = before

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all or nothing; on SQLite it takes the write lock at once."""
        self._unsettled = True
        with _in_words(self), self._writer.begin() as conn:
            yield conn

    def settle(self) -> None:
        """Move SQLite's write-ahead log into the file, as far as no one reads from it; for when nobody waits.

        Else a commit does it once the log is long, and whoever commits then waits for tens of milliseconds.
        """
        if not self.is_sqlite or not self._unsettled:
            return
        self._unsettled = False
        with _in_words(self):
            connection = self.engine.raw_connection()  # outside a transaction, which SQLite asks for here
            try:
                connection.cursor().execute(_CHECKPOINT).close()
            except sqlite3.Error as e:  # a full disk, above all
                raise DBAPIError.instance(_CHECKPOINT, None, e, sqlite3.Error) from e
            finally:
                connection.close()

    def sql(self, statement: str) -> str:
        """A statement with ? marks, for exec_driver_sql on either database."""
        return statement if self.is_sqlite else statement.replace("%", "%%").replace("?", "%s")

    def rows(self, conn: Connection, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement with ? marks as the driver gives them: for what is read at every push.

        Several times faster than Core; models/store/plain.py reads the values.
        """
        raw = conn.connection.driver_connection
        if raw is None:
            raise RuntimeError("the connection is closed")
        driver = conn.dialect.loaded_dbapi
        cursor = raw.cursor()
        try:
            cursor.execute(self.sql(statement), tuple(values))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        except driver.Error as e:
            raise without_values(statement, e, driver.Error) from e
        finally:
            cursor.close()
        return found

    def close(self) -> None:
        """Give back every connection."""
        with suppress(StoreError):  # what was committed is safe in the log
            self.settle()
        self.engine.dispose()


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _in_words(database: Database) -> Iterator[None]:
    try:
        yield
    except OperationalError as e:
        cause = str(e.orig).splitlines()[0] if e.orig else "no answer"
        if "locked" in cause or "busy" in cause:
            raise StoreBusy(f"the database {database.shown} is in use by another process: try again") from e
        raise StoreError(f"the database {database.shown} cannot be used: {cause}") from e
    except DatabaseError as e:
        if e.orig is not None and "not a database" in str(e.orig):
            raise StoreError(f"{database.shown} is not a database: name another file") from e
        if e.orig is not None and "malformed" in str(e.orig):
            raise StoreError(
                f"the database {database.shown} is damaged ({e.orig}): stop the service, keep the file, "
                "and put back a backup"
            ) from e
        raise


def without_values(statement: str, error: Exception, base: type[Exception]) -> BaseException:
    """A driver's error, met past SQLAlchemy, as SQLAlchemy would raise it; `base` is the root of those errors."""
    _cut(error)
    return DBAPIError.instance(statement, None, error, base)


def _cut(error: BaseException | None) -> None:
    """Below its sentence PostgreSQL quotes the refused row, in lines that begin with words of its own language."""
    if error is not None and error.args and isinstance(error.args[0], str):
        error.args = (error.args[0].partition("\n")[0], *error.args[1:])


def _postgres_engine(url: URL) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, **_ENGINE)

    @event.listens_for(engine, "handle_error")
    def _without_detail(failed: ExceptionContext) -> None:
        _cut(failed.original_exception)
        _cut(failed.sqlalchemy_exception)

    return engine


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **_ENGINE)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten; some builds of SQLite leave it
        cursor.execute("PRAGMA cache_size=-8000")
        cursor.execute("PRAGMA wal_autocheckpoint=8000")  # 32 MB: a checkpoint costs more than many commits
        cursor.execute(f"PRAGMA journal_size_limit={64 << 20}")  # a log that a long reader let grow is cut again
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        # A writer that starts as a reader cannot always become one: take the lock first.
        conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("writes") else "BEGIN")

    return engine
