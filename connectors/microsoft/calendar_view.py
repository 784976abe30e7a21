"""The Outlook calendar through Graph: calendarView/delta over a window that rolls on.

The window is frozen in Graph's token, so the next one is opened, and read to its end, a month before the old one runs
out of future; until then both are followed. `@removed` also comes for events outside the window: one that we do not
know means nothing, one that we know is asked for by its id (deleted, or only moved far away).

Once a day everything from the origin to the horizon is listed without delta and compared with what we hold. The rows
come whole, because that costs no request more: so the audit also finds an answer or a move that the delta kept back,
and changes to meetings that no window follows any more.

learn.microsoft.com/graph/api/event-delta, /graph/api/calendar-list-calendarview
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.base import Known, Page, ServiceUnavailable, Skipped, knows_nothing
from connectors.budget import Lane
from connectors.microsoft.calendar_cursor import CalendarCursor, Window
from connectors.microsoft.calendar_reader import INSTANCE_FIELDS, MASTER_FIELDS, needs_master, read_event
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.refusals import NotThere, StateLost
from models.records import Meeting

Json = dict[str, Any]

PAGE_SIZE = 999
BACK = timedelta(days=730)
AHEAD = timedelta(days=180)
OVERLAP = timedelta(days=30)
STEP = timedelta(days=30)
AUDIT_EVERY = timedelta(hours=24)
WIDEST = timedelta(days=1800)  # Graph refuses a view of more than five years
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TRIES = 3


def horizon(now: datetime, ahead: timedelta = AHEAD) -> datetime:
    """The end of the window that a pull at `now` needs: at least `ahead` away, moving on in steps of a month."""
    steps = (now + ahead - _EPOCH) // STEP + 1
    return _EPOCH + steps * STEP


def _tell_nobody(_listed: int, _missing: int) -> None:
    pass


class GraphCalendar:
    """One primary calendar. `known` tells what the store holds; `back` is how far the first reading looks back.

    `audited` is told after each audit: meetings listed, and how many of them were missing and are read now.
    """

    def __init__(
        self,
        door: GraphDoor,
        *,
        now: datetime,
        known: Known = knows_nothing,
        back: timedelta = BACK,
        ahead: timedelta = AHEAD,
        page_size: int = PAGE_SIZE,
        audit_every: timedelta = AUDIT_EVERY,
        audited: Callable[[int, int], None] = _tell_nobody,
    ) -> None:
        self._door = door
        self._now = now
        self._known = known
        self._back = back
        self._ahead = ahead
        self._page_size = page_size
        self._audit_every = audit_every
        self._audited = audited
        self._prefer = f'odata.maxpagesize={page_size}, outlook.timezone="UTC", IdType="ImmutableId"'

    @property
    def source(self) -> str:
        """outlook-calendar:<mailbox>."""
        return f"outlook-calendar:{self._door.mailbox}"

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What changed since `cursor`. Where Graph forgot a window, everything from the origin is listed anew."""
        way = self._door.way
        at = CalendarCursor(way, self._now - self._back) if cursor is None else CalendarCursor.read(cursor, way)
        for _ in range(_TRIES):
            self._door.lane = Lane.BACKFILL if at.anew else Lane.LIVE
            try:
                yield from self._cycle(at)
            except NotThere as e:
                raise ServiceUnavailable("Microsoft Graph does not find the calendar") from e
            except StateLost:
                at.windows, at.anew = [], True
                yield Page(census=True, cursor=at.text())
            else:
                return
        raise ServiceUnavailable("Microsoft Graph keeps losing its place in the calendar")

    def _cycle(self, at: CalendarCursor) -> Iterator[Page]:
        self._roll(at)
        present: dict[str, set[int]] = {}
        masters: dict[str, Json | None] = {}
        if not at.anew and (at.audited is None or self._now - at.audited >= self._audit_every):
            yield from self._audit(at, masters)
        held = 0
        for number, window in enumerate(at.windows):
            for page in self._round(at, number, window, present, masters):
                held += len(page.interactions)
                yield page
        yield from self._decide(at, present, masters)
        reaches_origin = at.windows[0].start <= at.origin
        at.windows = at.windows[-1:]  # the newest is whole now: the one before it is no longer needed
        # A view wider than Graph allows does not reach back to the origin: then nothing may be swept.
        sweeps = at.anew and reaches_origin
        if sweeps:
            yield from self._look_far(at, masters)
            at.audited = self._now
        at.anew = False
        yield Page(cursor=at.text(), read_until=self._now, sweep=sweeps)
        if sweeps:
            self._audited(held, 0)

    def _roll(self, at: CalendarCursor) -> None:
        """Open the window that today needs."""
        end = horizon(self._now, self._ahead)
        if not at.windows:
            at.windows = [Window(max(at.origin, end - WIDEST), end)]
        elif at.windows[-1].end < end:
            at.windows.append(Window(max(at.origin, self._now - OVERLAP), end))

    def _round(
        self,
        at: CalendarCursor,
        number: int,
        window: Window,
        present: dict[str, set[int]],
        masters: dict[str, Json | None],
    ) -> Iterator[Page]:
        """One delta round of a window."""
        while True:
            asked = window.link or self._first_link(window)
            answered = self._door.get(asked, self._prefer)
            rows: dict[str, Json] = {}
            for row in answered.get("value") or ():
                row_id = str(row["id"])
                if "@removed" in row:
                    present.get(row_id, set()).discard(number)
                    rows.pop(row_id, None)
                    if row_id not in at.removed:
                        at.removed.append(row_id)
                else:
                    present.setdefault(row_id, set()).add(number)
                    rows[row_id] = row
            meetings, skipped = self._read(list(rows.values()), masters)
            following = answered.get("@odata.nextLink")
            if following == asked:
                raise ServiceUnavailable("Microsoft Graph gave a page that leads to itself")
            window.link = str(following or answered["@odata.deltaLink"])
            window.whole = window.whole or following is None
            if meetings or skipped or following is not None:
                yield Page(interactions=meetings, skipped=skipped, cursor=at.text())
            if following is None:
                return

    def _first_link(self, window: Window) -> str:
        start, end = (f"{edge:%Y-%m-%dT%H:%M:%SZ}" for edge in (window.start, window.end))
        return f"{self._door.base}/calendarView/delta?startDateTime={start}&endDateTime={end}"

    def _read(
        self, rows: Sequence[Json], masters: dict[str, Json | None]
    ) -> tuple[tuple[Meeting, ...], tuple[Skipped, ...]]:
        for row in rows:
            if row.get("type") == "seriesMaster":
                masters[str(row["id"])] = row
        wanted = {str(row["seriesMasterId"]) for row in rows if needs_master(row)} - masters.keys()
        masters |= self._events(sorted(wanted), f"?$select={MASTER_FIELDS}")
        meetings: list[Meeting] = []
        skipped: list[Skipped] = []
        for row in rows:
            master = masters.get(str(row["seriesMasterId"])) if needs_master(row) else None
            if needs_master(row) and master is None:
                skipped.append(Skipped(external_id=str(row["id"]), reason="series deleted"))
                continue
            read = read_event(row, source=self.source, now=self._now, master=master)
            if isinstance(read, Skipped):
                skipped.append(read)
            else:
                meetings.append(read)
        return tuple(meetings), tuple(skipped)

    def _events(self, ids: Sequence[str], query: str = "") -> dict[str, Json | None]:
        """Events by id; None for what no longer exists."""
        addresses = {f"{self._door.base}/events/{quote(i)}{query}": i for i in ids}
        found = self._door.get_each(list(addresses), self._prefer) if addresses else {}
        return {addresses[address]: row for address, row in found.items()}

    def _decide(
        self, at: CalendarCursor, present: dict[str, set[int]], masters: dict[str, Json | None]
    ) -> Iterator[Page]:
        """What left a window and is in no other: deleted, or moved out of sight; unknown ids mean nothing."""
        doubtful = [i for i in at.removed if not present.get(i)]
        at.removed = []
        known = self._known(doubtful) if doubtful else frozenset()
        doubtful = [i for i in doubtful if i in known]
        found = self._events(doubtful)
        meetings, skipped = self._read([row for row in found.values() if row is not None], masters)
        gone = tuple(i for i in doubtful if found[i] is None)
        at.far = [i for i in dict.fromkeys([*at.far, *doubtful]) if i not in gone and not present.get(i)]
        if gone or meetings or skipped:
            yield Page(interactions=meetings, skipped=skipped, gone=gone)

    # --- the audit ---

    def _audit(self, at: CalendarCursor, masters: dict[str, Json | None]) -> Iterator[Page]:
        """List everything from the origin to the horizon: store what differs, sweep what is no longer there."""
        yield Page(census=True, cursor=at.text())
        listed, missing = 0, 0
        for start, end in self._stretches(at):
            link: str | None = self._list_link(start, end)
            while link is not None:
                answered = self._door.get(link, self._prefer)
                rows = {str(row["id"]): row for row in answered.get("value") or ()}
                known = self._known(list(rows)) if rows else frozenset()
                meetings, skipped = self._read(list(rows.values()), masters)
                listed += len(meetings)
                missing += sum(m.external_id not in known for m in meetings)
                at.far = [i for i in at.far if i not in rows]
                yield Page(interactions=meetings, skipped=skipped)
                following = answered.get("@odata.nextLink")
                if following == link:
                    raise ServiceUnavailable("Microsoft Graph gave a page that leads to itself")
                link = str(following) if following is not None else None
        yield from self._look_far(at, masters)
        at.audited = self._now
        notes = (f"audit: {listed} meetings listed, {missing} were missing",)
        yield Page(sweep=True, cursor=at.text(), notes=notes)
        self._audited(listed, missing)

    def _stretches(self, at: CalendarCursor) -> Iterator[tuple[datetime, datetime]]:
        """From the origin to the horizon, in views that Graph allows."""
        start, end = at.origin, at.windows[-1].end
        while start < end:
            edge = min(start + WIDEST, end)
            yield start, edge
            start = edge

    def _list_link(self, start: datetime, end: datetime) -> str:
        edges = f"startDateTime={start:%Y-%m-%dT%H:%M:%SZ}&endDateTime={end:%Y-%m-%dT%H:%M:%SZ}"
        return f"{self._door.base}/calendarView?{edges}&$top={self._page_size}&$select={INSTANCE_FIELDS}"

    def _look_far(self, at: CalendarCursor, masters: dict[str, Json | None]) -> Iterator[Page]:
        """What moved out of every window is in no listing: ask for it, or a sweep would call it off."""
        found = self._events(at.far)
        at.far = [i for i in at.far if found[i] is not None]
        if at.far:
            meetings, skipped = self._read([row for i in at.far if (row := found[i]) is not None], masters)
            yield Page(interactions=meetings, skipped=skipped)
