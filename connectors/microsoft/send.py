"""Mail out through Graph: sendMail with MIME, so that our own Message-ID and headers stay as they are."""

from __future__ import annotations

from urllib.parse import quote

from connectors.microsoft.door import GraphDoor


def post(door: GraphDoor, encoded: str) -> None:
    """Hand over a mail (base64 of its bytes); returns once Graph accepted it. Needs Mail.Send.

    AccessDenied where it never will; ServiceUnavailable for later, when it may have been accepted all the same.
    """
    door.send_mime(f"{door.base}/sendMail", encoded)


def was_sent(door: GraphDoor, message_id: str) -> bool:
    """Whether Sent Items hold a mail of this Message-ID (with its angle brackets)."""
    wanted = quote("internetMessageId eq '" + message_id.replace("'", "''") + "'")
    found = door.get(f"{door.base}/mailFolders/sentitems/messages?$filter={wanted}&$select=id&$top=1")
    return bool(found.get("value"))
