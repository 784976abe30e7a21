"""Saving meetings: every observed version is kept, so that moves, cancellations and answers can be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import insert, update

from models.directory import Directory
from models.records import Meeting
from models.schema.meetings import invitee, meeting
from models.store.bulk import Bulk
from models.store.keys import key_of
from models.store.rows import content_of, partners_of, seconds
from models.store.sources import Source


def save_meetings(
    bulk: Bulk,
    source: Source,
    meetings: Sequence[Meeting],
    directory: Directory,
    partner_ids: Mapping[str, int],
    addresses: Mapping[str, int],
    news: dict[int, tuple[int, int, int]],
    *,
    keep_subjects: bool,
) -> int:
    """Store new versions of these meetings; gives how many there were, and notes their partners in `news`."""
    wanted: list[tuple[int, int, int, Meeting]] = []
    for observed in meetings:
        partners, us = partners_of(observed, directory)
        if not (us or source.live):
            continue
        key, content = key_of(observed.uid), content_of(observed)
        wanted += [(partner_ids[name], key, content, observed) for name in partners if name in partner_ids]
    if not wanted:
        return 0
    versions = _versions(bulk, source, {key for _, key, _, _ in wanted})
    stored = 0
    for partner_id, key, content, observed in sorted(wanted, key=lambda w: (w[0], w[1], w[3].seen_at)):
        history = versions.setdefault((partner_id, key), [])
        seen_at = seconds(observed.seen_at)
        before = [c for at, c in history if at <= seen_at]
        if (before and before[-1] == content) or (seen_at, content) in history:
            continue
        history.append((seen_at, content))
        history.sort()
        _insert(bulk, source, partner_id, key, content, observed, addresses, keep_subject=keep_subjects)
        stored += 1
        at = seconds(observed.at)
        first, last, count = news.get(partner_id, (at, at, 0))
        news[partner_id] = (min(first, at), max(last, min(at, seen_at)), count + 1)
    bulk.conn.execute(
        update(meeting)
        .where(
            meeting.c.source_id == source.id,
            meeting.c.key.in_({w[1] for w in wanted}),
            meeting.c.withdrawn_at.is_not(None),
        )
        .values(withdrawn_at=None)
    )
    return stored


def _versions(bulk: Bulk, source: Source, keys: set[int]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    query = f"SELECT partner_id, key, seen_at, content FROM meeting WHERE source_id = {source.id} AND key IN"
    rows = sorted(tuple(int(v) for v in row) for row in bulk.select_in(query, keys))
    return {
        (pair[0], pair[1]): [(row[2], row[3]) for row in group] for pair, group in groupby(rows, key=itemgetter(0, 1))
    }


def _insert(
    bulk: Bulk,
    source: Source,
    partner_id: int,
    key: int,
    content: int,
    observed: Meeting,
    addresses: Mapping[str, int],
    *,
    keep_subject: bool,
) -> None:
    result = bulk.conn.execute(
        insert(meeting).values(
            key=key,
            partner_id=partner_id,
            source_id=source.id,
            seen_at=observed.seen_at,
            content=content,
            at=observed.at,
            until=observed.until,
            original_start=observed.original_start,
            series_key=key_of(observed.series) if observed.series is not None else None,
            created_at=observed.created_at,
            organiser_id=addresses[observed.organiser.address] if observed.organiser is not None else None,
            status=observed.status.value,
            sequence=observed.sequence,
            all_day=observed.all_day,
            free=observed.free,
            subject=observed.subject if keep_subject else None,
            present=list(observed.present) if observed.present is not None else None,
            moved_by_id=addresses[observed.moved_by.address] if observed.moved_by is not None else None,
        )
    )
    meeting_id = result.inserted_primary_key[0] if result.inserted_primary_key else None
    rows = {
        addresses[a.person.address]: {
            "meeting_id": meeting_id,
            "address_id": addresses[a.person.address],
            "response": a.response.value,
            "optional": a.optional,
            "resource": a.resource,
            "answered_at": a.answered_at,
        }
        for a in observed.attendees
    }
    if rows:
        bulk.conn.execute(insert(invitee), list(rows.values()))
