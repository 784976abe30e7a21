"""What is counted of organisations that nobody watches: enough to ask "watch these?", and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.base import Page
from models.directory import Directory
from models.records import Message, MessageClass, Partner, Person
from models.store.store import Store

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
US = ["us.example"]
ANA = Person(address="ana@us.example")
JOE = Person(address="joe@elsewhere.example")
LIST = Person(address="dev@lists.kit.example")


def count(store: Store, *mails: Message) -> dict[str, tuple[int, int, int, int]]:
    """For each outside domain: human mails in, out, automatic mails, days with human mail."""
    source = store.sources.ensure("archive:x", live=False)
    store.pages.save(source, Page(interactions=mails), Directory(["us.example"]), now=MONDAY)
    return {d.name: (d.inbound, d.outbound, d.automatic, d.days) for d in store.outside.domains()}


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
    (domain,) = store.outside.domains()
    assert (domain.first, domain.last) == (MONDAY.date(), (MONDAY + timedelta(days=3)).date())


def test_a_domain_without_people_still_has_its_dates(store: Store) -> None:
    counts = count(store, mail(4, JOE, ANA, kind=MessageClass.BULK))

    assert counts == {"elsewhere.example": (0, 0, 1, 0)}
    assert store.outside.domains()[0].first == (MONDAY + timedelta(days=4)).date()


def test_a_list_post_that_names_one_of_us_is_from_a_person(store: Store) -> None:
    assert count(store, mail(0, JOE, ANA, LIST, post=True)) == {"elsewhere.example": (1, 0, 0, 1)}


def test_a_newsletter_that_names_one_of_us_is_not(store: Store) -> None:
    assert count(store, mail(0, JOE, ANA, kind=MessageClass.BULK)) == {"elsewhere.example": (0, 0, 1, 0)}


def test_our_answer_on_a_list_counts_for_whom_it_answers(store: Store) -> None:
    assert count(store, mail(0, ANA, LIST, JOE, post=True)) == {
        "elsewhere.example": (0, 1, 0, 1),
        "lists.kit.example": (0, 0, 1, 0),
    }


def test_our_post_to_a_list_alone_is_no_contact(store: Store) -> None:
    assert count(store, mail(0, ANA, LIST, post=True)) == {"lists.kit.example": (0, 0, 1, 0)}


KIM, LEE = Person(address="kim@third.example"), Person(address="lee@third.example")


def test_a_mail_to_two_organisations_counts_for_both_and_once_for_each(store: Store) -> None:
    assert count(store, mail(0, ANA, JOE, KIM, LEE), mail(1, KIM, ANA, JOE)) == {
        "elsewhere.example": (0, 1, 0, 1),
        "third.example": (1, 1, 0, 2),
    }


def test_a_mail_to_a_partner_counts_for_the_others_on_it(store: Store) -> None:
    store.partners.add(Partner(key="third", title="Third", domains=("third.example",)), now=MONDAY)
    both, partners_own = mail(0, ANA, KIM, JOE), mail(1, KIM, ANA, JOE)

    source = store.sources.ensure("archive:x", live=False)
    saved = store.pages.save(source, Page(interactions=(both, partners_own)), store.partners.directory(US), now=MONDAY)

    assert (saved.new, saved.outside) == (2, 0)
    assert [(d.name, d.inbound, d.outbound) for d in store.outside.domains()] == [("elsewhere.example", 0, 1)]


def test_what_is_said_of_a_page_counts_mails_not_organisations(store: Store) -> None:
    source = store.sources.ensure("archive:x", live=False)
    saved = store.pages.save(source, Page(interactions=(mail(0, ANA, JOE, KIM),)), Directory(US), now=MONDAY)

    assert saved.outside == 1


def test_either_of_two_organisations_can_be_watched_later(store: Store) -> None:
    """In a live mailbox nothing is read twice without need: the mail has to be asked for again."""
    source = store.sources.ensure("gmail:ana@us.example", live=True)
    sent = mail(0, ANA, JOE, KIM)
    for key, domain in (("third", "third.example"), ("elsewhere", "elsewhere.example")):
        store.pages.save(source, Page(interactions=(sent,), cursor="1"), store.partners.directory(US), now=MONDAY)
        assert store.pages.knowledge(source, store.partners.directory(US))([sent.external_id]) == {sent.external_id}

        store.partners.add(Partner(key=key, title=key.title(), domains=(domain,)), now=MONDAY)
        store.outside.forget([domain])

        assert store.pages.knowledge(source, store.partners.directory(US))([sent.external_id]) == frozenset()

    store.pages.save(source, Page(interactions=(sent,), cursor="1"), store.partners.directory(US), now=MONDAY)
    assert [len(store.interactions.of(key)) for key in ("third", "elsewhere")] == [1, 1]
    assert store.pages.knowledge(source, store.partners.directory(US))([sent.external_id]) == {sent.external_id}
