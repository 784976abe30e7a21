"""Up to when we have read: a partner is judged there, not at now. An unread source is not a silent partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.store.sources import Source

# A live source that has not carried a partner for this long (against the newest word) is not expected to any more.
_USUALLY = timedelta(days=180)
_AHEAD = timedelta(minutes=10)  # two machines' clocks may differ so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Where one partner is judged.

    at       the time up to which every source that usually carries the partner was read; None = nothing was read yet
    heard    the time up to which any of them was read: a word from the partner ends a silence wherever it came
    blind    one sentence saying which source cannot be relied on; None = all are fresh
    sources  names of the sources behind it
    """

    at: datetime | None
    heard: datetime | None = None
    blind: str | None = None
    sources: tuple[str, ...] = ()


def horizons(
    since: Mapping[str, datetime],
    sources: Sequence[Source],
    carriers: Mapping[str, Sequence[tuple[str, datetime]]],
    *,
    now: datetime,
    stale_after: timedelta,
    complete_until: Mapping[str, datetime] | None = None,
    broken: Mapping[str, str] | None = None,
) -> dict[str, Horizon]:
    """The horizon of each partner; `since` says since when each is watched.

    A partner that live accounts carry is judged where the last of them was read to; one known from archives alone,
    at the end of the newest archive: an archive is a snapshot and does not grow stale. `complete_until` holds audits
    that found an account complete only up to an earlier time, `broken` sentences about accounts whose mail stopped as
    no partner's would.
    """
    by_name = {source.name: source for source in sources}
    live = [source for source in sources if source.live]
    archives = [source.read_until for source in sources if not source.live and source.read_until is not None]
    newest_archive = min(max(archives), now) if archives else None  # a mail's clock may have run ahead
    found: dict[str, Horizon] = {}
    known: dict[tuple[str, ...], Horizon] = {}  # many partners share few sets of accounts
    for key, watched in since.items():
        seen = [(by_name[name], last_at) for name, last_at in carriers.get(key, ()) if name in by_name]
        newest = max((last_at for _, last_at in seen), default=None)
        usual = [s for s, last_at in seen if s.live and newest is not None and newest - last_at <= _USUALLY]
        if not usual and not any(s for s, _ in seen):
            usual = live  # never heard of: any account might be the one
        if usual:
            names = tuple(source.name for source in usual)
            if names not in known:
                known[names] = _of_accounts(
                    usual, now=now, stale_after=stale_after, complete_until=complete_until or {}, broken=broken or {}
                )
            unread = _not_read_since(usual, watched) if known[names].blind is None else None
            found[key] = known[names] if unread is None else replace(known[names], blind=unread)
        else:
            found[key] = Horizon(at=newest_archive, sources=tuple(sorted(s.name for s, _ in seen)))
    return found


def _not_read_since(usual: Sequence[Source], watched: datetime) -> str | None:
    """What a source read before a partner was watched, it left out; the next whole reading finds it."""
    for source in usual:
        if source.pulled_at is not None and source.pulled_at < watched:
            why = f": {source.failure}" if source.failure else ""
            return f"{source.name} has not been read since they are watched{why}"
    return None


def _of_accounts(
    usual: Sequence[Source],
    *,
    now: datetime,
    stale_after: timedelta,
    complete_until: Mapping[str, datetime],
    broken: Mapping[str, str],
) -> Horizon:
    names = tuple(sorted(source.name for source in usual))
    reached: list[datetime] = []
    blind: str | None = None
    for source in sorted(usual, key=lambda s: s.name):
        if source.read_until is None:
            blind = blind or f"{source.name} has never been read to its end"
            continue
        if source.read_until > now + _AHEAD:
            blind = blind or f"{source.name} was read by a clock that ran ahead, and not since"
        read_until = min(source.read_until, complete_until.get(source.name, source.read_until), now)
        reached.append(read_until)
        if now - read_until > stale_after:
            why = f": {source.failure}" if source.failure else ""
            blind = blind or f"{source.name} has not been read since {read_until.day} {read_until:%b %Y %H:%M} UTC{why}"
        elif source.name in broken:
            blind = blind or f"{source.name}: {broken[source.name]}"
        elif source.needs_person and source.failure:
            blind = blind or f"{source.name} cannot be read: {source.failure}"
    return Horizon(at=min(reached, default=None), heard=max(reached, default=None), blind=blind, sources=names)
