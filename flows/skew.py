"""How far this machine's clock is off, by the clocks of services that answer anyway: a Date header, a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from models.settings import Settings
from models.store.checkup import server_clock
from models.store.store import Store

_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """How much this machine is ahead of `whose` clock; negative = behind. Right to about a second."""

    whose: str
    ahead: timedelta


def skews(store: Store, settings: Settings, *, clock: Callable[[], datetime]) -> Iterator[Skew]:
    """Against every service that is in use and answers; nothing where none does."""
    theirs = server_clock(store.database)
    if theirs is not None:
        yield Skew(whose="the database server", ahead=clock() - theirs)
    used = {account.provider for account in store.accounts.all()}
    places = (
        ("google", "Google", settings.google.gmail_root, settings.google.ca_file),
        ("microsoft", "Microsoft", settings.microsoft.graph_root, settings.microsoft.ca_file),
    )
    for provider, whose, address, ca_file in places:
        ahead = _ahead_of(address, ca_file, clock) if provider in used else None
        if ahead is not None:
            yield Skew(whose=whose, ahead=ahead)


def _ahead_of(address: str, ca_file: Path | None, clock: Callable[[], datetime]) -> timedelta | None:
    """By the Date header of any answer, be it a refusal; the time on the way is halved. None = no answer."""
    parts = urlsplit(address)
    with requests.Session() as session:
        session.trust_env = False
        session.proxies.update(get_environ_proxies(address))
        if ca_file is not None:
            session.verify = str(ca_file)
        before = clock()
        try:
            answered = session.head(f"{parts.scheme}://{parts.netloc}/", timeout=_SECONDS, allow_redirects=False)
            theirs = parsedate_to_datetime(answered.headers["Date"]).astimezone(UTC)
        except (requests.RequestException, OSError, KeyError, ValueError, TypeError):
            return None
    after = clock()
    # The header has whole seconds: on average half a second passed since.
    return before + (after - before) / 2 - (theirs + timedelta(milliseconds=500))
