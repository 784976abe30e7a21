"""Mail out through Gmail's API: handed over once, and looked for before it is handed over again."""

from __future__ import annotations

from functools import partial

from connectors.google.consent import SCOPES, SEND_SCOPE
from connectors.google.costs import PRICES
from connectors.google.opening import Access

MARK = "X-Gonequiet-Letter"
_RECENT = 50  # mails sent since an attempt that nobody knows the outcome of; one batch


def post(access: Access, encoded: str) -> None:
    """Hand over a mail (URL-safe base64 of its bytes); returns once Gmail accepted it. Needs gmail.send.

    AccessDenied where it never will; ServiceUnavailable for later, when it may have been accepted all the same:
    nothing is repeated in here.
    """
    request = access.gmail.of("users.messages").send(userId="me", body={"raw": encoded})
    with access.gmail_door((*SCOPES[access.tier], SEND_SCOPE), repeats=False) as door:
        door.call(request, PRICES[access.place.prices].send)


def was_sent(access: Access, letter: str) -> bool:
    """Whether one of the mails sent last carries this letter's id in our own header.

    Gmail's API replaces the Message-ID of what it sends, so a search for it finds nothing; and the headers tier may
    not search. Listing what was sent and reading two headers is open to both tiers.
    """
    prices, messages = PRICES[access.place.prices], access.gmail.of("users.messages")
    listing = messages.list(userId="me", labelIds=["SENT"], maxResults=_RECENT, fields="messages(id)")
    with access.gmail_door() as door:
        names = [str(row["id"]) for row in door.call(listing, prices.listing).get("messages") or ()]
        wanted = {"userId": "me", "format": "metadata", "metadataHeaders": [MARK], "fields": "id,payload/headers"}
        answers = door.batch(
            {name: partial(messages.get, id=name, **wanted) for name in names},
            dict.fromkeys(names, float(prices.message)),
        )
    return any(
        header.get("name", "").lower() == MARK.lower() and header.get("value", "").strip() == letter
        for answer in answers.found.values()
        for header in (answer.get("payload") or {}).get("headers") or ()
    )
