"""Saving a page: items, ledger, meetings and cursor fall together in one transaction; twice is the same as once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from models.directory import Directory
from models.records import Absence, Interaction, Meeting, Message, MessageClass, Person, Side
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.keys import key_of
from models.store.ledger import Knowledge, keep, lapse, leave_out, note_items, sweep, vanish
from models.store.meetings import save_meetings
from models.store.partners import save_absence
from models.store.rows import MESSAGE_COLUMNS, Draft, Sorted, Sorter, partners_of
from models.store.sources import Source
from models.tables import meta, source

_ATTEMPTS = 3
_KNOWN_ADDRESSES = 100_000


class Skip(Protocol):
    """An item left out, with its reason."""

    @property
    def external_id(self) -> str: ...
    @property
    def reason(self) -> str: ...


class ReadPage(Protocol):
    """What `connectors.base.Page` looks like from here."""

    @property
    def interactions(self) -> Sequence[Interaction]: ...
    @property
    def gone(self) -> Sequence[str]: ...
    @property
    def kept(self) -> Sequence[str]: ...
    @property
    def skipped(self) -> Sequence[Skip]: ...
    @property
    def cursor(self) -> str | None: ...
    @property
    def read_until(self) -> datetime | None: ...
    @property
    def sweep(self) -> bool: ...
    @property
    def census(self) -> bool: ...


@dataclass(slots=True)
class Saved:
    """What a page added. `new` and `known` count mails with partners; `touched` are keys of partners with news."""

    new: int = 0
    known: int = 0
    meetings: int = 0
    outside: int = 0
    elsewhere: int = 0
    gone: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    touched: set[str] = field(default_factory=set)

    def add(self, more: Saved) -> None:
        """Sum up a pull."""
        self.new += more.new
        self.known += more.known
        self.meetings += more.meetings
        self.outside += more.outside
        self.elsewhere += more.elsewhere
        self.gone += more.gone
        self.skipped += more.skipped
        self.classes += more.classes
        self.touched |= more.touched


class Pages:
    """Saves pages. Remembers the ids of addresses it has seen, so one object serves one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._addresses: dict[str, int] = {}
        self._salt: bytes | None = None

    def save(
        self,
        read_from: Source,
        page: ReadPage,
        directory: Directory,
        *,
        now: datetime,
        keep_subjects: bool = False,
    ) -> Saved:
        """Store one page of a source: all of it or nothing, and its cursor with it."""
        for attempt in range(_ATTEMPTS):
            try:
                with self._database.write() as conn:
                    saved, addresses = self._save(
                        conn, read_from, page, directory, now=now, keep_subjects=keep_subjects
                    )
            except IntegrityError:  # another worker stored the same mail between our look and our write
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            self._addresses = addresses if len(addresses) < _KNOWN_ADDRESSES else {}
            return saved
        raise AssertionError("unreachable")

    def lapse(self, read_from: Source, *, before: datetime, now: datetime) -> Saved:
        """Withdraw the mails of a source that vanished at `before` or earlier and did not come back.

        `gone` of the answer is how many stopped counting: one that another account has goes on.
        """
        with self._database.write() as conn:
            bulk = Bulk(conn, self._database)
            losers: set[int] = set()
            saved = Saved(gone=lapse(bulk, read_from, before, now, losers))
            bulk.note_news(read_from.id, dict.fromkeys(losers, (0, 0, 0)))  # begin anew from the start
            saved.touched = _keys_of(bulk, losers)
            return saved

    def knowledge(self, read_from: Source, directory: Directory) -> Knowledge:
        """What need not be read again from this source."""
        return Knowledge(self._database, read_from, directory)

    def _save(
        self,
        conn: Connection,
        read_from: Source,
        page: ReadPage,
        directory: Directory,
        *,
        now: datetime,
        keep_subjects: bool,
    ) -> tuple[Saved, dict[str, int]]:
        read_from = _in_generation(conn, read_from, raised=page.census)
        bulk = Bulk(conn, self._database)
        saved = Saved()
        sorter = Sorter(directory, live=read_from.live, salt=self._salt_in(conn), keep_subjects=keep_subjects)
        sorted_mail = Sorted()
        meetings: list[Meeting] = []
        for interaction in page.interactions:
            if isinstance(interaction, Message):
                sorter.sort(interaction, sorted_mail)
            else:
                meetings.append(interaction)
        partner_ids = _resolve(bulk, sorted_mail, meetings, directory)

        addresses = bulk.intern_addresses(_people(sorted_mail.drafts, meetings), self._addresses)
        news: dict[int, tuple[int, int, int]] = {}  # partner -> earliest, latest, count
        self._save_mail(bulk, sorted_mail.drafts, addresses, saved, news)
        saved.outside = bulk.count_outside(sorted_mail.outside.values())
        saved.elsewhere = len(sorted_mail.elsewhere) + len(sorted_mail.internal)
        saved.meetings = save_meetings(
            bulk, read_from, meetings, directory, partner_ids, addresses, news, keep_subjects=keep_subjects
        )
        _save_absences(conn, sorted_mail.drafts, directory)
        saved.skipped.update(skip.reason for skip in page.skipped)
        partners_with_losses: set[int] = set()
        left_out = leave_out(bulk, read_from, page.skipped, now, partners_with_losses) if page.skipped else ()
        if read_from.live:
            note_items(bulk, read_from, sorted_mail, meetings, left_out)
        elif left_out:
            note_items(bulk, read_from, Sorted(), (), left_out)
        keep(bulk, read_from, [key_of(i) for i in page.kept])
        saved.gone = vanish(bulk, read_from, [key_of(i) for i in page.gone], now, partners_with_losses)
        if page.sweep:
            saved.gone += sweep(bulk, read_from, now, partners_with_losses)
        for partner_id in partners_with_losses:
            news.setdefault(partner_id, (0, 0, 0))  # something was withdrawn: begin anew from the start
        bulk.note_news(read_from.id, news)
        _move(conn, read_from, page)
        saved.touched = _keys_of(bulk, news)
        return saved, addresses

    def _salt_in(self, conn: Connection) -> bytes:
        """The key of topic hashes, made with the database."""
        if self._salt is None:
            self._salt = bytes.fromhex(conn.execute(select(meta.c.value).where(meta.c.name == "salt")).scalar_one())
        return self._salt

    @staticmethod
    def _save_mail(
        bulk: Bulk,
        drafts: Iterable[Draft],
        addresses: dict[str, int],
        saved: Saved,
        news: dict[int, tuple[int, int, int]],
    ) -> None:
        unique: dict[tuple[int, int], Draft] = {}
        again = [d for d in drafts if unique.setdefault((d.key, d.partner_id), d) is not d]
        known = bulk.known_messages([key for key, _ in unique])
        fresh = [draft for pair, draft in unique.items() if pair not in known]
        for draft, new_id in zip(fresh, bulk.next_message_ids(len(fresh)), strict=True):
            draft.id = new_id
        bulk.insert("message", MESSAGE_COLUMNS, [draft.row(addresses) for draft in fresh])
        bulk.insert(
            "recipient",
            ("message_id", "address_id", "role"),
            [row for draft in fresh for row in draft.recipients(addresses)],
        )
        for draft in fresh:
            first, last, count = news.get(draft.partner_id, (draft.at, draft.at, 0))
            news[draft.partner_id] = (min(first, draft.at), max(last, draft.at), count + 1)
            saved.classes[draft.message.message_class.value] += 1
        saved.new += len({draft.key for draft in fresh})
        seen_again = [draft for pair, draft in unique.items() if pair in known] + again
        saved.known += len({draft.key for draft in seen_again})
        for draft in seen_again:
            first_seen = unique[draft.key, draft.partner_id]
            draft.id = first_seen.id or known[draft.key, draft.partner_id].id
        changed = bulk.merge_sightings(seen_again, known, addresses)
        for partner_id, at in changed:
            first, last, count = news.get(partner_id, (at, at, 0))
            news[partner_id] = (min(first, at), max(last, at), count)


