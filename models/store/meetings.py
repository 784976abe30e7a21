"""Saving meetings: every observed version is kept, so that moves, cancellations and answers can be measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import insert

from models.directory import Directory
from models.records import Meeting, MeetingStatus
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
    """Store new versions of these meetings; gives how many there were, and notes their partners in `news`.

    A partner whose people were all taken off a meeting has it no more.
    """
    wanted: list[tuple[int, int, int, Meeting]] = []
    newest: dict[int, tuple[int, set[int]]] = {}  # key -> when it was seen last, and the partners on it then
    cancelled: set[int] = set()
    for observed in meetings:
        partners, us = partners_of(observed, directory)
        if not (us or source.live):
            continue
        key, content, seen_at = key_of(observed.uid), content_of(observed), seconds(observed.seen_at)
        ids = {partner_ids[name] for name in partners if name in partner_ids}
        wanted += [(partner_id, key, content, observed) for partner_id in ids]
        if key not in newest or newest[key][0] <= seen_at:
            newest[key] = (seen_at, ids)
            # A cancellation may name only those it is sent to (RFC 5546, 3.2.5): it tells nothing of the others.
            (cancelled.add if observed.status is MeetingStatus.CANCELLED else cancelled.discard)(key)
    if not newest:
        return 0
    versions, earliest = _versions(bulk, source, newest.keys()), _earliest(bulk, newest.keys())
    held = {key: facts for key, facts in newest.items() if key not in cancelled}
    _take_off(bulk, source, held, versions, news)
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
        # What moves leaves its time: whoever counted it as held there has to begin anew.
        left = min(at, earliest.get((partner_id, key), at))
        first, last, count = news.get(partner_id, (left, at, 0))
        news[partner_id] = (min(first, left), max(last, min(at, seen_at)), count + 1)
    bulk.run(
        "UPDATE meeting SET withdrawn_at = NULL "
        "WHERE source_id = ? AND key = ? AND partner_id = ? AND withdrawn_at IS NOT NULL",
        sorted((source.id, key, partner_id) for key, (_, ids) in newest.items() for partner_id in ids),
    )
    return stored


def _take_off(
    bulk: Bulk,
    source: Source,
    newest: Mapping[int, tuple[int, set[int]]],
    versions: Mapping[tuple[int, int], Sequence[tuple[int, int]]],
    news: dict[int, tuple[int, int, int]],
) -> None:
    """Withdraw meetings from partners that were on an earlier version, and are not on the newest."""
    latest: dict[int, int] = {}
    for (_, key), history in versions.items():
        latest[key] = max(latest.get(key, 0), history[-1][0])
    off = [
        (newest[key][0], source.id, key, partner_id)
        for partner_id, key in versions
        if key in newest and partner_id not in newest[key][1] and latest[key] <= newest[key][0]
    ]
    taken = "UPDATE meeting SET withdrawn_at = ? WHERE source_id = ? AND key = ? AND partner_id = ?"
    lost = {one[3] for one in off if bulk.run(f"{taken} AND withdrawn_at IS NULL", [one])}
    bulk.note_news(source.id, dict.fromkeys(lost, (0, 0, 0)))  # something was withdrawn: begin anew from the start
    for partner_id in lost:
        news.setdefault(partner_id, (0, 0, 0))


def _versions(bulk: Bulk, source: Source, keys: Collection[int]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    query = f"SELECT partner_id, key, seen_at, content FROM meeting WHERE source_id = {source.id} AND key IN"
    rows = sorted(tuple(int(v) for v in row) for row in bulk.select_in(query, keys))
    return {
        (pair[0], pair[1]): [(row[2], row[3]) for row in group] for pair, group in groupby(rows, key=itemgetter(0, 1))
    }


def _earliest(bulk: Bulk, keys: Collection[int]) -> dict[tuple[int, int], int]:
    """Where these meetings, by partner and key, were ever placed at the earliest."""
    query = "SELECT partner_id, key, min(at) FROM meeting WHERE key IN"
    return {(int(r[0]), int(r[1])): int(r[2]) for r in bulk.select_in(query, keys, "GROUP BY partner_id, key")}


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
