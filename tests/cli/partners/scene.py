"""What tests of `partners` share: mail to suggest from, a row of the list, and how a refusal reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import Result

from cli.errors import BAD_INPUT
from connectors.base import Page
from models.directory import Directory
from models.records import Message, MessageClass, Person
from models.store.store import Store

ANA = Person(address="ana@us.example")
Run = Callable[..., Result]


def read_mail(store: Store, *domains: str, days: int = 6, kind: MessageClass = MessageClass.HUMAN) -> None:
    """A mail each way on each of some days, with somebody at each domain."""
    source = store.sources.ensure("archive:old", live=False)
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    mails = []
    for domain in domains:
        joe = Person(address=f"joe@{domain}")
        for day in range(days):
            for sender, reader in ((joe, ANA), (ANA, joe)):
                uid = f"{day}.{sender.address}.{reader.address}"
                at = start + timedelta(days=day)
                mails.append(
                    Message(
                        source="archive:old",
                        external_id=uid,
                        uid=uid,
                        at=at,
                        sender=sender,
                        to=(reader,),
                        message_class=kind,
                    )
                )
    store.pages.save(source, Page(interactions=tuple(mails)), Directory(store.partners.us()), now=start)


def row(run: Run, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("show", key, "--json").output)
    return found


def refused(result: Result, *words: str) -> None:
    """One sentence, exit code 3, with these words in it."""
    assert result.exit_code == BAD_INPUT, result.output
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output
