"""What every table is made of: the metadata, and times and dates as columns.

Times are whole seconds since 1970 in UTC (`Instant`); local dates are ISO text. A mail, meeting or outside id is
looked up by a 64-bit BLAKE2b key, never by its text: four times smaller and faster than text keys.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time kept as whole seconds since 1970: four bytes, ordered, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To seconds; a naive time is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return int(value.timestamp() // 1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """To an aware UTC time."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Day(TypeDecorator[date]):
    """A local date kept as ISO text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """To ISO text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """To a date."""
        return None if value is None else date.fromisoformat(value)


# SQLite gives a rowid alias only to INTEGER; PostgreSQL wants 64 bits.
ID = BigInteger().with_variant(Integer, "sqlite")
COMPACT: dict[str, Any] = {"sqlite_with_rowid": False}  # WITHOUT ROWID: the primary key is the table

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that meet a condition, on either database.

    The condition is set when the index is made: naming a dialect in a declaration imports it, and PostgreSQL's
    takes longer than `gonequiet status`.
    """
    index = Index(name, *columns)

    @event.listens_for(index, "before_create")
    def _limit(target: Index, connection: Connection, **_: object) -> None:
        target.dialect_options[connection.dialect.name]["where"] = text(where)

    return index
