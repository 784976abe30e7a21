"""Saving a page: items, ledger, meetings and cursor fall together in one transaction; twice is the same as once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from models.directory import Directory
from models.records import Interaction, Meeting, Message, Person
from models.schema.columns import meta
from models.store.addresses import epoch
from models.store.batch import Batch, joined
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.keys import key_of
from models.store.ledger import Knowledge, keep, lapse, leave_out, note_items, sweep, vanish
from models.store.mails import News, save_absences, save_mails
from models.store.meetings import save_meetings
from models.store.rows import partners_of, seconds
from models.store.sorting import Sorter
from models.store.sources import Source

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
    def prepared(self) -> Sequence[bytes]: ...
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
    """What a page added. `new` and `known` count mails with partners; `touched` are keys of partners with news.

    meetings             new versions of meetings that were stored
    unwatched, not_ours  versions of meetings that were read and left out: nobody of a partner, or nobody of us, on them
    """

    new: int = 0
    known: int = 0
    meetings: int = 0
    unwatched: int = 0
    not_ours: int = 0
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
        self.unwatched += more.unwatched
        self.not_ours += more.not_ours
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
        self._unnamed: set[str] = set()  # those of them whose name is not known yet
        self._epoch = 0
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
                    saved, addresses, unnamed = self._save(
                        conn, read_from, page, directory, now=now, keep_subjects=keep_subjects
                    )
            except IntegrityError:  # another worker stored the same mail between our look and our write
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            if len(addresses) < _KNOWN_ADDRESSES:
                self._addresses, self._unnamed = addresses, unnamed
            else:
                self._addresses, self._unnamed = {}, set()
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

    def sorter(self, directory: Directory, *, live: bool, keep_subjects: bool) -> Sorter:
        """What makes mails ready for `save` where they are read: see `Page.prepared`."""
        with self._database.read() as conn:
            return Sorter(directory, live=live, salt=self._salt_in(conn), keep_subjects=keep_subjects)

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
    ) -> tuple[Saved, dict[str, int], set[str]]:
        bulk = Bulk(conn, self._database)
        read_from = _in_generation(bulk, read_from, raised=page.census)
        saved = Saved()
        sorter = Sorter(directory, live=read_from.live, salt=self._salt_in(conn), keep_subjects=keep_subjects)
        mails = [one for one in page.interactions if isinstance(one, Message)]
        meetings = [one for one in page.interactions if isinstance(one, Meeting)]
        batch = joined([*map(Batch.unpacked, page.prepared), sorter.batch(mails)])
        concerned = [(meeting, *partners_of(meeting, directory)) for meeting in meetings]
        saved.unwatched = sum(1 for _, partners, _ in concerned if not partners)
        saved.not_ours = sum(1 for _, partners, us in concerned if partners and not (us or read_from.live))
        partner_ids = _partner_ids(bulk, {*batch.partners, *(key for _, keys, _ in concerned for key in keys)})

        forgotten = epoch(bulk, self._database)
        if forgotten != self._epoch:
            self._addresses, self._unnamed, self._epoch = {}, set(), forgotten
        unnamed = set(self._unnamed)
        addresses = bulk.intern_addresses(_people(batch, meetings), self._addresses, unnamed)
        news: News = {}
        kept = save_mails(bulk, batch, partner_ids, addresses, news)
        saved.new, saved.known = kept.new, kept.known
        if kept.known:  # what another source had brought already is carried by this one, too
            bulk.note_carried(read_from.id, _carried(batch, partner_ids))
        saved.classes.update(kind.value for kind in kept.classes)
        saved.outside = bulk.count_outside(batch)
        saved.elsewhere = len(batch.elsewhere) + len(batch.internal) + len(kept.homeless)
        saved.meetings = save_meetings(
            bulk, read_from, meetings, directory, partner_ids, addresses, news, keep_subjects=keep_subjects
        )
        save_absences(conn, batch, partner_ids, directory)
        saved.skipped.update(skip.reason for skip in page.skipped)
        partners_with_losses: set[int] = set()
        left_out = leave_out(bulk, read_from, page.skipped, now, partners_with_losses) if page.skipped else ()
        if read_from.live:
            note_items(bulk, read_from, batch, meetings, left_out, kept.homeless)
        elif left_out:
            note_items(bulk, read_from, Batch(), (), left_out)
        keep(bulk, read_from, [key_of(i) for i in page.kept])
        saved.gone = vanish(bulk, read_from, [key_of(i) for i in page.gone], now, partners_with_losses)
        if page.sweep:
            saved.gone += sweep(bulk, read_from, now, partners_with_losses)
        bulk.note_news(read_from.id, news)
        if partners_with_losses:  # something was withdrawn: begin anew from the start, whatever else is new
            bulk.note_news(read_from.id, dict.fromkeys(partners_with_losses, (0, 0, 0)))
        _move(bulk, read_from, page)
        touched = news.keys() | partners_with_losses
        saved.touched = {key for key, id_ in partner_ids.items() if id_ in touched}
        saved.touched |= _keys_of(bulk, touched.difference(partner_ids.values()))  # one that a meeting or a mail left
        return saved, addresses, unnamed

    def _salt_in(self, conn: Connection) -> bytes:
        """The key of topic hashes, made with the database."""
        if self._salt is None:
            self._salt = bytes.fromhex(conn.execute(select(meta.c.value).where(meta.c.name == "salt")).scalar_one())
        return self._salt


def _carried(batch: Batch, partner_ids: Mapping[str, int]) -> dict[int, tuple[int, int, int]]:
    """Earliest and latest mail of each partner in the batch, and none that is new."""
    seen: dict[int, tuple[int, int, int]] = {}
    for partner, at in zip(batch.partners, batch.ats, strict=True):
        if (id_ := partner_ids.get(partner)) is not None:
            first, last, _ = seen.get(id_, (at, at, 0))
            seen[id_] = min(first, at), max(last, at), 0
    return seen


def _keys_of(bulk: Bulk, partner_ids: Iterable[int]) -> set[str]:
    return {str(row[0]) for row in bulk.select_in("SELECT key FROM partner WHERE id IN", list(partner_ids))}


def _partner_ids(bulk: Bulk, wanted: set[str]) -> dict[str, int]:
    """Ids of partners by their keys; one that was removed meanwhile is not among them."""
    rows = bulk.select_in("SELECT key, id FROM partner WHERE key IN", sorted(wanted))
    return {str(key): int(id_) for key, id_ in rows}


def _people(batch: Batch, meetings: Iterable[Meeting]) -> dict[str, str]:
    """Every address on these, with the first name seen of it."""
    found = dict(zip(batch.addresses, batch.names, strict=True))

    def note(people: Iterable[Person]) -> None:
        for person in people:
            if person.address not in found or (person.name and not found[person.address]):
                found[person.address] = person.name

    for meeting in meetings:
        note(meeting.people)
        note(attendee.person for attendee in meeting.attendees)
        if meeting.moved_by is not None:
            note((meeting.moved_by,))
    return found


def _in_generation(bulk: Bulk, read_from: Source, *, raised: bool) -> Source:
    """The source with its generation of this moment: a census raises it in the middle of a pull."""
    if raised:
        bulk.run("UPDATE source SET generation = generation + 1 WHERE id = ?", [(read_from.id,)])
    current = bulk.rows("SELECT generation FROM source WHERE id = ?", (read_from.id,))
    return replace(read_from, generation=int(current[0][0])) if current else read_from


def _move(bulk: Bulk, read_from: Source, page: ReadPage) -> None:
    if page.cursor is not None:
        bulk.run("UPDATE source SET cursor = ? WHERE id = ?", [(page.cursor, read_from.id)])
    if page.read_until is not None:
        until = seconds(page.read_until)
        later = "UPDATE source SET read_until = ? WHERE id = ? AND (read_until IS NULL OR read_until < ?)"
        bulk.run(later, [(until, read_from.id, until)])
