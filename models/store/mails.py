"""Saving the mails of a page: those that are new, and another sighting of those that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import compress

from sqlalchemy import Connection

from models.directory import Directory
from models.records import Absence, MessageClass, Side
from models.store.batch import Batch
from models.store.bulk import Bulk, Known
from models.store.partners import save_absence
from models.store.rows import CLASS_CODE, CLASSES, MESSAGE_COLUMNS

News = dict[int, tuple[int, int, int]]  # partner id -> earliest, latest, how many
_HUMAN = CLASS_CODE[MessageClass.HUMAN]
_AUTO_REPLY = CLASS_CODE[MessageClass.AUTO_REPLY]
_RECIPIENT = ("message_id", "address_id", "role")


@dataclass(slots=True)
class SavedMails:
    """What became of a batch; `new` and `known` count mails, however many partners each concerns.

    classes   of the new ones, once for each partner
    homeless  ids of mails whose partner was removed meanwhile: they concern nobody
    """

    new: int = 0
    known: int = 0
    classes: list[MessageClass] = field(default_factory=list)
    homeless: set[str] = field(default_factory=set)


def save_mails(
    bulk: Bulk, batch: Batch, partner_ids: Mapping[str, int], address_ids: Mapping[str, int], news: News
) -> SavedMails:
    """Store a batch; notes in `news` what is new for whom."""
    saved = SavedMails()
    if not batch.keys:
        return saved
    owners = list(map(partner_ids.get, batch.partners))
    known = bulk.known_messages(batch.keys)
    first: dict[tuple[int, int], int] = {}  # the place of a mail's first sighting on this page
    is_new = [False] * len(owners)
    again: list[int] = []
    for place, (key, partner_id) in enumerate(zip(batch.keys, owners, strict=True)):
        if partner_id is None:
            saved.homeless.add(batch.ids[place])
        elif (key, partner_id) in first or (key, partner_id) in known:
            first.setdefault((key, partner_id), place)
            again.append(place)
        else:
            first[key, partner_id] = place
            is_new[place] = True
    if saved.homeless:  # a mail to another partner too is at home there
        saved.homeless -= set(compress(batch.ids, owners))
    fresh = list(compress(range(len(owners)), is_new))
    row_ids = [0] * len(owners)
    for place, row_id in zip(fresh, bulk.next_message_ids(len(fresh)), strict=True):
        row_ids[place] = row_id
    people = [address_ids[address] for address in batch.addresses]
    _insert(bulk, batch, owners, row_ids, is_new, people)
    for place in fresh:
        _note(news, owners[place] or 0, batch.ats[place], 1)
    saved.classes = [CLASSES[batch.classes[place]] for place in fresh]
    saved.new = len({batch.keys[place] for place in fresh})
    saved.known = len({batch.keys[place] for place in again})
    if again:
        _merge(bulk, batch, again, owners, row_ids, first, known, people, news)
    return saved


def _insert(
    bulk: Bulk,
    batch: Batch,
    owners: Sequence[int | None],
    row_ids: Sequence[int],
    is_new: Sequence[bool],
    people: Sequence[int],
) -> None:
    senders = [None if sender < 0 else people[sender] for sender in batch.senders]
    rows = zip(
        row_ids,
        batch.keys,
        owners,
        batch.ats,
        senders,
        batch.sides,
        batch.classes,
        batch.threads,
        batch.roots,
        batch.replies,
        batch.topics,
        batch.subjects,
        batch.backs,
        batch.suspects,
        strict=True,
    )
    bulk.insert("message", MESSAGE_COLUMNS, list(compress(rows, is_new)))
    bulk.insert("recipient", _RECIPIENT, list(_recipients(batch, row_ids, is_new, people)))


def _recipients(
    batch: Batch, row_ids: Sequence[int], wanted: Sequence[bool], people: Sequence[int]
) -> Iterable[tuple[object, ...]]:
    rows = zip(map(row_ids.__getitem__, batch.owners), map(people.__getitem__, batch.people), batch.roles, strict=True)
    return compress(rows, map(wanted.__getitem__, batch.owners))


def _merge(
    bulk: Bulk,
    batch: Batch,
    again: Sequence[int],
    owners: Sequence[int | None],
    row_ids: list[int],
    first: Mapping[tuple[int, int], int],
    known: Mapping[tuple[int, int], Known],
    people: Sequence[int],
    news: News,
) -> None:
    """Another sighting of a mail: recipients are the union, the earliest time holds, and a person's word is one."""
    wanted = [False] * len(owners)
    now_stored = dict(known)
    updates: list[tuple[object, ...]] = []
    for place in again:
        pair = (batch.keys[place], owners[place] or 0)
        before = now_stored.get(pair)
        if before is None:
            begun = first[pair]
            before = row_ids[begun], batch.ats[begun], batch.classes[begun], False
        row_id, stored_at, stored_class, withdrawn = before
        row_ids[place] = row_id
        wanted[place] = True
        becomes_human = batch.classes[place] == _HUMAN != stored_class
        if batch.ats[place] < stored_at or becomes_human or withdrawn:
            at = min(batch.ats[place], stored_at)
            kind = _HUMAN if becomes_human else stored_class
            updates.append((at, kind, row_id))
            now_stored[pair] = row_id, at, kind, False
            _note(news, pair[1], at, 0)
    bulk.insert_missing("recipient", _RECIPIENT, list(_recipients(batch, row_ids, wanted, people)))
    bulk.run("UPDATE message SET at = ?, message_class = ?, withdrawn_at = NULL WHERE id = ?", updates)


def _note(news: News, partner_id: int, at: int, count: int) -> None:
    first, last, before = news.get(partner_id, (at, at, 0))
    news[partner_id] = (min(first, at), max(last, at), before + count)


def save_absences(conn: Connection, batch: Batch, partner_ids: Mapping[str, int], directory: Directory) -> None:
    """What the automatic replies of a batch say of their senders."""
    if _AUTO_REPLY not in batch.classes:
        return
    for place, kind in enumerate(batch.classes):
        partner_id = partner_ids.get(batch.partners[place])
        if kind != _AUTO_REPLY or batch.senders[place] < 0 or partner_id is None:
            continue
        sender = batch.addresses[batch.senders[place]]
        where = directory.place(sender)
        if where.side is not Side.PARTNER or where.partner != batch.partners[place]:
            continue  # another partner that is on it too
        back = batch.backs[place]
        save_absence(
            conn,
            partner_id,
            Absence(
                partner=batch.partners[place],
                since=datetime.fromtimestamp(batch.ats[place], UTC).date(),
                until=date.fromisoformat(back) if back is not None else None,
                person=sender,
                origin="auto_reply",
            ),
        )
