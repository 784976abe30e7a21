"""What one mailbox lists: ids of mails, ids that a search finds, and what the history tells. No mail is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.base import CursorExpired, ServiceUnavailable
from connectors.google.client import Resources
from connectors.google.costs import Prices
from connectors.google.door import Door, NotThere
from connectors.google.history import Changes, read_history

_HISTORY_TYPES = ("messageAdded", "messageDeleted", "labelAdded", "labelRemoved")
_DOMAINS_A_QUERY = 20


class MailListing:
    """The lists of one mailbox; `page_size` is ids, or changes, an answer."""

    def __init__(self, service: Resources, door: Door, *, prices: Prices, page_size: int) -> None:
        self._users, self._history = service.of("users"), service.of("users.history")
        self._messages = service.of("users.messages")
        self._door = door
        self._prices = prices
        self._page_size = page_size

    def position(self) -> str:
        """The history id of this moment."""
        answer = self._door.call(self._users.getProfile(userId="me", fields="historyId"), self._prices.profile)
        if "historyId" not in answer:
            raise ServiceUnavailable("Gmail gave no position")
        return str(int(answer["historyId"]))

    def ids(self, **query: Any) -> Iterator[tuple[str, str]]:
        """(id, thread id) of the mails asked for, newest first, each once."""
        seen: set[str] = set()
        for answer in self._pages_of(
            lambda token: self._messages.list(
                userId="me",
                maxResults=self._page_size,
                pageToken=token,
                fields="messages(id,threadId),nextPageToken",
                **query,
            ),
            self._prices.listing,
        ):
            for row in answer.get("messages") or ():
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield str(row["id"]), str(row.get("threadId") or row["id"])

    def found_since(self, since: datetime) -> set[str]:
        """Ids of mails from then on; a search, which not every consent allows."""
        return {name for name, _ in self.ids(q=f"after:{int(since.timestamp())}")}

    def found_with(self, domains: Sequence[str]) -> set[str]:
        """Ids of mails to or from these domains; a search, which not every consent allows."""
        found: set[str] = set()
        for start in range(0, len(domains), _DOMAINS_A_QUERY):
            names = domains[start : start + _DOMAINS_A_QUERY]
            group = " ".join(f"{role}:{name}" for name in names for role in ("from", "to", "cc"))
            found |= {name for name, _ in self.ids(q=f"{{{group}}}")}
        return found

    def changes(self, start: str) -> tuple[Changes, str]:
        """What changed since a position, and the position after it: the one that came with the first page."""
        records: dict[str, dict[str, Any]] = {}
        newest = start
        try:
            for n, answer in enumerate(
                self._pages_of(
                    lambda token: self._history.list(
                        userId="me",
                        startHistoryId=start,
                        maxResults=self._page_size,
                        historyTypes=list(_HISTORY_TYPES),
                        pageToken=token,
                    ),
                    self._prices.history,
                )
            ):
                if n == 0:
                    newest = str(max(int(start), int(answer.get("historyId") or start)))
                # Records are told apart by all they say: one id may stand over several of them.
                records |= {repr(record): record for record in answer.get("history") or ()}
        except NotThere as e:
            raise CursorExpired("Gmail no longer knows our position: all ids are listed again") from e
        return read_history(records.values()), newest

    def _pages_of(self, make: Callable[[str | None], Any], units: float) -> Iterator[dict[str, Any]]:
        """Answers until there is no token; an empty page with a token is not the end."""
        token: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._door.call(make(token), units)
            yield answer
            token = answer.get("nextPageToken")
            if not token:
                return
            if token in seen:
                raise ServiceUnavailable("Gmail gave the same page token twice")
            seen.add(token)
