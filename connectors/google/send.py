"""Mail out through Gmail: the message as it is, with our own Message-ID and headers. Needs gmail.send."""

from __future__ import annotations

from connectors.google.consent import SEND_SCOPE
from connectors.google.costs import PRICES
from connectors.google.door import NotThere
from connectors.google.opening import Access


def post(access: Access, encoded: str) -> None:
    """Hand over a mail (base64url of its bytes); returns once Gmail accepted it. The connector's errors otherwise.

    A failed call may have been accepted all the same: the Message-ID tells the two copies apart.
    """
    door = access.gmail_door((SEND_SCOPE,) if access.secret.get("kind") == "robot" else None)
    request = access.gmail.of("users.messages").send(userId="me", body={"raw": encoded}, fields="id")
    try:
        door.call(request, PRICES[access.place.prices].send)
    except NotThere as e:
        raise AssertionError("Gmail knows no place to send from") from e
