"""One Gmail mailbox as a connector: ids first, then only what is not known, then what the history tells.

Listing costs 5 units per 500 ids, reading 20 each: so a reading that was interrupted, or whose position Google forgot,
lists all ids again and pays only for those that the store does not hold. While a long first reading runs, the history
is read in between, so that today's mail does not wait behind last year's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.base import Known, Page, ServiceUnavailable, Skipped, knows_nothing
from connectors.budget import Lane
from connectors.google.client import Resources
from connectors.google.costs import BATCH, LIST_PAGE, NEW, Fetch, Prices, plan, price_of
from connectors.google.door import Door, NotThere
from connectors.google.gmail_fetching import Fetcher
from connectors.google.gmail_listing import MailListing
from connectors.google.gmail_reader import LEFT_OUT
from connectors.google.positions import MailPosition
from models.records import Message

_BIN = LEFT_OUT["TRASH"]
_LISTED_LABELS = tuple(label for label in LEFT_OUT if label not in {"SPAM", "TRASH"})  # no listing shows those two
_LIVE_EVERY = 60.0  # seconds between looks at the history while a long reading runs
_DOUBTFUL_AFTER = 10  # pulls that tried in vain to read a mail until the ledger calls it unreadable
_MOST_OWED = 500


# Told by an audit: ids listed, of those unknown, of those read now.
Audited = Callable[[int, int, int], None]


class GmailConnector:
    """The mail of one account.

    known       what the store holds, so that nothing is paid for twice
    since       mail before this is listed but not read
    first       domains whose mail is read first; needs `with_search` (a search is refused under gmail.metadata)
    wants_text  text tier: which mails are read again with their text; None = headers only
    audited     the daily audit is due: after what changed, all ids are compared, and the result told here
    page_size   ids per listing; smaller only in tests
    """

    def __init__(
        self,
        mailbox: str,
        service: Resources,
        door: Door,
        *,
        prices: Prices = NEW,
        known: Known = knows_nothing,
        since: datetime | None = None,
        first: Sequence[str] = (),
        with_search: bool = False,
        wants_text: Callable[[Message], bool] | None = None,
        audited: Audited | None = None,
        page_size: int = LIST_PAGE,
    ) -> None:
        self._source = f"gmail:{mailbox}"
        self._door = door
        self._prices = prices
        self._known = known
        self._since = since
        self._first = tuple(first) if with_search else ()
        self._search = with_search
        self._listing = MailListing(service, door, prices=prices, page_size=page_size)
        self._fetcher = Fetcher(service, door, source=self._source, prices=prices, wants_text=wants_text)
        self._audited = audited

    @property
    def source(self) -> str:
        """gmail:ADDRESS"""
        return self._source

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything, newest first; or what changed since `cursor`."""
        try:
            if cursor is None:
                yield from self._backfill(MailPosition(history=self._listing.position(), backfill=True))
                return
            position = MailPosition.read(cursor)
            if position.backfill:
                yield from self._backfill(position)
                return
            for page in self._changes(position):
                yield page
                position = MailPosition.read(page.cursor) if page.cursor is not None else position
            if self._audited is not None:
                yield from self._audit(position, self._audited)
        except NotThere as e:
            raise ServiceUnavailable(f"{e}") from e
        finally:
            self._door.close()

    def _audit(self, position: MailPosition, audited: Audited) -> Iterator[Page]:
        """Compare all ids at Google with what is known, and mend the difference: it costs ids, not mails."""
        listed = missing = unread = 0
        pages = list_ahead(self._backfill(position, auditing=True))
        for first, last, page in pages:
            if first:
                listed = len(page.kept) + len(page.skipped) + (page.total or 0)
                missing = page.total or 0
            unread = len(MailPosition.read(page.cursor).owed) if page.cursor is not None else unread
            if last:
                audited(listed, missing, missing - min(missing, unread))
            yield replace(page, census=True) if first else page

    # --- reading everything

    def _backfill(self, position: MailPosition, *, auditing: bool = False) -> Iterator[Page]:
        began = self._now()
        out = {name: LEFT_OUT[label] for label in _LISTED_LABELS for name, _ in self._listing.ids(labelIds=[label])}
        mails = {name: thread for name, thread in self._listing.ids() if name not in out}
        # The bin comes last: what is put there meanwhile is in both lists, never in none.
        binned = [name for name, _ in self._listing.ids(labelIds=["TRASH"]) if name not in mails and name not in out]
        kept = self._known_of([*mails, *binned])
        todo = self._relevant_first([(name, thread) for name, thread in mails.items() if name not in kept])
        old = self._older_than_since(todo)
        todo = [(name, thread) for name, thread in todo if name not in old]
        calls = plan(todo, self._prices)
        yield Page(
            kept=tuple(kept),
            skipped=(
                *(Skipped(external_id=name, reason=reason) for name, reason in out.items()),
                *(Skipped(external_id=name, reason=_BIN) for name in binned if name not in kept),
                *_too_old(sorted(old)),
            ),
            cursor=None if auditing else position.written(),
            done=0,
            total=len(todo),
            remaining=self._time_for(calls),
        )
        done, looked, seen = 0, self._door.pacer.now, set(kept)
        while calls:
            chunk, calls = calls[:BATCH], calls[BATCH:]
            read = self._fetcher.fetch(chunk, Lane.BACKFILL)
            done += sum(len(call.wanted) for call in chunk)
            position = _owing(position, read.failed)
            recent = [m for m in read.messages if not self._is_too_old(m)]
            seen |= {m.external_id for m in recent}
            yield Page(
                interactions=tuple(recent),
                skipped=(*read.skipped, *_too_old(m.external_id for m in read.messages if self._is_too_old(m))),
                gone=tuple(read.gone),
                cursor=None if auditing else position.written(),
                done=done,
                total=len(todo),
                remaining=self._time_for(calls),
            )
            if read.messages and not recent and not self._first:
                # Newest first: what follows is older still.
                yield Page(skipped=_too_old(name for call in calls for name in call.wanted))
                break
            if calls and self._door.pacer.now - looked > _LIVE_EVERY and not auditing:
                looked = self._door.pacer.now
                for page in self._changes(position, seen=seen):
                    position = MailPosition.read(page.cursor) if page.cursor is not None else position
                    position = replace(position, backfill=True)
                    yield replace(
                        page,
                        cursor=position.written() if page.cursor else None,
                        read_until=None,
                        done=None,
                        total=None,
                        remaining=None,
                    )
        if auditing:
            yield Page(sweep=True, cursor=position.written())
            return
        for page in self._changes(replace(position, backfill=False), seen=seen):
            last = page.cursor is not None
            yield replace(page, sweep=last, read_until=began if last else None, done=None, total=None)

    def _older_than_since(self, todo: list[tuple[str, str]]) -> set[str]:
        """Ids that a search tells to be too old, where a search is allowed: they need not be paid for."""
        if self._since is None or not self._search or not todo:
            return set()
        return {name for name, _ in todo} - self._listing.found_since(self._since)

    def _relevant_first(self, todo: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Mail with the partners' domains ahead of the rest, both newest first."""
        if not self._first or not todo:
            return todo
        relevant = self._listing.found_with(self._first)
        return sorted(todo, key=lambda mail: mail[0] not in relevant)

    # --- reading what changed

    def _changes(self, position: MailPosition, seen: Iterable[str] = ()) -> Iterator[Page]:
        """One page or more; only the last has a cursor, since reading from the old one again costs almost nothing."""
        began = self._now()
        changes, history = self._listing.changes(position.history)
        asked = [*changes.arrived, *changes.out, *changes.restored, *position.owed]
        known = self._known_of(asked) | frozenset(seen)
        wanted = {name: thread for name, thread in changes.arrived.items() if name not in known}
        wanted |= changes.restored
        # Of an owed mail only the id is at hand: as a thread of its own it is asked for alone.
        settled = changes.deleted | changes.out.keys() | wanted.keys() | known
        wanted |= {name: name for name in position.owed if name not in settled}
        tries = {name: count for name, count in position.owed.items() if name in wanted}
        position = replace(position, history=history, owed={})
        calls = plan(wanted.items(), self._prices)
        failed: list[str] = []
        # People bin what they have read: the contact took place. What nobody read before it lay there is no evidence.
        gone = [*changes.deleted, *(name for name, why in changes.out.items() if name in known and why != _BIN)]
        skipped = [Skipped(external_id=n, reason=why) for n, why in changes.out.items() if n not in known]
        done = 0
        while len(calls) > BATCH:
            chunk, calls = calls[:BATCH], calls[BATCH:]
            read = self._fetcher.fetch(chunk, Lane.LIVE)
            read.skipped = _without_binned(read.skipped, known)
            failed += read.failed
            done += sum(len(call.wanted) for call in chunk)
            yield Page(
                interactions=tuple(read.messages),
                skipped=tuple(read.skipped),
                gone=tuple(read.gone),
                done=done,
                total=len(wanted),
                remaining=self._time_for(calls),
            )
        read = self._fetcher.fetch(calls, Lane.LIVE)
        read.skipped = _without_binned(read.skipped, known)
        position = _owing(position, [*failed, *read.failed], tries)
        # Still owed and asked for at each pull, but from now on the ledger says why it is not there.
        doubtful = [name for name, count in position.owed.items() if count == _DOUBTFUL_AFTER]
        yield Page(
            interactions=tuple(read.messages),
            skipped=(*skipped, *read.skipped, *(Skipped(external_id=n, reason="unreadable") for n in doubtful)),
            gone=(*gone, *read.gone),
            cursor=position.written(),
            read_until=began,
            done=len(wanted),
            total=len(wanted),
        )

    # --- what both ask

    def _known_of(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset().union(*(self._known(names[i : i + 1000]) for i in range(0, len(names), 1000)))

    def _is_too_old(self, message: Message) -> bool:
        return self._since is not None and message.at < self._since

    def _time_for(self, calls: Sequence[Fetch]) -> timedelta:
        return timedelta(seconds=self._door.pacer.seconds_left(price_of(calls, self._prices)))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._door.pacer.now, UTC)


def list_ahead(pages: Iterator[Page]) -> Iterator[tuple[bool, bool, Page]]:
    """Each page, with whether it is the first and whether it is the last."""
    first, held = True, next(pages, None)
    while held is not None:
        following = next(pages, None)
        yield first, following is None, held
        first, held = False, following


def _too_old(names: Iterable[str]) -> tuple[Skipped, ...]:
    return tuple(Skipped(external_id=name, reason="before since") for name in names)


def _without_binned(skipped: list[Skipped], known: frozenset[str]) -> list[Skipped]:
    """Without mail that we hold and that was binned again before we could look: it stays."""
    return [skip for skip in skipped if skip.reason != _BIN or skip.external_id not in known]


def _owing(position: MailPosition, failed: Sequence[str], tries: Mapping[str, int] | None = None) -> MailPosition:
    """The position with these ids to be read later; ServiceUnavailable if they are too many to remember."""
    if not failed:
        return position
    owed = {**position.owed, **{name: (tries or {}).get(name, 0) + 1 for name in failed}}
    if len(owed) > _MOST_OWED:
        raise ServiceUnavailable("too many mails could not be read")
    return replace(position, owed=owed)
