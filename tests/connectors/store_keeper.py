"""The real store as the machine's keeper: `flows.pull` over SQLite, killed between any two statements.

What the store keeps of an interaction is compared field by field, read with SQL of its own, not with the product's.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from connectors.base import Connector, Known, ServiceUnavailable
from flows.pull import Ending, pull
from models.directory import Directory
from models.records import Interaction, Meeting, Message, Partner
from models.store.keys import key_of
from models.store.ledger import Knowledge
from models.store.rows import CLASSES
from models.store.store import Store
from tests.connectors.keepers import GRACE, Keeper, Killed

_ROLES = ("to", "cc", "bcc", "undelivered")


class StoreKeeper(Keeper):
    """One SQLite file in a folder of its own; a day passes between two pulls, so no source rests."""

    partners: tuple[tuple[str, str], ...] = (
        ("northwind", "northwind.example"),
        ("southwind", "southwind.example"),
        ("eastwind", "eastwind.example"),
    )

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gonequiet-life-"))
        self.now = datetime(2027, 1, 1, tzinfo=UTC)
        self._fuse: int | None = None
        self._store = self._opened()
        for key, domain in self.partners:
            self._store.partners.add(Partner(key=key, title=key, domains=(domain,)), now=self.now)
        self._directory: Directory = self._store.partners.directory(["example.org"])

    def _opened(self) -> Store:
        store = Store.at(self._folder / "life.db")
        engine = store.database.engine

        def burn(*_: Any) -> None:
            if self._fuse is not None:
                self._fuse -= 1
                if self._fuse < 0:
                    raise Killed

        event.listen(engine, "before_cursor_execute", burn)
        event.listen(engine, "commit", burn)
        return store

    def pull(self, connector: Connector) -> None:
        """flows.pull; what it notes as a failure is raised here."""
        self.now += timedelta(days=1)
        pulled = pull(self._store, connector, self._directory, clock=lambda: self.now, worker="life", grace=GRACE)
        if pulled.ending is not Ending.COMPLETE:
            raise ServiceUnavailable(pulled.failure or pulled.ending.value)

    def vanished(self, source: str) -> Collection[str]:
        """The marks of the ledger, whose mail counts still."""
        with self._store.database.read() as conn:
            keys = conn.execute(
                text("SELECT i.key FROM item i JOIN source s ON s.id = i.source_id WHERE s.name = :name AND state = 3"),
                {"name": source},
            ).scalars()
            return {str(key) for key in keys} & self.live(source).keys()

    def wait(self) -> None:
        """As a pull does it that finds nothing new."""
        self.now += GRACE + timedelta(days=1)
        for source in self._store.sources.all():
            self._store.pages.lapse(source, before=self.now - GRACE, now=self.now)

    def kill_after(self, statements: int | None) -> None:
        """Counted over reads, writes and commits."""
        self._fuse = statements

    def restart(self) -> None:
        """A new process over the same file."""
        self._fuse = None
        self._store.close()
        self._store = self._opened()

    def known(self, source: str) -> Known:
        """The store's own answer."""
        return _Late(self, source)

    def knowledge(self, source: str) -> Knowledge:
        """What the ledger holds now."""
        found = self._store.sources.ensure(source, live=True)
        return Knowledge(self._store.database, found, self._directory)

    def name_of(self, external_id: str) -> str:
        """The ledger keeps keys, not ids."""
        return str(key_of(external_id))

    def expected(self, external_id: str, interaction: Interaction) -> object | None:
        """The rows that this interaction should have; None if it concerns no partner."""
        people = (
            [p for p in (interaction.sender, *interaction.to, *interaction.cc, *interaction.bcc) if p is not None]
            if isinstance(interaction, Message)
            else list(interaction.people)
        )
        concerned = {place.partner for p in people if (place := self._directory.place(p.address)).partner is not None}
        if not concerned:
            return None
        facts = _mail_facts(interaction) if isinstance(interaction, Message) else _meeting_facts(interaction)
        return frozenset((partner, facts) for partner in concerned)

    def live(self, source: str) -> Mapping[str, object]:
        """By key of the external id, what the tables hold of it."""
        found: dict[str, set[object]] = {}
        with self._store.database.read() as conn:
            items = conn.execute(
                text(
                    "SELECT i.key, i.message_key, i.meeting_key, s.id FROM item i JOIN source s ON s.id = i.source_id "
                    "WHERE s.name = :name AND i.state IN (0, 3)"
                ),
                {"name": source},
            ).all()
            for key, message_key, meeting_key, source_id in items:
                rows = _mails(conn, message_key) if message_key is not None else _meetings(conn, meeting_key, source_id)
                if rows:
                    found[str(key)] = rows
        return {key: frozenset(rows) for key, rows in found.items()}

    def close(self) -> None:
        """Remove the folder."""
        self._store.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Late:
    """Asks the ledger only when the connector does, as after any restart."""

    def __init__(self, keeper: StoreKeeper, source: str) -> None:
        self._keeper = keeper
        self._source = source

    def __call__(self, external_ids: Any, /) -> frozenset[str]:
        return self._keeper.knowledge(self._source)(external_ids)


