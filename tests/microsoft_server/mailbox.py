"""A mailbox as Exchange keeps it: folders, mail, and for each folder a log of what entered, changed and left.

The documented hole is part of it: a mail that comes back to a folder it once left is not logged there again
(microsoft-graph-docs-contrib, known issue "Delta calls to the messages API using immutable Ids").
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Any

WELL_KNOWN = {
    "inbox": "Posteingang",  # display names are localised: nobody may tell a folder by them
    "sentitems": "Gesendete Elemente",
    "drafts": "Entwürfe",
    "deleteditems": "Gelöschte Elemente",
    "junkemail": "Junk-E-Mail",
    "outbox": "Postausgang",
    "archive": "Archiv",
}
ROOT = "msgfolderroot"

Raw = dict[str, Any]


@dataclass
class Entry:
    """One line of a folder's log; `props` are the changed properties of an update."""

    seq: int
    kind: str  # enter, change, leave
    id: str
    props: tuple[str, ...] = ()


@dataclass
class Folder:
    """One mail folder with its members and its log."""

    id: str
    name: str
    parent: str
    well_known: str | None = None
    hidden: bool = False
    members: dict[str, int] = field(default_factory=dict)  # message id -> when it entered
    left: set[str] = field(default_factory=set)
    log: list[Entry] = field(default_factory=list)


