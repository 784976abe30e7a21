"""Access that has ended: one mail an episode, to whoever can mend it, for both services alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.base import Page
from connectors.google.refusals import why_refused
from connectors.microsoft.refusals import refused_sign_in
from flows.disconnect import sources_of
from flows.notify import notify
from models.records import Message, Person
from models.settings import Settings
from models.store.accounts import Account
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, BEN, DAY, HOUR, NOW, OPERATOR, add_partner, settings

WITHDRAWN = why_refused("invalid_grant", "Token has been expired or revoked.")
BLOCKED = str(refused_sign_in({"error": "invalid_grant", "error_codes": [53003]}))
EXPIRING = "Microsoft: the client secret expires on 2026-12-01: make a new one before, or no mailbox can be read"


def connect(
    store: Store, mailbox: str = ANA, *, provider: str = "google", at: datetime = NOW, **config: Any
) -> Account:
    made = store.accounts.connect(provider, mailbox, tier="headers", config=config, sealed=b"", now=at)
    for name in sources_of(made):
        store.sources.ensure(name, live=True)
    return made


def refuse(store: Store, account: Account, sentence: str = WITHDRAWN, *, at: datetime = NOW) -> None:
    for name in sources_of(account):
        store.sources.failed(name, sentence, now=at, needs_person=True)


def mend(store: Store, account: Account) -> None:
    for name in sources_of(account):
        store.sources.finished(name, now=NOW, directory="")


def said(box: Mailbox) -> str:
    """The words of the first mail, without its line breaks."""
    body = box.mails[0].get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def run(store: Store, box: Mailbox, *, hours: float = 0, chosen: Settings | None = None) -> None:
    notify(store, chosen or settings(), now=NOW + hours * HOUR, mailer=box)


@pytest.mark.parametrize(("provider", "sentence"), [("google", WITHDRAWN), ("microsoft", BLOCKED)])
def test_the_owner_is_told_once_what_happened_and_what_to_type(
    provider: str, sentence: str, sqlite_store: Store
) -> None:
    add_partner(sqlite_store, "northwind")
    account = connect(sqlite_store, provider=provider)
    source = sqlite_store.sources.ensure(sources_of(account)[0], live=True)
    mail = Message(
        source=source.name,
        external_id="1",
        uid="<1@x.example>",
        at=NOW - DAY,
        sender=Person(address="bo@northwind.example"),
        to=(Person(address=ANA),),
    )
    directory = sqlite_store.partners.directory(["ourco.example"])
    sqlite_store.pages.save(source, Page(interactions=(mail,)), directory, now=NOW)
    refuse(sqlite_store, account, sentence)
    box = Mailbox()

    for hour in range(4):
        run(sqlite_store, box, hours=hour)

    assert box.subjects == [(ANA, f"Blind: access to {ANA} has ended")]
    text = said(box)
    assert sentence[1:60] in text
    assert f"gonequiet {'connect' if provider == 'google' else 'pull'}" in text
    assert "Northwind shows as blind, not as quiet" in text
    assert f"forward this mail to {OPERATOR}" in text
    assert box.mails[0]["X-Gonequiet-Alert"] == "account"


def test_the_command_gives_the_same_access_again(sqlite_store: Store) -> None:
    made = sqlite_store.accounts.connect("google", ANA, tier="text", config={"may_send": True}, sealed=b"", now=NOW)
    for name in sources_of(made):
        sqlite_store.sources.ensure(name, live=True)
    refuse(sqlite_store, made)
    box = Mailbox()

    run(sqlite_store, box)

    assert f"gonequiet connect google --mailbox {ANA} --tier text --send" in said(box)


def test_the_next_episode_is_told_again_and_a_mended_one_is_not(sqlite_store: Store) -> None:
    account, box = connect(sqlite_store), Mailbox()
    refuse(sqlite_store, account)
    run(sqlite_store, box)
    mend(sqlite_store, account)
    run(sqlite_store, box, hours=1)
    assert sqlite_store.troubles.all() == []

    refuse(sqlite_store, account, at=NOW + 2 * HOUR)
    run(sqlite_store, box, hours=2)

    assert len(box.mails) == len(box.copies) == 2


def test_an_outage_in_between_and_another_sentence_are_the_same_episode(sqlite_store: Store) -> None:
    account, box = connect(sqlite_store), Mailbox()
    refuse(sqlite_store, account)
    run(sqlite_store, box)
    for name in sources_of(account):
        sqlite_store.sources.failed(name, "Google cannot be reached", now=NOW + HOUR)
    run(sqlite_store, box, hours=1)
    refuse(sqlite_store, account, "the account is suspended at Google: ask the Workspace administrator")
    run(sqlite_store, box, hours=2)

    assert len(box.mails) == 1


def test_connecting_again_ends_the_episode(sqlite_store: Store) -> None:
    account, box = connect(sqlite_store), Mailbox()
    refuse(sqlite_store, account)
    run(sqlite_store, box)

    sqlite_store.sources.forgive(sources_of(account))
    run(sqlite_store, box, hours=1)

    assert sqlite_store.troubles.all() == []
    assert len(box.mails) == 1


def test_one_key_for_many_mailboxes_is_one_mail_to_the_operator(sqlite_store: Store) -> None:
    accounts = [connect(sqlite_store, f"p{n}@ourco.example", robot=True, client_id="1") for n in range(30)]
    box = Mailbox()
    for account in accounts[:20]:
        refuse(sqlite_store, account, why_refused("invalid_grant", "Invalid JWT Signature."))
    run(sqlite_store, box)
    for account in accounts[20:]:  # the next round meets the others
        refuse(sqlite_store, account, why_refused("invalid_grant", "Invalid JWT Signature."), at=NOW + HOUR)
    run(sqlite_store, box, hours=1)

    assert box.subjects == [(OPERATOR, "Blind: access to 20 mailboxes has ended")]


def test_a_secret_that_ends_soon_is_told_once_and_its_end_again(sqlite_store: Store) -> None:
    accounts = [connect(sqlite_store, n, provider="microsoft", mode="app-only", client_id="1") for n in (ANA, BEN)]
    box = Mailbox()
    for hour in range(3):
        for account in accounts:
            sqlite_store.accounts.refused(account.id, EXPIRING, now=NOW + hour * HOUR)
        run(sqlite_store, box, hours=hour)
    for account in accounts:
        refuse(sqlite_store, account, str(refused_sign_in({"error_codes": [7000222]})))
    for hour in (3, 4):
        run(sqlite_store, box, hours=hour)

    assert box.subjects == [
        (OPERATOR, "Blind soon: access to 2 mailboxes ends"),
        (OPERATOR, "Blind: access to 2 mailboxes has ended"),
    ]


@pytest.mark.parametrize("mailbox", [ANA, "someone@elsewhere.example"])
def test_who_cannot_read_or_is_not_ours_is_not_written_to(mailbox: str, sqlite_store: Store) -> None:
    account, box = connect(sqlite_store, mailbox), Mailbox()
    suspended = "the account is suspended at Google: ask the Workspace administrator"
    refuse(sqlite_store, account, suspended if mailbox == ANA else WITHDRAWN)

    run(sqlite_store, box)

    assert [reader for reader, _ in box.subjects] == [OPERATOR]
    assert "forward this mail" not in said(box)


def test_an_owner_who_wants_no_mail_is_not_written_to(sqlite_store: Store) -> None:
    account, box = connect(sqlite_store), Mailbox()
    sqlite_store.readers.silence(ANA, now=NOW)
    refuse(sqlite_store, account)

    run(sqlite_store, box)

    assert [reader for reader, _ in box.subjects] == [OPERATOR]


def test_without_anybody_to_tell_nothing_is_sent(sqlite_store: Store) -> None:
    account, box = connect(sqlite_store, "someone@elsewhere.example"), Mailbox()
    refuse(sqlite_store, account)

    run(sqlite_store, box, chosen=settings(operator=None))

    assert box.mails == []


def test_a_mail_that_waits_is_dropped_when_the_account_was_mended(sqlite_store: Store) -> None:
    from alerts.mailer import MailerError  # noqa: PLC0415  only here

    account, box = connect(sqlite_store), Mailbox([MailerError("away", unsure=True)])
    refuse(sqlite_store, account)
    run(sqlite_store, box)
    mend(sqlite_store, account)

    run(sqlite_store, box, hours=1)

    assert box.mails == []
    assert sqlite_store.letters.open() == sqlite_store.letters.failed() == []


def test_disconnecting_forgets_the_episode(sqlite_store: Store) -> None:
    account = connect(sqlite_store)
    refuse(sqlite_store, account)
    run(sqlite_store, Mailbox())

    sqlite_store.accounts.forget(account.id)

    assert sqlite_store.troubles.all() == []
