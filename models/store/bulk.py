"""The fast path: many rows at once, past SQLAlchemy's compiler and, on PostgreSQL, by COPY."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from models.store.batch import Batch
from models.store.database import Database, without_values

_CHUNK = 500
_COPY_FROM = 50  # rows; below this a COPY costs more than it saves


Known = tuple[int, int, int, bool]  # a mail that is stored already: its row, time, class, whether it is withdrawn


_OUTSIDE = ("key", "domain_id", "day", "side", "message_class")


class Bulk:
    """Statements over many rows within one transaction."""

    def __init__(self, conn: Connection, database: Database) -> None:
        self.conn = conn
        self._database = database

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows that are known to be new."""
        if not rows:
            return
        names = ", ".join(columns)
        if not self._database.is_sqlite and len(rows) >= _COPY_FROM:
            raw = self.conn.connection.driver_connection
            if raw is None:
                raise RuntimeError("the connection is closed")
            driver, statement = self.conn.dialect.loaded_dbapi, f"COPY {table} ({names}) FROM STDIN"
            try:
                with raw.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)
            except driver.Error as e:
                raise without_values(statement, e, driver.Error) from e
            return
        marks = ", ".join("?" * len(columns))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    def insert_missing(self, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> int:
        """Insert rows, leaving those whose key exists; gives how many were new."""
        if not rows:
            return 0
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        return max(0, self.run(statement, rows))

    def run(self, statement: str, rows: Sequence[tuple[object, ...]]) -> int:
        """Execute for many rows; gives the number of rows changed."""
        if not rows:
            return 0
        return int(self.conn.exec_driver_sql(self._database.sql(statement), list(rows)).rowcount)

    def select_in(self, statement: str, keys: Collection[object], rest: str = "") -> Iterable[tuple[Any, ...]]:
        """Rows of a statement that ends in "IN", for many keys, some hundred at a time; `rest` follows them."""
        remaining = iter(keys)
        while chunk := tuple(islice(remaining, _CHUNK)):
            marks = ", ".join("?" * len(chunk))
            yield from self._database.rows(self.conn, f"{statement} ({marks}) {rest}", chunk)

    def rows(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Every row of one statement."""
        return self._database.rows(self.conn, statement, values)

    def intern_addresses(
        self, people: Mapping[str, str], known: Mapping[str, int], unnamed: set[str]
    ) -> dict[str, int]:
        """Ids of these addresses, made where missing.

        `known` is what earlier pages learned, `unnamed` those of it without a name: one that is given now is kept.
        """
        ids = dict(known) if len(known) < 4 * len(people) + 1000 else {a: known[a] for a in people if a in known}
        missing = sorted(a for a in people if a not in ids)
        named = [a for a in unnamed.intersection(people) if people[a]]
        if missing:
            found = self._address_ids(missing)
            absent = [a for a in missing if a not in found]
            named += [a for a in found if people[a]]
            if absent:
                self.insert_missing("address", ("address", "name"), [(a, people[a]) for a in absent])
                found.update(self._address_ids(absent))
            ids.update(found)
            unnamed.update(a for a in missing if not people[a])
        self.run("UPDATE address SET name = ? WHERE id = ? AND name = ''", [(people[a], ids[a]) for a in sorted(named)])
        unnamed.difference_update(named)
        return ids

    def _address_ids(self, addresses: Sequence[str]) -> dict[str, int]:
        rows = self.select_in("SELECT address, id FROM address WHERE address IN", addresses)
        return {str(address): int(id_) for address, id_ in rows}

    def domain_ids(self, names: Collection[str]) -> dict[str, int]:
        """Ids of these domains, made where missing."""
        wanted = sorted(set(names))
        query = "SELECT name, id FROM domain WHERE name IN"
        found = {str(name): int(id_) for name, id_ in self.select_in(query, wanted)}
        absent = [(name,) for name in wanted if name not in found]
        if absent:
            self.insert_missing("domain", ("name",), absent)
            found = {str(name): int(id_) for name, id_ in self.select_in(query, wanted)}
        return found

    def known_messages(self, keys: Sequence[int]) -> dict[tuple[int, int], Known]:
        """Those of these mails that are stored, by (key, partner id)."""
        query = "SELECT key, partner_id, id, at, message_class, withdrawn_at FROM message WHERE key IN"
        return {
            (key, partner_id): (id_, at, kind, withdrawn is not None)
            for key, partner_id, id_, at, kind, withdrawn in self.select_in(query, keys)
        }

    def next_message_ids(self, count: int) -> Sequence[int]:
        """Ids that nobody else will use: SQLite has one writer, PostgreSQL its sequence."""
        if count == 0:
            return ()
        if self._database.is_sqlite:
            last = int(self.conn.exec_driver_sql("SELECT coalesce(max(id), 0) FROM message").scalar_one())
            return range(last + 1, last + 1 + count)
        query = "SELECT nextval(pg_get_serial_sequence('message', 'id')) FROM generate_series(1, %s)"
        return [int(row[0]) for row in self.conn.exec_driver_sql(query, (count,))]

    def count_outside(self, batch: Batch) -> int:
        """Count mails with unwatched organisations, once for each; gives how many new ones concern nobody we watch."""
        if not batch.outside_keys:
            return 0
        ids = self.domain_ids(set(batch.outside_domains))
        seen = set(batch.ids)
        firsts: list[tuple[object, ...]] = []  # one row a mail, so that mails can be told from organisations
        others: list[tuple[object, ...]] = []
        for external_id, key, name, *rest in zip(
            batch.outside_ids,
            batch.outside_keys,
            batch.outside_domains,
            batch.outside_days,
            batch.outside_sides,
            batch.outside_classes,
            strict=True,
        ):
            (others if external_id in seen else firsts).append((key, ids[name], *rest))
            seen.add(external_id)
        self.insert_missing("outside", _OUTSIDE, others)
        return self.insert_missing("outside", _OUTSIDE, firsts)

    def note_news(self, source_id: int, news: Mapping[int, tuple[int, int, int]]) -> None:
        """Mark partners as having new facts, and this source as one that carries them."""
        self.run(
            "INSERT INTO attention (partner_id, news, touched, unmeasured, late_since) VALUES (?, 1, ?, ?, ?) "
            "ON CONFLICT (partner_id) DO UPDATE SET news = attention.news + 1, touched = excluded.touched, "
            "unmeasured = excluded.unmeasured, late_since = "
            "CASE WHEN attention.late_since < excluded.late_since "
            "THEN attention.late_since ELSE excluded.late_since END",
            sorted((partner_id, True, True, first) for partner_id, (first, _, _) in news.items()),
        )
        self.note_carried(source_id, {partner_id: facts for partner_id, facts in news.items() if facts[2]})

    def note_carried(self, source_id: int, carried: Mapping[int, tuple[int, int, int]]) -> None:
        """This source carries these partners: earliest, latest, how many new."""
        self.run(
            "INSERT INTO carries (partner_id, source_id, first_at, last_at, count) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (partner_id, source_id) DO UPDATE SET count = carries.count + excluded.count, "
            "first_at = CASE WHEN carries.first_at < excluded.first_at "
            "THEN carries.first_at ELSE excluded.first_at END, "
            "last_at = CASE WHEN carries.last_at > excluded.last_at THEN carries.last_at ELSE excluded.last_at END",
            [(partner_id, source_id, *facts) for partner_id, facts in carried.items()],
        )