def _keys_of(bulk: Bulk, partner_ids: Iterable[int]) -> set[str]:
    return {str(row[0]) for row in bulk.select_in("SELECT key FROM partner WHERE id IN", list(partner_ids))}


def _resolve(bulk: Bulk, mail: Sorted, meetings: Iterable[Meeting], directory: Directory) -> dict[str, int]:
    """Ids of the partners on this page; a mail of one removed meanwhile concerns nobody."""
    wanted = {draft.partner for draft in mail.drafts}
    for meeting in meetings:
        wanted.update(partners_of(meeting, directory)[0])
    ids = {
        str(key): int(id_) for key, id_ in bulk.select_in("SELECT key, id FROM partner WHERE key IN", sorted(wanted))
    }
    mail.elsewhere += [d.message.external_id for d in mail.drafts if d.partner not in ids]
    mail.drafts = [draft for draft in mail.drafts if draft.partner in ids]
    for draft in mail.drafts:
        draft.partner_id = ids[draft.partner]
    return ids


def _people(drafts: Iterable[Draft], meetings: Iterable[Meeting]) -> dict[str, str]:
    """Every address on these, with the best name seen."""
    found: dict[str, str] = {}

    def note(people: Iterable[Person]) -> None:
        for person in people:
            if person.name or person.address not in found:
                found[person.address] = person.name or found.get(person.address, "")

    for draft in drafts:
        message = draft.message
        if message.sender is not None:
            note((message.sender,))
        note(message.to)
        note(message.cc)
        note(message.bcc)
        for address in message.undelivered:
            found.setdefault(address, "")
    for meeting in meetings:
        note(meeting.people)
        note(attendee.person for attendee in meeting.attendees)
        if meeting.moved_by is not None:
            note((meeting.moved_by,))
    return found


def _save_absences(conn: Connection, drafts: Iterable[Draft], directory: Directory) -> None:
    for draft in drafts:
        message = draft.message
        if message.message_class is not MessageClass.AUTO_REPLY or message.sender is None:
            continue
        place = directory.place(message.sender.address)
        if place.side is not Side.PARTNER or place.partner is None:
            continue
        save_absence(
            conn,
            draft.partner_id,
            Absence(
                partner=place.partner,
                since=message.at.date(),
                until=message.back_on,
                person=message.sender.address,
                origin="auto_reply",
            ),
        )


def _in_generation(conn: Connection, read_from: Source, *, raised: bool) -> Source:
    """The source with its generation of this moment: a census raises it in the middle of a pull."""
    if raised:
        conn.execute(update(source).where(source.c.id == read_from.id).values(generation=source.c.generation + 1))
    current = conn.execute(select(source.c.generation).where(source.c.id == read_from.id)).scalar()
    return read_from if current is None else replace(read_from, generation=int(current))


def _move(conn: Connection, read_from: Source, page: ReadPage) -> None:
    values: dict[str, object] = {}
    if page.cursor is not None:
        values["cursor"] = page.cursor
    if values:
        conn.execute(update(source).where(source.c.id == read_from.id).values(**values))
    if page.read_until is not None:
        earlier = source.c.read_until.is_(None) | (source.c.read_until < page.read_until)
        conn.execute(update(source).where(source.c.id == read_from.id, earlier).values(read_until=page.read_until))
