"""Outlook mail through Graph: a delta per folder, decided over the whole cycle.

A cycle is: the folder list, the id audit where it is due, one delta round of each folder (three at once), then what
left a folder and was seen in no other. Graph's delta has a hole, by its own word: with immutable ids, a mail that
moves out of a folder and back may be missed. So nothing is called gone before it was asked for by its id, and once a
day all ids are listed and compared with what we hold.

sync.md of the vendor facts: learn.microsoft.com/graph/api/message-delta, /graph/known-issues (mail).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.base import AccessDenied, Known, Page, ServiceUnavailable, Skipped
from connectors.budget import Lane
from connectors.microsoft import folders, mail_reader
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.mail_cursor import MailCursor, Mark
from connectors.microsoft.refusals import NotThere, StateLost
from models.records import Message

Json = dict[str, Any]

AT_ONCE = 3  # of the four that a mailbox allows: the fourth belongs to its calendar, which has a lease of its own
FILTER_LIMIT = 5000  # a filtered delta gives no more, and does not say that there was more
_ROUNDS = 3
_IDS = "id,receivedDateTime,isDraft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What stays the same over all pulls of a mailbox; see `mail.GraphMail`."""

    source: str
    door: GraphDoor
    prefer: str
    now: datetime
    known: Known
    with_text: bool
    audit_every: timedelta
    audited: Callable[[int, int], None]

    def select(self, *, headers: bool) -> str:
        """Exactly the fields that are read."""
        more = ([mail_reader.HEADERS] if headers else []) + ([mail_reader.BODY] if self.with_text else [])
        return ",".join([mail_reader.FIELDS, *more])


