"""The ledger: what became of each id that a source listed, and what happens when one is withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from models.directory import Directory
from models.records import Meeting, Side
from models.store.batch import Batch
from models.store.bulk import Bulk
from models.store.database import Database
from models.store.keys import key_of
from models.store.rows import UNREAD, ItemState, seconds
from models.store.sources import Source

# Why a mail that was read is not kept.
INTERNAL, ELSEWHERE, UNWATCHED = "among ourselves", "no organisation", "not watched"

_COLUMNS = ("source_id", "key", "state", "generation", "message_key", "meeting_key", "domain_id", "reason")
_UPSERT = (
    f"INSERT INTO item ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    "ON CONFLICT (source_id, key) DO UPDATE SET gone_at = NULL, "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
)


class Skip(Protocol):
    """An item left out, with its reason."""

    @property
    def external_id(self) -> str: ...
    @property
    def reason(self) -> str: ...


def note_items(
    bulk: Bulk,
    source: Source,
    mail: Batch,
    meetings: Sequence[Meeting],
    skipped: Sequence[Skip],
    homeless: Collection[str] = (),
) -> None:
    """Write down where every listed id ended; `homeless` mails belong to partners that were removed meanwhile."""
    own = (source.id, source.generation)
    rows: dict[int, tuple[object, ...]] = {}

    def note(external_id: str, state: ItemState, *facts: object) -> None:
        key = key_of(external_id)
        rows[key] = (own[0], key, int(state), own[1], *facts)

    for skip in skipped:
        note(skip.external_id, ItemState.SKIPPED, None, None, None, skip.reason)
    for external_id in mail.internal:
        note(external_id, ItemState.SKIPPED, None, None, None, INTERNAL)
    for external_id in (*mail.elsewhere, *homeless):
        note(external_id, ItemState.SKIPPED, None, None, None, ELSEWHERE)
    domains = bulk.domain_ids(set(mail.outside_domains))
    for external_id, key, domain in zip(mail.outside_ids, mail.outside_keys, mail.outside_domains, strict=True):
        if key_of(external_id) not in rows:  # the first of several organisations stands for all
            note(external_id, ItemState.SKIPPED, key, None, domains[domain], UNWATCHED)
    for external_id, key in zip(mail.ids, mail.keys, strict=True):
        if external_id not in homeless:
            note(external_id, ItemState.STORED, key, None, None, None)
    for meeting in meetings:
        note(meeting.external_id, ItemState.STORED, None, key_of(meeting.uid), None, None)
    bulk.run(_UPSERT, list(rows.values()))


def vanish(bulk: Bulk, source: Source, keys: Sequence[int], now: datetime, losers: set[int]) -> int:
    """Ids that the service no longer shows. A mail is only marked: it counts until `lapse`. A meeting is off at once.

    Adds the ids of partners that lost a meeting to `losers`; gives how many ids were known.
    """
    if not keys:
        return 0
    found = list(
        bulk.select_in(
            f"SELECT key, message_key, meeting_key FROM item WHERE source_id = {source.id} AND state = 0 AND key IN",
            keys,
        )
    )
    at = seconds(now)
    mails = {row[0] for row in found if row[1] is not None}
    mark = "UPDATE item SET state = ?, gone_at = ? WHERE source_id = ? AND key = ? AND state = ?"
    bulk.run(mark, [(int(ItemState.VANISHED), at, source.id, key, int(ItemState.STORED)) for key in sorted(mails)])
    rest = sorted(set(keys) - mails)
    for before in (ItemState.STORED, ItemState.SKIPPED):
        bulk.run(mark, [(int(ItemState.GONE), at, source.id, key, int(before)) for key in rest])
    meetings = [row[2] for row in found if row[2] is not None]
    losers.update(int(row[0]) for row in bulk.select_in("SELECT partner_id FROM meeting WHERE key IN", meetings))
    bulk.run(
        "UPDATE meeting SET withdrawn_at = ? WHERE source_id = ? AND key = ? AND withdrawn_at IS NULL",
        [(at, source.id, key) for key in meetings],
    )
    return len(found)


def lapse(bulk: Bulk, source: Source, before: datetime, now: datetime, losers: set[int]) -> int:
    """Mails of this source that vanished at `before` or earlier and never came back are withdrawn.

    They stay for the record, and go on counting while another account has them, or had them until lately. Adds the
    ids of partners that lost something to `losers`; gives how many mails stopped counting.
    """
    due = bulk.rows(
        f"SELECT key, message_key FROM item WHERE source_id = ? AND state = {int(ItemState.VANISHED)} AND gone_at <= ?",
        (source.id, seconds(before)),
    )
    if not due:
        return 0
    bulk.run(
        "UPDATE item SET state = ? WHERE source_id = ? AND key = ?",
        [(int(ItemState.GONE), source.id, row[0]) for row in due],
    )
    messages = sorted({int(row[1]) for row in due})
    held = "SELECT message_key FROM item WHERE state IN (0, 3) AND message_key IN"
    elsewhere = {int(row[0]) for row in bulk.select_in(held, messages)}
    lost = [key for key in messages if key not in elsewhere]
    losers.update(int(row[0]) for row in bulk.select_in("SELECT partner_id FROM message WHERE key IN", lost))
    withdraw = "UPDATE message SET withdrawn_at = ? WHERE key = ? AND withdrawn_at IS NULL"
    bulk.run(withdraw, [(seconds(now), key) for key in lost])
    return len(lost)


def leave_out(bulk: Bulk, source: Source, skipped: Sequence[Skip], now: datetime, losers: set[int]) -> tuple[Skip, ...]:
    """What was stored and is left out by rule from now on (junked, say) vanishes too; gives the skips to write down.

    A mail keeps its place in the ledger until its grace is over.
    """
    by_key = {key_of(skip.external_id): skip for skip in skipped}
    query = f"SELECT key, message_key FROM item WHERE source_id = {source.id} AND state IN (0, 3) AND key IN"
    held = list(bulk.select_in(query, list(by_key)))
    vanish(bulk, source, [row[0] for row in held], now, losers)
    waiting = {row[0] for row in held if row[1] is not None}
    return tuple(skip for key, skip in by_key.items() if key not in waiting)


def sweep(bulk: Bulk, source: Source, now: datetime, losers: set[int]) -> int:
    """After reading a source from the start: what it no longer lists has vanished."""
    statement = "SELECT key FROM item WHERE source_id = ? AND state IN (0, 1) AND generation < ?"
    unseen = bulk.rows(statement, (source.id, source.generation))
    return vanish(bulk, source, [int(row[0]) for row in unseen], now, losers)


def keep(bulk: Bulk, source: Source, keys: Sequence[int]) -> None:
    """Ids that were listed again and need no reading: they survive the sweep, and one that had vanished is back."""
    bulk.run(
        "UPDATE item SET generation = ?, state = CASE state WHEN 3 THEN 0 ELSE state END, "
        "gone_at = CASE state WHEN 3 THEN NULL ELSE gone_at END WHERE source_id = ? AND key = ?",
        [(source.generation, source.id, key) for key in keys],
    )


class Knowledge:
    """Which ids of a source need not be read again; see `connectors.base.Known`.

    A mail left out because nobody watches its organisation is read again once somebody does; so is one that was stored
    for another partner (`Outside.forget` marks both).
    """

    def __init__(self, database: Database, source: Source, directory: Directory) -> None:
        self._database = database
        self._source = source
        self._directory = directory
        self._same = source.directory == directory.fingerprint
        read_as, _, rest = (source.directory or "").partition("-")
        self._same_us = not rest or read_as == directory.who_we_are
        self._watched: set[int] | None = None

    def __call__(self, external_ids: Sequence[str], /) -> frozenset[str]:
        """Those of the ids that are stored, or were read and still concern nobody we watch."""
        by_key = {key_of(external_id): external_id for external_id in external_ids}
        with self._database.read() as conn:
            bulk = Bulk(conn, self._database)
            watched = self._now_watched(bulk)
            query = (
                f"SELECT key, state, reason, domain_id FROM item WHERE source_id = {self._source.id} "
                f"AND state IN (0, 1) AND generation <> {UNREAD} AND key IN"
            )
            rows = list(bulk.select_in(query, list(by_key)))
        return frozenset(
            by_key[key] for key, state, reason, domain_id in rows if self._settled(state, reason, domain_id, watched)
        )

    def _settled(self, state: int, reason: str | None, domain_id: int | None, watched: set[int]) -> bool:
        if domain_id in watched:
            return False
        if state == ItemState.STORED or reason == UNWATCHED:
            return True
        return (reason == INTERNAL and self._same_us) or (reason == ELSEWHERE and self._same)

    def _now_watched(self, bulk: Bulk) -> set[int]:
        """Domains of mails left out earlier of which all or some belongs to a partner or to us by now."""
        if self._watched is None:
            rows = [] if self._same else bulk.rows("SELECT id, name FROM domain", ())
            side, in_part = self._directory.side, self._directory.domains_in_part
            self._watched = {id_ for id_, name in rows if name in in_part or side(f"x@{name}") is not Side.OTHER}
        return self._watched
