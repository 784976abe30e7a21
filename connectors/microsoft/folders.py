"""The folders of a mailbox, kept in step by their own delta: new, renamed, moved, deleted and hidden ones.

Rules: drafts, outbox, scheduled mail, junk, Teams chats and sync logs are not read. Deleted items are: whoever deletes
a mail after reading it was written to all the same. Display names are localised and never asked for.
"""

from __future__ import annotations

from connectors.base import ServiceUnavailable
from connectors.microsoft.door import GraphDoor
from connectors.microsoft.mail_cursor import MailCursor, Mark
from connectors.microsoft.refusals import StateLost

# learn.microsoft.com/graph/api/resources/mailfolder, well-known folder names
LEFT_OUT = ("drafts", "outbox", "scheduled", "junkemail", "conversationhistory", "syncissues")
_TRIES = 3
_FIELDS = "id,parentFolderId,totalItemCount"


def find_left_out(door: GraphDoor, prefer: str) -> list[str]:
    """Ids of the folders that are not read; a mailbox need not have them all."""
    addresses = [f"{door.base}/mailFolders/{name}?$select=id" for name in LEFT_OUT]
    found = door.get_each(addresses, prefer)
    return [str(row["id"]) for address in addresses if (row := found[address]) is not None]


def update(door: GraphDoor, cursor: MailCursor, prefer: str) -> int:
    """Bring the cursor's folders up to date; gives the number of items in folders met for the first time.

    Where a folder that was read vanished, or is left out from now on, a census becomes due: what it held is not known.
    """
    before = {folder for folder in cursor.read_folders() if cursor.folders[folder].link is not None}
    counts = _read_patiently(door, cursor, prefer)
    after = set(cursor.read_folders())
    if before - after:
        cursor.census = True
    for folder, mark in cursor.folders.items():
        if folder not in after and mark.link is not None:
            # Left out from now on: should it come back, it is read anew.
            cursor.folders[folder] = Mark(parent=mark.parent)
    return sum(n for folder, n in counts.items() if folder in after and cursor.folders[folder].link is None)


def _read_patiently(door: GraphDoor, cursor: MailCursor, prefer: str) -> dict[str, int]:
    for _ in range(_TRIES):
        try:
            return _read(door, cursor, prefer)
        except StateLost:
            cursor.folder_link = None
    raise ServiceUnavailable("Microsoft Graph keeps losing its place in the folder list")


def _read(door: GraphDoor, cursor: MailCursor, prefer: str) -> dict[str, int]:
    whole = cursor.folder_link is None
    link = cursor.folder_link or f"{door.base}/mailFolders/delta?includeHiddenFolders=true&$select={_FIELDS}"
    counts: dict[str, int] = {}
    named: set[str] = set()
    seen: set[str] = set()
    while True:
        if link in seen:  # a page that leads to itself never ends
            raise StateLost("the folder list leads in a circle")
        seen.add(link)
        answered = door.get(link, prefer)
        for row in answered.get("value") or ():
            folder = str(row["id"])
            if "@removed" in row:
                named.discard(folder)
                cursor.folders.pop(folder, None)
                continue
            named.add(folder)
            mark = cursor.folders.setdefault(folder, Mark())
            if row.get("parentFolderId"):
                mark.parent = str(row["parentFolderId"])
            counts[folder] = int(row.get("totalItemCount") or 0)
        if "@odata.nextLink" in answered:
            link = str(answered["@odata.nextLink"])
            continue
        break
    if whole:
        for folder in [f for f in cursor.folders if f not in named]:
            del cursor.folders[folder]
    cursor.folder_link = str(answered["@odata.deltaLink"])
    return counts
