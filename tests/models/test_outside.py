"""What is counted of organisations that nobody watches: enough to ask "watch these?", and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.base import Page
from models.directory import Directory
from models.records import Message, MessageClass, Person
from models.store.store import Store

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA = Person(address="ana@us.example")
JOE = Person(address="joe@elsewhere.example")
LIST = Person(address="dev@lists.kit.example")


def count(store: Store, *mails: Message) -> dict[str, tuple[int, int, int, int]]:
    """For each outside domain: human mails in, out, automatic mails, days with human mail."""
    source = store.sources.ensure("archive:x", live=False)
    store.pages.save(source, Page(interactions=mails), Directory(["us.example"]), now=MONDAY)
    return {d.name: (d.inbound, d.outbound, d.automatic, d.days) for d in store.interactions.outside()}


def mail(day: int, sender: Person, *to: Person, kind: MessageClass = MessageClass.HUMAN, post: bool = False) -> Message:
    return Message(
        source="archive:x",
        external_id=f"{day}-{sender.address}",
        uid=f"{day}-{sender.address}",
        at=MONDAY + timedelta(days=day),
        sender=sender,
        to=to,
        message_class=MessageClass.BULK if post else kind,
        class_doubtful=post,
    )


def test_days_are_those_on_which_people_wrote(store: Store) -> None:
    robot = mail(9, JOE, ANA, kind=MessageClass.AUTO_REPLY)

    counts = count(store, mail(0, JOE, ANA), mail(0, ANA, JOE), mail(3, JOE, ANA), robot)

    assert counts == {"elsewhere.example": (2, 1, 1, 2)}
    (domain,) = store.interactions.outside()
    assert (domain.first, domain.last) == (MONDAY.date(), (MONDAY + timedelta(days=3)).date())


def test_a_domain_without_people_still_has_its_dates(store: Store) -> None:
    counts = count(store, mail(4, JOE, ANA, kind=MessageClass.BULK))

    assert counts == {"elsewhere.example": (0, 0, 1, 0)}
    assert store.interactions.outside()[0].first == (MONDAY + timedelta(days=4)).date()


def test_a_list_post_that_names_one_of_us_is_from_a_person(store: Store) -> None:
    assert count(store, mail(0, JOE, ANA, LIST, post=True)) == {"elsewhere.example": (1, 0, 0, 1)}


def test_a_newsletter_that_names_one_of_us_is_not(store: Store) -> None:
    assert count(store, mail(0, JOE, ANA, kind=MessageClass.BULK)) == {"elsewhere.example": (0, 0, 1, 0)}


def test_our_answer_on_a_list_counts_for_whom_it_answers(store: Store) -> None:
    assert count(store, mail(0, ANA, LIST, JOE, post=True)) == {"elsewhere.example": (0, 1, 0, 1)}


def test_our_post_to_a_list_alone_is_no_contact(store: Store) -> None:
    assert count(store, mail(0, ANA, LIST, post=True)) == {"lists.kit.example": (0, 0, 1, 0)}
