"""A Gmail mailbox as the server keeps it: mails, labels, and the history that records every change.

The admin door of the tests: each method is something that happens to a real mailbox.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

FIRST_HISTORY = 7_000_000
_FIRST_ID = 0x18C0_0000_0000_0000


@dataclass(slots=True)
class Mail:
    """One mail: labels change, the rest never does."""

    id: str
    thread: str
    labels: set[str]
    internal_ms: int
    headers: list[tuple[str, str]]
    text: str = ""
    history: int = 0


@dataclass(slots=True)
class Change:
    """One row of the history."""

    id: int
    kind: str  # messagesAdded, messagesDeleted, labelsAdded, labelsRemoved
    mail: str
    thread: str
    labels_then: tuple[str, ...]
    labels: tuple[str, ...] = ()


@dataclass(slots=True)
class Mailbox:
    """One account's mail."""

    address: str
    mails: dict[str, Mail] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    history_id: int = FIRST_HISTORY
    oldest_valid: int = FIRST_HISTORY
    watch: dict[str, Any] | None = None
    sent: list[bytes] = field(default_factory=list)
    made: int = 0

    def arrive(
        self,
        headers: Sequence[tuple[str, str]],
        *,
        at_ms: int,
        labels: Iterable[str] = ("INBOX",),
        thread: str | None = None,
        text: str = "",
    ) -> Mail:
        """A mail appears; `thread` names an existing one, None starts a new one."""
        self.made += 1
        name = f"{_FIRST_ID + self.made:x}"
        mail = Mail(name, thread or name, set(labels), at_ms, list(headers), text)
        self.mails[name] = mail
        self._record("messagesAdded", mail)
        return mail

    def label(self, name: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Labels change: trashing is TRASH added, reading is UNREAD removed."""
        mail = self.mails[name]
        if added := tuple(sorted(set(add) - mail.labels)):
            mail.labels |= set(added)
            self._record("labelsAdded", mail, added)
        if removed := tuple(sorted(set(remove) & mail.labels)):
            mail.labels -= set(removed)
            self._record("labelsRemoved", mail, removed)

    def delete(self, name: str) -> None:
        """Gone for good."""
        mail = self.mails.pop(name)
        self._record("messagesDeleted", mail)

    def age(self) -> None:
        """The history so far is forgotten: every position taken until now is refused."""
        self.history_id += 10
        self.oldest_valid = self.history_id
        self.history.clear()

    def _record(self, kind: str, mail: Mail, labels: tuple[str, ...] = ()) -> None:
        self.history_id += 3  # ids are not contiguous
        mail.history = self.history_id
        self.history.append(Change(self.history_id, kind, mail.id, mail.thread, tuple(sorted(mail.labels)), labels))
        if self.watch is not None:
            self.watch["pending"] = True

    def newest_first(self) -> list[Mail]:
        """The order of messages.list."""
        return sorted(self.mails.values(), key=lambda m: (-m.internal_ms, m.id))

    def threads_count(self) -> int:
        """How many threads there are."""
        return len({mail.thread for mail in self.mails.values()})


def resource(mail: Mail, form: str, names: Sequence[str]) -> dict[str, Any]:
    """The Message resource in `minimal`, `metadata` or `full` form; `names` limits the headers of `metadata`."""
    found: dict[str, Any] = {
        "id": mail.id,
        "threadId": mail.thread,
        "labelIds": sorted(mail.labels),
        "historyId": str(mail.history),
        "internalDate": str(mail.internal_ms),
        "sizeEstimate": 500 + len(mail.text),
    }
    if form == "minimal":
        return found
    wanted = {name.lower() for name in names}
    kept = mail.headers if form == "full" or not wanted else [h for h in mail.headers if h[0].lower() in wanted]
    payload: dict[str, Any] = {"mimeType": "text/plain", "headers": [{"name": n, "value": v} for n, v in kept]}
    if form == "full":
        data = base64.urlsafe_b64encode(mail.text.encode()).decode()
        payload |= {"partId": "", "filename": "", "body": {"size": len(mail.text), "data": data}}
    return found | {"payload": payload}
