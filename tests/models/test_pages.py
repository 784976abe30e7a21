"""Saving pages: twice is once, all or nothing, one mail with many sightings."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Page, Skipped
from models.directory import Directory
from models.records import Attendee, Meeting, MeetingStatus, Message, MessageClass, Partner, Person, Response
from models.store.store import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARTNERS = (
    Partner(key="northwind", title="Northwind", domains=("northwind.example",)),
    Partner(key="contoso", title="Contoso", domains=("contoso.example",)),
)
ANA, RAJ, EVE = (Person(address=a) for a in ("ana@us.example", "raj@northwind.example", "eve@contoso.example"))
STRANGER = Person(address="joe@elsewhere.example")


def mail(
    n: int, *, sender: Person = RAJ, to: tuple[Person, ...] = (ANA,), source: str = "gmail:ana", **more: object
) -> Message:
    facts: dict[str, object] = {
        "source": source,
        "external_id": f"{source}-{n}",
        "uid": f"<{n}@mail.example>",
        "at": NOW + timedelta(hours=n),
        "sender": sender,
        "to": to,
    }
    return Message(**(facts | more))  # type: ignore[arg-type]


def meeting(*, hour: int = 10, seen: int = 0, source: str = "gcal:ana", **more: object) -> Meeting:
    facts: dict[str, object] = {
        "source": source,
        "external_id": "event-1",
        "uid": "event-1@calendar",
        "at": NOW.replace(hour=hour),
        "until": NOW.replace(hour=hour + 1),
        "seen_at": NOW + timedelta(minutes=seen),
        "organiser": ANA,
        "attendees": (Attendee(person=RAJ),),
    }
    return Meeting(**(facts | more))  # type: ignore[arg-type]


@pytest.fixture
def directory(store: Store) -> Directory:
    for partner in PARTNERS:
        store.partners.add(partner, now=NOW)
    return store.partners.directory(["us.example"])


def lapse(store: Store, source: str = "gmail:ana"):
    """What vanished is withdrawn: tests/models/test_grace.py has the waiting."""
    return store.pages.lapse(store.sources.ensure(source, live=True), before=NOW, now=NOW)


def save(store: Store, directory: Directory, page: Page, *, source: str = "gmail:ana", live: bool = True):
    return store.pages.save(store.sources.ensure(source, live=live), page, directory, now=NOW)


def test_saving_a_page_twice_is_saving_it_once(store: Store, directory: Directory) -> None:
    page = Page(interactions=(*(mail(n) for n in range(5)), meeting()), cursor="1")

    first = save(store, directory, page)
    before = store.interactions.of("northwind")
    second = save(store, directory, page)

    assert (first.new, first.meetings) == (5, 1)
    assert (second.new, second.known, second.meetings) == (0, 5, 0)
    assert store.interactions.of("northwind") == before
    assert second.touched == set()


def test_page_and_cursor_fall_together(store: Store, directory: Directory) -> None:
    class BrokenPage:
        interactions = (mail(1),)
        gone = ()
        kept = ()
        skipped = ()
        prepared = ()
        cursor = "after"
        sweep = False
        census = False

        @property
        def read_until(self) -> datetime:
            raise RuntimeError("killed in the middle")

    with pytest.raises(RuntimeError):
        store.pages.save(store.sources.ensure("gmail:ana", live=True), BrokenPage(), directory, now=NOW)

    found = store.sources.find("gmail:ana")
    assert found is not None
    assert found.cursor is None
    assert store.interactions.of("northwind") == []


def test_a_mail_seen_by_two_accounts_is_one_mail_with_all_recipients(store: Store, directory: Directory) -> None:
    bob = Person(address="bob@us.example")
    save(store, directory, Page(interactions=(mail(1),)))
    save(store, directory, Page(interactions=(mail(1, source="gmail:bob", to=(ANA, bob), at=NOW),)), source="gmail:bob")

    (found,) = store.interactions.of("northwind")

    assert isinstance(found, Message)
    assert set(found.to) == {ANA, bob}
    assert found.at == NOW


def test_a_mail_to_two_partners_counts_for_each(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1, sender=ANA, to=(RAJ, EVE)),)))

    assert len(store.interactions.of("northwind")) == len(store.interactions.of("contoso")) == 1
    assert store.interactions.count() == (1, 0)


def test_what_concerns_no_partner_leaves_only_a_count(store: Store, directory: Directory) -> None:
    page = Page(
        interactions=(mail(1, sender=STRANGER), mail(2, sender=ANA, to=(STRANGER,)), mail(3, to=(RAJ,), sender=RAJ))
    )
    archive = {"source": "archive:x", "live": False}
    saved = save(store, directory, page, **archive)
    save(store, directory, page, **archive)

    (domain,) = store.outside.domains()

    assert (domain.name, domain.inbound, domain.outbound) == ("elsewhere.example", 1, 1)
    assert saved.elsewhere == 1
    assert store.interactions.count() == (0, 0)


def test_a_withdrawn_mail_counts_while_another_account_has_it(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1),)))
    save(store, directory, Page(interactions=(mail(1, source="gmail:bob"),)), source="gmail:bob")

    save(store, directory, Page(gone=("gmail:ana-1",)))
    lapse(store)
    kept = len(store.interactions.of("northwind"))
    save(store, directory, Page(gone=("gmail:bob-1",)), source="gmail:bob")
    lost = lapse(store, "gmail:bob")

    assert kept == 1
    assert lost.touched == {"northwind"}
    assert store.interactions.of("northwind") == []


def test_a_mail_that_comes_back_counts_again(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1),)))
    save(store, directory, Page(gone=("gmail:ana-1",)))
    lapse(store)

    saved = save(store, directory, Page(interactions=(mail(1),)))

    assert len(store.interactions.of("northwind")) == 1
    assert saved.touched == {"northwind"}


def test_a_sweep_withdraws_what_a_new_reading_no_longer_lists(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    store.sources.start_over("gmail:ana")

    saved = save(store, directory, Page(interactions=(mail(2),), cursor="2", sweep=True))
    lapse(store)

    assert saved.gone == 1
    assert [m.uid for m in store.interactions.of("northwind")] == [store.interactions.of("northwind")[0].uid]
    assert len(store.interactions.of("northwind")) == 1


def test_every_observed_version_of_a_meeting_is_kept(store: Store, directory: Directory) -> None:
    accepted = (Attendee(person=RAJ, response=Response.ACCEPTED, answered_at=NOW + timedelta(minutes=2)),)
    versions = (
        meeting(),
        meeting(seen=1, hour=12),
        meeting(seen=2, hour=12, attendees=accepted),
        meeting(seen=3, hour=12, attendees=accepted),
        meeting(seen=4, hour=10, attendees=accepted),
        meeting(seen=5, hour=10, attendees=accepted, status=MeetingStatus.CANCELLED),
    )
    shuffled = list(versions)
    random.Random(3).shuffle(shuffled)
    for version in versions:
        save(store, directory, Page(interactions=(version,)), source="gcal:ana")
    for version in shuffled:
        save(store, directory, Page(interactions=(version,)), source="gcal:ana")

    found = store.interactions.of("northwind")

    assert [(m.at.hour, m.status) for m in sorted(found, key=lambda m: m.seen_at)] == [
        (10, MeetingStatus.CONFIRMED),
        (12, MeetingStatus.CONFIRMED),
        (12, MeetingStatus.CONFIRMED),
        (10, MeetingStatus.CONFIRMED),
        (10, MeetingStatus.CANCELLED),
    ]


def test_a_meeting_that_vanished_is_cancelled(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(meeting(),)), source="gcal:ana")
    save(store, directory, Page(gone=("event-1",)), source="gcal:ana")

    (found,) = store.interactions.of("northwind")

    assert isinstance(found, Meeting)
    assert found.status is MeetingStatus.CANCELLED


def test_who_loses_a_meeting_is_judged_from_the_start_whatever_else_is_new(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(meeting(),)), source="gcal:ana")
    (northwind,) = (w.id for w in store.partners.watched(["northwind"]))

    saved = save(store, directory, Page(interactions=(mail(400),), gone=("event-1",)), source="gcal:ana")

    assert saved.touched == {"northwind"}
    assert store.standings.memories([northwind])[northwind].late_since == datetime.fromtimestamp(0, UTC)


def test_a_meeting_that_another_calendar_keeps_stands(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(meeting(),)), source="gcal:ana")
    save(store, directory, Page(interactions=(meeting(source="gcal:bob"),)), source="gcal:bob")
    save(store, directory, Page(gone=("event-1",)), source="gcal:ana")

    (found,) = store.interactions.of("northwind")

    assert isinstance(found, Meeting)
    assert found.status is MeetingStatus.CONFIRMED


def test_an_automatic_reply_becomes_an_absence_with_its_return(store: Store, directory: Directory) -> None:
    back = (NOW + timedelta(days=14)).date()
    save(store, directory, Page(interactions=(mail(1, message_class=MessageClass.AUTO_REPLY, back_on=back),)))

    (found,) = store.partners.absences("northwind")

    assert (found.person, found.until, found.origin) == (RAJ.address, back, "auto_reply")


def test_an_automatic_reply_with_another_partner_on_it_is_no_absence_there(store: Store, directory: Directory) -> None:
    away = mail(1, to=(ANA, EVE), message_class=MessageClass.AUTO_REPLY)

    save(store, directory, Page(interactions=(away,)))

    assert [a.person for a in store.partners.absences("northwind")] == [RAJ.address]
    assert store.partners.absences("contoso") == []


def test_subjects_are_dropped_unless_told_otherwise(store: Store, directory: Directory) -> None:
    source = store.sources.ensure("gmail:ana", live=True)
    store.pages.save(source, Page(interactions=(mail(1, subject="Re: The secret"),)), directory, now=NOW)
    store.pages.save(
        source, Page(interactions=(mail(2, subject="The secret"),)), directory, now=NOW, keep_subjects=True
    )

    first, second = store.interactions.of("northwind")

    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.subject, second.subject) == (None, "The secret")
    assert first.topic == second.topic is not None


def test_the_ledger_says_why_an_id_is_not_there(store: Store, directory: Directory) -> None:
    page = Page(interactions=(mail(1), mail(2, sender=STRANGER)), skipped=(Skipped(external_id="s", reason="spam"),))
    save(store, directory, page)

    reasons = store.sources.ledger("gmail:ana")

    assert reasons == {"stored": 1, "not watched": 1, "spam": 1}


def test_what_was_read_is_known_until_somebody_watches_its_domain(store: Store, directory: Directory) -> None:
    page = Page(interactions=(mail(1), mail(2, sender=STRANGER), mail(3, sender=ANA, to=(ANA,))))
    save(store, directory, page)
    store.sources.finished("gmail:ana", now=NOW, directory=directory.fingerprint)
    ids = [f"gmail:ana-{n}" for n in (1, 2, 3, 4)]
    source = store.sources.find("gmail:ana")
    assert source is not None

    before = store.pages.knowledge(source, directory)(ids)
    store.partners.add(Partner(key="new", title="New", domains=("elsewhere.example",)), now=NOW)
    after = store.pages.knowledge(source, store.partners.directory(["us.example"]))(ids)

    assert before == frozenset(ids[:3])
    assert after == frozenset((ids[0], ids[2]))


def test_what_a_new_reading_lists_again_survives_the_sweep(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    store.sources.start_over("gmail:ana")

    saved = save(store, directory, Page(kept=("gmail:ana-1",), sweep=True))
    lapse(store)

    assert saved.gone == 1
    assert len(store.interactions.of("northwind")) == 1


@settings(max_examples=20)
@given(order=st.permutations(range(6)), cuts=st.lists(st.integers(0, 6), max_size=3))
def test_any_order_and_paging_gives_the_same_store(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cuts: list[int]
) -> None:
    def filled(sequence: list[int], edges: list[int]) -> list[object]:
        store = Store.at(tmp_path_factory.mktemp("order") / "s.db")
        for partner in PARTNERS:
            store.partners.add(partner, now=NOW)
        directory = store.partners.directory(["us.example"])
        items = [mail(n, references=(f"<{n - 1}@mail.example>",) if n else ()) for n in range(5)] + [meeting()]
        marks = [0, *sorted(edges), len(sequence)]
        for start, end in itertools.pairwise(marks):
            save(store, directory, Page(interactions=tuple(items[i] for i in sequence[start:end])))
        found = [
            (x.uid, x.at, x.references if isinstance(x, Message) else x.people)
            for x in store.interactions.of("northwind")
        ]
        store.close()
        return found

    assert filled(order, cuts) == filled(list(range(6)), [])


def test_a_census_sweeps_what_it_did_not_name_and_leaves_the_cursor(store: Store, directory: Directory) -> None:
    source = store.sources.ensure("outlook:ana", live=True)
    mails = tuple(mail(n, source="outlook:ana") for n in (1, 2, 3))
    store.pages.save(source, Page(interactions=mails, cursor="c"), directory, now=NOW)

    store.pages.save(source, Page(census=True, kept=("outlook:ana-1",)), directory, now=NOW)
    swept = store.pages.save(source, Page(interactions=mails[1:2], sweep=True), directory, now=NOW)

    assert swept.gone == 1
    ids = [m.external_id for m in mails]
    assert store.pages.knowledge(source, directory)(ids) == {"outlook:ana-1", "outlook:ana-2"}
    found = store.sources.find("outlook:ana")
    assert found is not None
    assert found.cursor == "c"
