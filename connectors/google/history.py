"""Gmail's history, read as a whole: what became of each mail it names. Pure.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.history/list: records may come twice and in
any order of pages; their ids tell the order. `messagesDeleted` is deletion for good, trashing is a label.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.google.gmail_reader import LEFT_OUT


@dataclass(slots=True)
class Changes:
    """What a stretch of history asks for. Each id is in at most one of them.

    arrived   new mails to read: id -> thread id
    restored  mails that count again (out of the bin, out of spam): id -> thread id
    out       mails that now lie where they do not count: id -> why
    deleted   mails that are gone for good
    """

    arrived: dict[str, str] = field(default_factory=dict)
    restored: dict[str, str] = field(default_factory=dict)
    out: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Fate:
    thread: str = ""
    added: bool = False
    restored: bool = False
    deleted: bool = False
    left_out: set[str] = field(default_factory=set)


def read_history(records: Iterable[dict[str, Any]]) -> Changes:
    """The fate of each mail that these records name, whatever their order."""
    fates: dict[str, _Fate] = {}
    for record in sorted(records, key=lambda r: int(r["id"])):
        for entry in record.get("messagesAdded") or ():
            fate = _of(fates, entry)
            fate.added = True
            fate.left_out |= set(entry["message"].get("labelIds") or ()) & LEFT_OUT.keys()
        for entry in record.get("labelsAdded") or ():
            _of(fates, entry).left_out |= set(entry.get("labelIds") or ()) & LEFT_OUT.keys()
        for entry in record.get("labelsRemoved") or ():
            fate = _of(fates, entry)
            removed = set(entry.get("labelIds") or ()) & LEFT_OUT.keys()
            fate.left_out -= removed
            fate.restored = fate.restored or bool(removed)
        for entry in record.get("messagesDeleted") or ():
            _of(fates, entry).deleted = True
    changes = Changes()
    for name, fate in fates.items():
        if fate.deleted:
            changes.deleted.add(name)
        elif fate.left_out:
            changes.out[name] = LEFT_OUT[min(fate.left_out)]
        elif fate.restored:
            changes.restored[name] = fate.thread
        elif fate.added:
            changes.arrived[name] = fate.thread
    return changes


def _of(fates: dict[str, _Fate], entry: dict[str, Any]) -> _Fate:
    message = entry["message"]
    fate = fates.setdefault(str(message["id"]), _Fate())
    fate.thread = str(message.get("threadId") or fate.thread)
    return fate