class Cycle:
    """One pull of one mailbox; moves the cursor it is given."""

    def __init__(self, reading: Reading, at: MailCursor) -> None:
        self.reading, self.at = reading, at
        self.door, self.prefer = reading.door, reading.prefer
        self.known, self.now = reading.known, reading.now
        self.present: dict[str, set[str]] = {}  # id -> folders that showed it in this pull
        self.done = 0
        self.total: int | None = None
        self.notes: list[str] = []

    def pages(self) -> Iterator[Page]:
        """The whole cycle; see the module."""
        at = self.at
        self.door.lane = Lane.BACKFILL if at.first else Lane.LIVE
        if not at.left_out:
            at.left_out = folders.find_left_out(self.door, self.prefer)
        coming = folders.update(self.door, at, self.prefer)
        self.total = coming if at.first and coming else None
        if not at.first and (at.audited is None or self.now - at.audited >= self.reading.audit_every):
            at.census = True
        for _ in range(_ROUNDS):
            if at.census and not at.first:
                yield from self._census()
            yield from self._rounds()
            if at.first and (at.census or at.since is not None):
                # What was read before a folder was begun anew, or lies before the horizon: only a census may sweep.
                at.first, at.census = False, True
            if not at.census:
                break
        yield from self._decide()
        sweeps, at.first = at.first, False
        if sweeps:
            at.census, at.audited = False, self.now
        yield Page(
            cursor=at.text(),
            read_until=self.now,
            sweep=sweeps,
            done=self._shown_done(),
            total=self.total,
            notes=tuple(self.notes),
        )
        if sweeps:
            self.reading.audited(self.done, 0)

    # --- the rounds of all folders ---

    def _rounds(self) -> Iterator[Page]:
        """One delta round of every folder, three folders at a time."""
        todo = list(self.at.read_folders())
        links: dict[str, str] = {}
        running: dict[Future[Json], str] = {}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="graph") as pool:

            def ask() -> None:
                while todo and len(running) < AT_ONCE:
                    folder = todo.pop(0)
                    link = links[folder] = self.at.folders[folder].link or self._first_link(folder)
                    running[pool.submit(self.door.get, link, self.prefer)] = folder

            try:
                ask()
                while running:
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        folder = running.pop(future)
                        if self._goes_on(folder, future, links[folder]):
                            todo.insert(0, folder)
                        ask()  # the next answer comes while this one is read and stored
                        page = self._page(folder, future)
                        if page is not None:
                            yield page
            finally:
                for future in running:
                    future.cancel()

    def _first_link(self, folder: str) -> str:
        mark = self.at.folders[folder]
        link = f"{self._folder(folder)}/messages/delta?$select={self.reading.select(headers=self.at.headers)}"
        if self.at.since is not None and mark.count < FILTER_LIMIT:
            mark.filtered = True
            link += f"&$filter=receivedDateTime%20ge%20{self.at.since:%Y-%m-%dT%H:%M:%SZ}"
        return link

    def _folder(self, folder: str) -> str:
        return f"{self.door.base}/mailFolders/{quote(folder)}"

    def _goes_on(self, folder: str, future: Future[Json], asked: str) -> bool:
        """Moves the folder's mark by an answer; True while its round is not over."""
        mark = self.at.folders.get(folder)
        if mark is None:
            return False
        try:
            answered = future.result()
        except StateLost:
            self._begin_anew(folder)
            self.at.census = True
            return True
        except NotThere:  # it vanished since the list was read; the next list says so
            del self.at.folders[folder]
            self.at.census = self.at.census or mark.link is not None
            return False
        except AccessDenied:
            if mail_reader.HEADERS not in asked:
                raise
            # Whether Mail.ReadBasic shows internet headers is not documented: go on without them.
            self.at.headers = False
            self.notes.append("internet headers are withheld under this permission")
            return True
        if not mark.whole:
            mark.count += len(answered.get("value") or ())
        following = answered.get("@odata.nextLink")
        if following is not None:
            if following == asked:
                raise ServiceUnavailable("Microsoft Graph gave a page that leads to itself")
            mark.link = str(following)
            return True
        mark.link = str(answered["@odata.deltaLink"])
        if not mark.whole and mark.filtered and mark.count >= FILTER_LIMIT:
            # The filtered delta stops at 5,000 without a word. Unfiltered, it gives everything, and its link goes on
            # to carry whole messages, which a link of ids alone would not.
            self._begin_anew(folder, count=FILTER_LIMIT)
            return True
        mark.whole = True
        return False

    def _begin_anew(self, folder: str, *, count: int = 0) -> None:
        self.at.folders[folder] = Mark(parent=self.at.folders[folder].parent, count=count)

    def _page(self, folder: str, future: Future[Json]) -> Page | None:
        """What an answer brought; None where it is nothing to write down."""
        if future.exception() is not None:
            return None
        answered = future.result()
        whole: dict[str, Json] = {}
        sparse: dict[str, Json] = {}
        for row in answered.get("value") or ():
            row_id = str(row["id"])
            if "@removed" in row:
                self._note_removed(folder, row_id)
                whole.pop(row_id, None)
                sparse.pop(row_id, None)
                continue
            self.present.setdefault(row_id, set()).add(folder)
            if mail_reader.is_sparse(row):
                sparse[row_id] = {**sparse.get(row_id, {}), **row}
            else:
                whole[row_id] = row
        wanted = [i for i, row in sparse.items() if mail_reader.touches_content(row)]
        unsure = [i for i in sparse if i not in whole and i not in wanted]
        wanted += sorted(set(unsure) - self.known(unsure)) if unsure else []
        whole |= {i: found for i, found in self._fetch(wanted).items() if found is not None}
        self.done += len(whole)
        messages, skipped = self._read(whole.values())
        if not (messages or skipped or "@odata.nextLink" in answered):
            return None
        return Page(
            interactions=messages,
            skipped=skipped,
            cursor=self.at.text(),
            done=self._shown_done(),
            total=self.total,
        )

    def _shown_done(self) -> int | None:
        return min(self.done, self.total) if self.total is not None else None

    def _note_removed(self, folder: str, message_id: str) -> None:
        self.present.get(message_id, set()).discard(folder)
        if message_id not in self.at.removed:
            self.at.removed.append(message_id)

    def _read(self, rows: Collection[Json]) -> tuple[tuple[Message, ...], tuple[Skipped, ...]]:
        messages: list[Message] = []
        skipped: list[Skipped] = []
        for row in rows:
            if self._too_early(row):
                continue
            read = mail_reader.read_mail(row, source=self.reading.source, now=self.now)
            if isinstance(read, Skipped):
                skipped.append(read)
            else:
                messages.append(read)
        return tuple(messages), tuple(skipped)

    def _too_early(self, row: Json) -> bool:
        received = mail_reader.received_at(row)
        return self.at.since is not None and received is not None and received < self.at.since

    def _fetch(self, ids: Sequence[str]) -> dict[str, Json | None]:
        """Whole messages by id, wherever they lie; None for what no longer exists."""
        select = self.reading.select(headers=self.at.headers)
        addresses = {f"{self.door.base}/messages/{quote(i)}?$select={select}": i for i in ids}
        found = self.door.get_each(list(addresses), self.prefer) if addresses else {}
        return {addresses[address]: row for address, row in found.items()}

    # --- what left a folder ---

    def _decide(self) -> Iterator[Page]:
        """Gone is only what left a folder, was seen in no other, and cannot be found by its id."""
        doubtful = [i for i in self.at.removed if not self.present.get(i)]
        found = self._fetch(doubtful)
        self.at.removed = []
        here = {i: row for i, row in found.items() if row is not None and self.at.reads(str(row["parentFolderId"]))}
        gone = tuple(i for i in doubtful if i not in here)
        messages, skipped = self._read(here.values())
        if gone or messages or skipped:
            yield Page(interactions=messages, skipped=skipped, gone=gone)

    # --- the audit ---

    def _census(self) -> Iterator[Page]:
        """List the ids of every folder: read what we lack, keep what we know, sweep the rest."""
        self.at.left_out = folders.find_left_out(self.door, self.prefer)
        listed, missing = 0, 0
        yield Page(census=True, cursor=self.at.text())
        for folder in self.at.read_folders():
            link: str | None = f"{self._folder(folder)}/messages/delta?$select={_IDS}"
            while link is not None:
                try:
                    answered = self.door.get(link, self.prefer)
                except (NotThere, StateLost) as e:
                    if isinstance(e, StateLost):
                        raise ServiceUnavailable("Microsoft Graph lost its place while listing ids") from e
                    break
                rows = [r for r in answered.get("value") or () if "@removed" not in r and not self._too_early(r)]
                ids = list(dict.fromkeys(str(row["id"]) for row in rows))
                known = self.known(ids) if ids else frozenset()
                drafts = {str(row["id"]) for row in rows if row.get("isDraft")}
                lacking = [i for i in ids if i not in known and i not in drafts]
                fetched = [row for row in self._fetch(lacking).values() if row is not None]
                messages, skipped = self._read(fetched)
                listed, missing = listed + len(ids), missing + len(messages)
                yield Page(
                    interactions=messages,
                    skipped=(*skipped, *(Skipped(external_id=i, reason="draft") for i in sorted(drafts))),
                    kept=tuple(i for i in ids if i in known and i not in drafts),
                )
                following = answered.get("@odata.nextLink")
                link = str(following) if following is not None and following != link else None
        self.at.census, self.at.audited = False, self.now
        self.notes.append(f"audit: {listed} ids listed, {missing} were missing")
        yield Page(sweep=True, cursor=self.at.text())
        self.reading.audited(listed, missing)
