"""What each tier asks for: the text tier searches and reads words of partners' mail alone; --since reads no more."""

from __future__ import annotations

from datetime import timedelta

from connectors.base import Page
from models.records import Message
from tests.connectors.contract import last_cursor
from tests.connectors.google.accounts import TEXT_TIER, gmail
from tests.connectors.google.test_contract import ANA
from tests.google_server import people
from tests.google_server.server import GoogleServer


def server_with_strangers() -> GoogleServer:
    """Sixty mails of one stranger, newer than three of a partner."""
    server = GoogleServer()
    now = people.when(server.clock.now())
    for n in range(63):
        sender = people.PARTNERS[0] if n < 3 else people.OTHERS[0]
        people.write(server.mailbox(ANA), now - timedelta(days=100 - n), sender=sender, to=ANA, text=f"words {n}")
    return server


def messages(pages: list[Page]) -> list[Message]:
    return [m for page in pages for m in page.interactions if isinstance(m, Message)]


def is_partners(message: Message) -> bool:
    return message.sender is not None and message.sender.address in people.PARTNERS


def test_partners_come_first_and_only_their_words_are_read() -> None:
    server = server_with_strangers()
    connector = gmail(server, scopes=TEXT_TIER, with_search=True, first=["northwind.example"], wants_text=is_partners)

    found = messages(list(connector.pages(None)))

    assert [is_partners(m) for m in found[:4]] == [True, True, True, False]
    assert {(m.text or "").partition(" ")[0] for m in found if is_partners(m)} == {"words"}
    assert all(m.text is None for m in found if not is_partners(m))
    assert len(found) == 63
    assert "words" not in repr(found)


def test_the_words_of_new_mail_come_with_the_next_pull() -> None:
    server = server_with_strangers()
    cursor = last_cursor(gmail(server, scopes=TEXT_TIER, with_search=True).pages(None))
    people.write(server.mailbox(ANA), people.when(server.clock.now()), sender=people.PARTNERS[1], to=ANA, text="new")
    connector = gmail(server, scopes=TEXT_TIER, with_search=True, wants_text=is_partners)

    assert [m.text for m in messages(list(connector.pages(cursor)))] == ["new"]


def test_since_pays_for_nothing_older_where_a_search_is_allowed() -> None:
    server = server_with_strangers()
    since = people.when(server.clock.now()) - timedelta(days=48)
    pages = list(gmail(server, scopes=TEXT_TIER, with_search=True, since=since).pages(None))

    assert len(messages(pages)) == 11
    assert server.calls["gmail.users.messages.get"] == 11
    assert sum(skip.reason == "before since" for page in pages for skip in page.skipped) == 52


def test_since_stops_at_the_first_older_batch_where_it_is_not() -> None:
    server = server_with_strangers()
    now = people.when(server.clock.now())
    for n in range(200):
        people.write(server.mailbox(ANA), now - timedelta(days=200 + n), sender=people.OTHERS[0], to=ANA)
    pages = list(gmail(server, since=now - timedelta(days=38)).pages(None))

    assert len(messages(pages)) == 1
    assert server.calls["gmail.users.messages.get"] == 100  # the batch with the edge, and one that is older altogether
    assert sum(skip.reason == "before since" for page in pages for skip in page.skipped) == 262


def test_what_is_left_out_is_never_paid_for() -> None:
    server = server_with_strangers()
    now = people.when(server.clock.now())
    for label in ("SPAM", "TRASH", "DRAFT", "CATEGORY_PROMOTIONS"):
        people.write(server.mailbox(ANA), now, sender=people.OTHERS[1], to=ANA, labels=(label,))

    pages = list(gmail(server).pages(None))

    assert server.calls["gmail.users.messages.get"] == 63
    assert sorted(s.reason for page in pages for s in page.skipped) == ["draft", "promotion", "trash"]


def test_a_long_first_reading_looks_at_todays_mail_in_between() -> None:
    server = server_with_strangers()
    now = people.when(server.clock.now())
    for n in range(400):
        people.write(server.mailbox(ANA), now - timedelta(days=200 + n), sender=people.OTHERS[0], to=ANA)
    pages = gmail(server).pages(None)
    seen: list[str] = []
    fresh = None
    for page in pages:
        seen += [m.external_id for m in page.interactions]
        if len(seen) >= 50 and fresh is None:
            fresh = people.write(server.mailbox(ANA), now, sender=people.PARTNERS[0], to=ANA).id
            server.clock.sleep(61)

    assert fresh in seen[:-100]
    assert len(seen) == len(set(seen)) == 464
