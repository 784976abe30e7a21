"""Whom our mails reach: readers who want none, and the key that signs the links they get."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from models.schema.alerts import silent_reader
from models.schema.columns import meta
from models.store.database import Database


class Readers:
    """Who reads what we write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def silence(self, reader: str, *, now: datetime) -> None:
        """This reader asked for no more mail; asking twice changes nothing."""
        with self._database.write() as conn:
            if conn.execute(select(silent_reader.c.reader).where(silent_reader.c.reader == reader)).first() is None:
                conn.execute(insert(silent_reader).values(reader=reader, since=now))

    def hear_again(self, reader: str) -> bool:
        """This reader wants mail again; False if it always did."""
        with self._database.write() as conn:
            return bool(conn.execute(delete(silent_reader).where(silent_reader.c.reader == reader)).rowcount)

    def silent(self) -> dict[str, datetime]:
        """Readers who asked for no more mail, and since when."""
        with self._database.read() as conn:
            return {row.reader: row.since for row in conn.execute(select(silent_reader))}

    def link_key(self) -> str:
        """The key that signs the links in mails, made on first use and shared by all workers."""
        query = select(meta.c.value).where(meta.c.name == "link_key")
        with self._database.read() as conn:
            known = conn.execute(query).scalar()
        if known is None:
            with suppress(IntegrityError), self._database.write() as conn:  # another worker may be first
                conn.execute(insert(meta).values(name="link_key", value=secrets.token_urlsafe(32)))
            with self._database.read() as conn:
                known = conn.execute(query).scalar_one()
        return str(known)
