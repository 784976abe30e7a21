"""The calendars of one account as a connector: masters and exceptions by sync token, series expanded here.

A full listing costs a request per 2,500 events, so it is also how the horizon of endless series moves on, once a month.
All pages of a pull but the last have no cursor: reading them again costs as little as the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.base import CursorExpired, Known, Page, ServiceUnavailable, Skipped, knows_nothing
from connectors.google.calendar_listing import Book, Listing, Read
from connectors.google.client import Resources
from connectors.google.door import Door, NotThere
from connectors.google.positions import AgendaPosition
from models.records import Meeting

PAGE = 2500
_AHEAD = timedelta(days=120)
_HISTORY = timedelta(days=730)
_CALENDARS_EVERY = 86_400  # seconds between looks at the list of calendars
_ITEMS_A_PAGE = 500


def horizon(now: datetime) -> datetime:
    """Up to when series are expanded: the first of a month, about four months ahead."""
    ahead = now + _AHEAD
    year, month = (ahead.year + 1, 1) if ahead.month == 12 else (ahead.year, ahead.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


class CalendarConnector:
    """The meetings of one account.

    chosen      ids of the calendars to read; None = those the person owns
    since       meetings that ended before are not listed; default: two years before the first pull
    audited     the daily audit is due: everything is listed again, and the result told here
    page_size   events per listing; smaller only in tests
    """

    def __init__(
        self,
        mailbox: str,
        service: Resources,
        door: Door,
        *,
        known: Known = knows_nothing,
        chosen: Sequence[str] | None = None,
        since: datetime | None = None,
        audited: Callable[[int, int, int], None] | None = None,
        page_size: int = PAGE,
    ) -> None:
        self._calendars = service.of("calendarList")
        self._mailbox = mailbox
        self._source = f"gcal:{mailbox}"
        self._door = door
        self._known = known
        self._chosen = chosen
        self._since = since
        self._audited = audited
        self._listing = Listing(service, door, source=f"gcal:{mailbox}", page_size=page_size)

    @property
    def source(self) -> str:
        """gcal:ADDRESS"""
        return self._source

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Every meeting, or what changed since `cursor`."""
        try:
            yield from self._everything() if cursor is None else self._changes(AgendaPosition.read(cursor))
        except NotThere as e:
            raise ServiceUnavailable("a calendar is no longer there") from e
        finally:
            self._door.close()

    def _everything(self) -> Iterator[Page]:
        began = self._now()
        since, until = self._since or began - _HISTORY, horizon(began)
        position = AgendaPosition(
            tokens={},
            series={},
            since=int(since.timestamp()),
            until=int(until.timestamp()),
            pulled=int(began.timestamp()),
            listed=int(began.timestamp()),
        )
        reads = []
        for book in self._books(position):
            read, token = self._listing.whole(book)
            reads.append(read)
            position.tokens[book.id] = token
            position.series[book.id] = read.series
        yield from self._as_pages(reads, position, began, previous=None, sweep=True)

    def _changes(self, position: AgendaPosition) -> Iterator[Page]:
        began = self._now()
        previous = datetime.fromtimestamp(position.pulled, UTC)
        look_again = began.timestamp() - position.listed >= _CALENDARS_EVERY
        further = horizon(began).timestamp() > position.until
        new = replace(position, tokens={}, series={}, pulled=int(began.timestamp()))
        if look_again:
            new = replace(new, listed=new.pulled)
        reads = []
        for book in self._books(position) if look_again else self._same_books(position):
            token = position.tokens.get(book.id)
            if token is not None:
                read, new.tokens[book.id] = self._listing.changes(book, token, position.series.get(book.id, {}))
                new.series[book.id] = read.series
                reads.append(read)
            if token is None or further or self._audited is not None:
                read, new.tokens[book.id] = self._listing.whole(replace(book, until=horizon(began)))
                new.series[book.id] = read.series
                reads.append(read)
        if position.tokens.keys() - new.tokens.keys():
            raise CursorExpired("a calendar is no longer read: all are listed again")
        if further:
            new = replace(new, until=int(horizon(began).timestamp()))
        if self._audited is not None:
            names = [m.external_id for read in reads for m, _ in read.meetings]
            missing = len(set(names)) - len(self._known(names))
            self._audited(len(set(names)), missing, missing)
        audit = self._audited is not None
        yield from self._as_pages(reads, new, began, previous=previous, sweep=audit, census=audit)

    def _books(self, position: AgendaPosition) -> list[Book]:
        """The calendars to read, as Google lists them now."""
        found = []
        token: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._door.call(
                self._calendars.list(
                    maxResults=250,
                    pageToken=token,
                    showHidden=True,
                    fields="nextPageToken,items(id,primary,accessRole,timeZone)",
                ),
                1,
            )
            for row in answer.get("items") or ():
                wanted = row.get("accessRole") == "owner" if self._chosen is None else row["id"] in self._chosen
                if wanted or (row.get("primary") and self._chosen is not None and "primary" in self._chosen):
                    found.append(self._book(position, str(row["id"]), zone=str(row.get("timeZone") or "UTC")))
            token = answer.get("nextPageToken")
            if not token or token in seen:
                return list({book.id: book for book in found}.values())
            seen.add(token)

    def _same_books(self, position: AgendaPosition) -> list[Book]:
        return [self._book(position, name) for name in position.tokens]

    def _book(self, position: AgendaPosition, name: str, zone: str = "UTC") -> Book:
        return Book(
            id=name,
            primary=name == self._mailbox,
            zone=zone,
            since=datetime.fromtimestamp(position.since, UTC),
            until=datetime.fromtimestamp(position.until, UTC),
        )

    # --- pages

    def _as_pages(
        self,
        reads: Iterable[Read],
        position: AgendaPosition,
        began: datetime,
        *,
        previous: datetime | None,
        sweep: bool = False,
        census: bool = False,
    ) -> Iterator[Page]:
        meetings: dict[str, tuple[Meeting, datetime | None]] = {}
        skipped: dict[str, str] = {}
        gone: set[str] = set()
        for read in reads:  # a later listing has the last word
            gone |= read.gone
            skipped |= read.skipped
            meetings |= {m.external_id: (m, changed) for m, changed in read.meetings}
            gone -= {m.external_id for m, _ in read.meetings}
        ready = list(meetings.values())
        for start in range(0, max(0, len(ready) - _ITEMS_A_PAGE), _ITEMS_A_PAGE):
            part = ready[start : start + _ITEMS_A_PAGE]
            dated = self._dated(part, began, previous)
            yield Page(interactions=dated, done=start + len(part), total=len(ready), census=census and start == 0)
        rest = ready[_ITEMS_A_PAGE * (max(0, len(ready) - 1) // _ITEMS_A_PAGE) :]
        yield Page(
            interactions=self._dated(rest, began, previous),
            skipped=tuple(Skipped(external_id=name, reason=why) for name, why in skipped.items()),
            gone=tuple(sorted(gone)),
            cursor=position.written(),
            read_until=began,
            sweep=sweep,
            census=census and len(rest) == len(ready),
            done=len(ready),
            total=len(ready),
        )

    def _dated(
        self, part: Sequence[tuple[Meeting, datetime | None]], began: datetime, previous: datetime | None
    ) -> tuple[Meeting, ...]:
        """Each version with the time it was made, or, where Google's change time is an old one, observed.

        An invitee's answer need not move `updated`: what is not newer than the last look was changed since.
        """
        known = self._known([meeting.external_id for meeting, _ in part])

        def observed(meeting: Meeting, changed: datetime | None) -> Meeting:
            fresh = changed is not None and previous is not None and changed > previous
            if meeting.external_id not in known or fresh:
                return meeting
            return replace(meeting, seen_at=began)

        return tuple(observed(meeting, changed) for meeting, changed in part)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._door.pacer.now, UTC)