def instant(moment: datetime) -> str:
    """A time as Graph writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Mailbox:
    """One user's mail. Every change is logged; `seq` orders everything that ever happened."""

    def __init__(self, address: str, number: int = 0) -> None:
        self.address = address
        self.number = number
        self.id = f"00000000-0000-4000-8000-{number:012d}"
        self.problem: str | None = None  # disabled, unlicensed, missing
        self.hole = True
        self.messages: dict[str, Raw] = {}
        self.mutable: dict[str, str] = {}  # immutable -> today's mutable id
        self.folders: dict[str, Folder] = {}
        self.folder_log: list[Entry] = []
        self.sent: list[Message] = []  # handed to sendMail
        self._count = itertools.count(1)
        self.seq = 0
        for well_known, name in WELL_KNOWN.items():
            self.add_folder(name, well_known=well_known, folder_id=f"AQMk{number}-{well_known}=")

    # --- folders ---

    def add_folder(
        self,
        name: str,
        *,
        parent: str = ROOT,
        well_known: str | None = None,
        hidden: bool = False,
        folder_id: str | None = None,
    ) -> str:
        """A new folder; gives its id."""
        made = Folder(folder_id or f"AAMk{self.number}-f{next(self._count)}=", name, parent, well_known, hidden)
        self.folders[made.id] = made
        self._note_folder(made.id, "enter")
        return made.id

    def well_known(self, name: str) -> Folder:
        """The folder of this well-known name; or of this id."""
        return next(f for f in self.folders.values() if name in (f.well_known, f.id))

    def rename_folder(self, folder_id: str, name: str) -> None:
        """Same folder, other name."""
        self.folders[folder_id].name = name
        self._note_folder(folder_id, "change")

    def move_folder(self, folder_id: str, parent: str) -> None:
        """Same folder, elsewhere: nothing in it is logged."""
        self.folders[folder_id].parent = parent
        self._note_folder(folder_id, "change")

    def delete_folder(self, folder_id: str) -> None:
        """For good, with everything in it."""
        for child in [f.id for f in self.folders.values() if f.parent == folder_id]:
            self.delete_folder(child)
        for message_id in self.folders[folder_id].members:
            del self.messages[message_id]
        del self.folders[folder_id]
        self._note_folder(folder_id, "leave")

    def within(self, folder_id: str, well_known: str) -> bool:
        """Whether the folder is, or lies below, the folder of this name."""
        while folder_id in self.folders:
            if self.folders[folder_id].well_known == well_known:
                return True
            folder_id = self.folders[folder_id].parent
        return False

    def _note_folder(self, folder_id: str, kind: str) -> None:
        self.seq += 1
        self.folder_log.append(Entry(self.seq, kind, folder_id))

    # --- mail ---

    def deliver(
        self, folder: str = "inbox", *, at: datetime, sender: str = "ann@northwind.example", **more: Any
    ) -> str:
        """A mail appears in a folder (id or well-known name); gives its immutable id."""
        n = next(self._count)
        where = self.folders.get(folder) or self.well_known(folder)
        subject = more.pop("subject", f"Subject {n}")
        raw: Raw = {
            "id": f"AAkALg{self.number:04d}AAAA{n:08d}-EWg0A=",
            "internetMessageId": f"<m{n}.{self.number}@{sender.partition('@')[2]}>",
            "conversationId": f"AAQk{self.number}-c{n}=",
            "conversationIndex": "AQHb" + "A" * 24 + "==",
            "subject": subject,
            "from": person(sender),
            "sender": person(sender),
            "replyTo": [],
            "toRecipients": [person(self.address)],
            "ccRecipients": [],
            "bccRecipients": [],
            "createdDateTime": instant(at),
            "lastModifiedDateTime": instant(at),
            "receivedDateTime": instant(at),
            "sentDateTime": instant(at),
            "isDraft": False,
            "isRead": False,
            "hasAttachments": False,
            "importance": "normal",
            "inferenceClassification": "focused",
            "categories": [],
            "bodyPreview": "Hello",
            "body": {"contentType": "text", "content": "Hello,\r\nthank you for the order.\r\n"},
            "webLink": "https://outlook.example/mail",
        }
        if sender != self.address:  # Exchange gives no internet headers on what was sent from the mailbox itself
            raw["internetMessageHeaders"] = [
                {"name": "Message-ID", "value": raw["internetMessageId"]},
                {"name": "From", "value": sender},
                {"name": "Subject", "value": subject},
            ]
        raw.update(more)
        raw = {k: v for k, v in raw.items() if v is not None or k in ("from", "subject", "internetMessageId")}
        self.messages[raw["id"]] = raw
        self._enter(where, raw["id"])
        return str(raw["id"])

    def send(self, mime: bytes, at: datetime) -> None:
        """A mail handed to sendMail as MIME: it lies in Sent Items with its own Message-ID."""
        mail = message_from_bytes(mime)
        self.sent.append(mail)
        to = [person(address) for _, address in getaddresses(mail.get_all("To", []))]
        self.deliver(
            "sentitems",
            at=at,
            sender=self.address,
            toRecipients=to,
            subject=mail["Subject"],
            internetMessageId=mail["Message-ID"],
        )

    def change(self, message_id: str, **props: Any) -> None:
        """Some properties change: the log knows which, and the delta will carry only those."""
        raw = self.messages[message_id]
        raw.update(props)
        self.seq += 1
        self.folders[raw["parentFolderId"]].log.append(Entry(self.seq, "change", message_id, tuple(props)))

    def move(self, message_id: str, folder: str) -> None:
        """To another folder: the immutable id stays, the mutable one does not."""
        raw = self.messages[message_id]
        source, target = self.folders[raw["parentFolderId"]], self.folders.get(folder) or self.well_known(folder)
        if source.id != target.id:
            self._leave(source, message_id)
            self._enter(target, message_id)

    def delete(self, message_id: str) -> None:
        """For good."""
        raw = self.messages.pop(message_id)
        self._leave(self.folders[raw["parentFolderId"]], message_id)

    def _enter(self, folder: Folder, message_id: str) -> None:
        self.seq += 1
        folder.members[message_id] = self.seq
        self.messages[message_id]["parentFolderId"] = folder.id
        self.mutable[message_id] = f"AAMkMutable-{message_id}-{self.seq}"
        if not (self.hole and message_id in folder.left):
            folder.log.append(Entry(self.seq, "enter", message_id))

    def _leave(self, folder: Folder, message_id: str) -> None:
        self.seq += 1
        del folder.members[message_id]
        folder.left.add(message_id)
        folder.log.append(Entry(self.seq, "leave", message_id))

    # --- what a delta says ---

    def first_round(self, folder: Folder) -> list[Entry]:
        """Everything in the folder."""
        newest_first = sorted(folder.members, key=lambda i: self.messages[i]["receivedDateTime"], reverse=True)
        return [Entry(self.seq, "enter", i) for i in newest_first]

    def next_round(self, folder: Folder, since: int) -> list[Entry]:
        """One entry for each mail that the log names after `since`."""
        named: dict[str, list[Entry]] = {}
        for entry in folder.log:
            if entry.seq > since:
                named.setdefault(entry.id, []).append(entry)
        found = []
        for message_id, entries in named.items():
            kinds = {e.kind for e in entries}
            if message_id in folder.members:
                if "enter" in kinds:
                    found.append(Entry(entries[-1].seq, "enter", message_id))
                elif "change" in kinds:  # left and came back unlogged: the hole says nothing at all
                    props = {p for e in entries for p in e.props}
                    found.append(Entry(entries[-1].seq, "change", message_id, tuple(sorted(props))))
            else:
                found.append(Entry(entries[-1].seq, "leave", message_id))
        return found

    def folder_round(self, since: int) -> list[Entry]:
        """One entry for each folder named after `since`."""
        last: dict[str, Entry] = {}
        for entry in self.folder_log:
            if entry.seq > since:
                last[entry.id] = entry
        return [Entry(e.seq, "enter" if e.id in self.folders else "leave", e.id) for e in last.values()]


def person(address: str, name: str = "") -> Raw:
    """A recipient as Graph writes it."""
    return {"emailAddress": {"name": name or address, "address": address}}
