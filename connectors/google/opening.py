"""From an account's secret to its connectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httplib2

from connectors.base import AccessDenied, Known
from connectors.budget import Budget, Clock, Limit, Pacer
from connectors.google.calendar import CalendarConnector
from connectors.google.client import Resources, authorised, batch_address, delegate, http_door, person, service
from connectors.google.consent import SCOPES
from connectors.google.costs import PRICES, calendar_limits
from connectors.google.door import Door
from connectors.google.gmail import GmailConnector
from models.records import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Google is, and what its calls cost: from the settings."""

    gmail_root: str
    calendar_root: str
    token_uri: str
    timeout: float
    prices: str = "new"
    ca_file: Path | None = None

    def http(self, *, repeats: bool = True) -> httplib2.Http:
        """A connection with a time limit; without `repeats` it sends nothing twice."""
        return http_door(timeout=self.timeout, ca_file=self.ca_file, repeats=repeats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One mailbox with its credential and its purse.

    secret   {"kind": "person", refresh_token...} or {"kind": "robot", key: the key file's content}
    """

    mailbox: str
    tier: str
    secret: Mapping[str, Any] = field(repr=False)
    place: Place
    budget: Budget
    clock: Clock

    def connection(self, scopes: tuple[str, ...] | None = None, *, repeats: bool = True) -> Any:
        """An authorised connection; AccessDenied if the stored credential is none."""
        http = self.place.http(repeats=repeats)
        try:
            if self.secret["kind"] == "robot":
                credentials: Any = delegate(
                    dict(self.secret["key"]),
                    self.mailbox,
                    scopes or SCOPES[self.tier],
                    token_uri=self.place.token_uri,
                    http=http,
                )
            else:
                credentials = person(dict(self.secret), token_uri=self.place.token_uri, http=http)
        except (KeyError, ValueError, TypeError) as e:
            raise AccessDenied("the stored credential is damaged: connect the account again") from e
        return authorised(credentials, http)

    def gmail_door(self, scopes: tuple[str, ...] | None = None, *, repeats: bool = True) -> Door:
        """The door to this mailbox's mail; one to send through never `repeats`."""
        limits = PRICES[self.place.prices].limits(self.mailbox, self.project)
        return Door(
            self.connection(scopes, repeats=repeats),
            self._pacer(limits),
            batch_uri=batch_address("gmail.v1", self.place.gmail_root),
            name=f"gmail:{self.mailbox}",
            repeats=repeats,
        )

    def calendar_door(self) -> Door:
        """The door to this person's calendars."""
        limits = calendar_limits(self.mailbox, self.project)
        address = batch_address("calendar.v3", self.place.calendar_root)
        return Door(self.connection(), self._pacer(limits), batch_uri=address, name=f"gcal:{self.mailbox}")

    @property
    def project(self) -> str:
        """The Cloud project, whose quota all mailboxes share: as the OAuth client or key names it."""
        if self.secret.get("kind") == "robot":
            return str(self.secret.get("key", {}).get("project_id", "robot"))
        return str(self.secret.get("client_id", "")).partition("-")[0]

    def _pacer(self, limits: Sequence[Limit]) -> Pacer:
        return Pacer(self.budget, limits, self.clock)

    @property
    def gmail(self) -> Resources:
        """Gmail's API at this place."""
        return service("gmail.v1", self.place.gmail_root)

    @property
    def calendar(self) -> Resources:
        """Calendar's API at this place."""
        return service("calendar.v3", self.place.calendar_root)


def connectors_for(
    access: Access,
    *,
    known: Callable[[str], Known],
    since: datetime | None = None,
    calendars: Sequence[str] | None = None,
    first: Sequence[str] = (),
    wants_text: Callable[[Message], bool] | None = None,
    audited: Callable[[str], Callable[[int, int, int], None] | None] = lambda _source: None,
) -> list[GmailConnector | CalendarConnector]:
    """The mail and the meetings of one account; see the connectors for the options.

    `audited` gives, for a source whose audit is due, whom to tell its result.
    """
    reads_text = access.tier == "text"
    return [
        GmailConnector(
            access.mailbox,
            access.gmail,
            access.gmail_door(),
            prices=PRICES[access.place.prices],
            known=known(f"gmail:{access.mailbox}"),
            since=since,
            first=first,
            with_search=reads_text,
            wants_text=wants_text if reads_text else None,
            audited=audited(f"gmail:{access.mailbox}"),
        ),
        CalendarConnector(
            access.mailbox,
            access.calendar,
            access.calendar_door(),
            known=known(f"gcal:{access.mailbox}"),
            chosen=calendars,
            since=since,
            audited=audited(f"gcal:{access.mailbox}"),
        ),
    ]


def whose(access: Access) -> str:
    """The address of the mailbox that this consent opens; the connector's errors if it opens none."""
    with access.gmail_door() as door:
        answer = door.call(access.gmail.of("users").getProfile(userId="me", fields="emailAddress"), 1)
    return str(answer["emailAddress"]).lower()


def read_key(path: Path) -> dict[str, Any]:
    """A service account's key file; ValueError in words for any other file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise ValueError(f"{path} cannot be read: {e.strerror}") from e
    except (json.JSONDecodeError, UnicodeDecodeError) as e:
        raise ValueError(f"{path} is not a key file of a service account") from e
    if not isinstance(found, dict) or found.get("type") != "service_account" or "private_key" not in found:
        raise ValueError(f"{path} is not a key file of a service account (docs/google.md, step 4)")
    return found
