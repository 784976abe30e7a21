"""Links in mails: signed, expiring, good for one purpose. Opening one shows a question; only pressing its button acts.

The key is the store's (`Notices.link_key`); the clock is handed in, so a link is the same for the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

GOOD_FOR = timedelta(days=60)
_SALT = "gonequiet.link.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a link allows: one action, of one reader, about one flip or one concern of one partner.

    action   handled, snooze-3, snooze-7, snooze-14, leave, not-a-problem, undo, details, status, read, unsubscribe
    partner  its key; "" where the action is about none
    """

    action: str
    reader: str
    partner: str = ""
    flip_id: int | None = None
    concern: int | None = None


class BadLink(Exception):
    """The link cannot be used; the message says why, for the person who followed it."""


class Links:
    """Makes and reads the links of one page address; `base` None makes none, "" makes paths on the same page."""

    def __init__(self, base: str | None, key: str) -> None:
        self._base = None if base is None else base.rstrip("/")
        self._signer = URLSafeSerializer(key, salt=_SALT)

    def url(self, ticket: Ticket, *, now: datetime) -> str | None:
        """The address of a ticket, good for sixty days from the day it is made; None where there is no page."""
        if self._base is None:
            return None
        ends = int((now + GOOD_FOR).timestamp()) // 86_400
        said: list[object] = [ticket.action, ticket.reader, ticket.partner, ticket.flip_id, ends]
        said += [] if ticket.concern is None else [ticket.concern]
        return f"{self._base}/a/{self._signer.dumps(said)}"

    def read(self, token: str, *, now: datetime) -> Ticket:
        """The ticket behind a token; BadLink if it was changed, made elsewhere, or is too old."""
        try:
            action, reader, partner, flip_id, ends, *rest = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError) as e:
            raise BadLink("This link is not one of ours, or a part of it is missing.") from e
        if now.timestamp() // 86_400 > ends:
            raise BadLink("This link has expired. Use the newest mail, or the command it names.")
        return Ticket(
            action=str(action),
            reader=str(reader),
            partner=str(partner),
            flip_id=flip_id,
            concern=int(rest[0]) if rest else None,
        )