def _mail_facts(message: Message) -> object:
    recipients = {}
    for role, people in (("to", message.to), ("cc", message.cc), ("bcc", message.bcc)):
        for person in people:
            recipients.setdefault(person.address, role)
    return (
        key_of(message.uid),
        int(message.at.timestamp()),
        message.sender.address if message.sender else None,
        message.message_class.value,
        frozenset(recipients.items()),
    )


def _meeting_facts(meeting: Meeting) -> object:
    return (
        key_of(meeting.uid),
        int(meeting.at.timestamp()),
        int(meeting.until.timestamp()),
        meeting.status.value,
        int(meeting.original_start.timestamp()) if meeting.original_start else None,
        meeting.organiser.address if meeting.organiser else None,
        meeting.all_day,
        meeting.free,
        frozenset((a.person.address, a.response.value, a.optional, a.resource) for a in meeting.attendees),
    )


def _mails(conn: Any, key: int) -> set[object]:
    rows = conn.execute(
        text(
            "SELECT m.id, p.key AS partner, m.at, a.address AS sender, m.message_class FROM message m "
            "JOIN partner p ON p.id = m.partner_id LEFT JOIN address a ON a.id = m.sender_id "
            "WHERE m.key = :key AND m.withdrawn_at IS NULL"
        ),
        {"key": key},
    ).all()
    found: set[object] = set()
    for row in rows:
        recipients = conn.execute(
            text(
                "SELECT a.address, r.role FROM recipient r JOIN address a ON a.id = r.address_id "
                "WHERE r.message_id = :id"
            ),
            {"id": row.id},
        ).all()
        facts = (
            key,
            row.at,
            row.sender,
            CLASSES[row.message_class].value,
            frozenset((address, _ROLES[role]) for address, role in recipients),
        )
        found.add((row.partner, facts))
    return found


def _meetings(conn: Any, key: int, source_id: int) -> set[object]:
    rows = conn.execute(
        text(
            "SELECT m.*, p.key AS partner, a.address AS organiser FROM meeting m JOIN partner p ON p.id = m.partner_id "
            "LEFT JOIN address a ON a.id = m.organiser_id WHERE m.key = :key AND m.source_id = :source "
            "ORDER BY m.seen_at, m.id"
        ),
        {"key": key, "source": source_id},
    ).all()
    newest = {row.partner: row for row in rows}
    found: set[object] = set()
    for partner, row in newest.items():
        if row.withdrawn_at is not None or row.status == "cancelled":
            continue
        invitees = conn.execute(
            text(
                "SELECT a.address, i.response, i.optional, i.resource FROM invitee i "
                "JOIN address a ON a.id = i.address_id WHERE i.meeting_id = :id"
            ),
            {"id": row.id},
        ).all()
        facts = (
            key,
            row.at,
            row.until,
            row.status,
            row.original_start,
            row.organiser,
            bool(row.all_day),
            bool(row.free),
            frozenset((address, response, bool(optional), bool(res)) for address, response, optional, res in invitees),
        )
        found.add((partner, facts))
    return found
