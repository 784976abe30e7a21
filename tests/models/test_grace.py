"""A mail that vanished at its service counts until its grace is over, and one that comes back was never away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Page, Skipped
from models.directory import Directory
from models.records import Meeting, MeetingStatus, Message, Partner, Person
from models.store.pages import Saved
from models.store.store import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = 7 * DAY
ANA, RAJ = Person(address="ana@us.example"), Person(address="raj@northwind.example")


def mail(n: int = 1, *, source: str = "gmail:ana", external_id: str | None = None) -> Message:
    return Message(
        source=source,
        external_id=external_id or f"{source}-{n}",
        uid=f"<{n}@mail.example>",
        at=NOW - n * DAY,
        sender=RAJ,
        to=(ANA,),
    )


@pytest.fixture
def directory(store: Store) -> Directory:
    store.partners.add(Partner(key="northwind", title="Northwind", domains=("northwind.example",)), now=NOW)
    return store.partners.directory(["us.example"])


def save(store: Store, directory: Directory, page: Page, *, day: int = 0, source: str = "gmail:ana") -> Saved:
    return store.pages.save(store.sources.ensure(source, live=True), page, directory, now=NOW + day * DAY)


def lapse(store: Store, *, day: int, source: str = "gmail:ana") -> Saved:
    now = NOW + day * DAY
    return store.pages.lapse(store.sources.ensure(source, live=True), before=now - GRACE, now=now)


def counting(store: Store) -> int:
    return len(store.interactions.of("northwind"))


def test_a_vanished_mail_counts_until_the_grace_is_over(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    noticed = save(store, directory, Page(gone=("gmail:ana-1",)))

    assert (noticed.gone, noticed.touched) == (1, set())
    assert store.sources.ledger("gmail:ana") == {"stored": 1, "vanished": 1}
    assert lapse(store, day=6) == Saved()
    assert counting(store) == 2

    withdrawn = lapse(store, day=7)

    assert (withdrawn.gone, withdrawn.touched) == (1, {"northwind"})
    assert counting(store) == 1
    assert store.sources.ledger("gmail:ana") == {"stored": 1, "gone": 1}
    assert lapse(store, day=8) == Saved()


def test_telling_again_that_it_is_gone_does_not_lengthen_the_grace(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    save(store, directory, Page(gone=("gmail:ana-1",)))

    again = save(store, directory, Page(gone=("gmail:ana-1",)), day=5)

    assert again.gone == 0
    assert lapse(store, day=7).gone == 1


def test_a_mail_that_comes_back_in_time_was_never_away(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    before = store.interactions.of("northwind")
    save(store, directory, Page(gone=("gmail:ana-1",)))

    back = save(store, directory, Page(interactions=(mail(),)), day=6)

    assert lapse(store, day=30) == Saved()
    assert store.interactions.of("northwind") == before
    assert back.touched == set()


def test_a_mail_listed_again_without_being_read_is_back_too(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    save(store, directory, Page(gone=("gmail:ana-1",)))

    save(store, directory, Page(kept=("gmail:ana-1",)), day=1)

    assert lapse(store, day=30) == Saved()
    assert counting(store) == 1


def test_a_mail_that_comes_back_under_another_id_goes_on_counting(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    save(store, directory, Page(gone=("gmail:ana-1",)))

    save(store, directory, Page(interactions=(mail(external_id="archived"),)), day=3)

    assert lapse(store, day=7) == Saved()
    assert counting(store) == 1


def test_a_vanished_mail_is_read_again_where_it_is_met(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    save(store, directory, Page(gone=("gmail:ana-1",)))
    source = store.sources.ensure("gmail:ana", live=True)

    assert store.pages.knowledge(source, directory)(["gmail:ana-1", "gmail:ana-2"]) == {"gmail:ana-2"}


def test_what_a_sweep_did_not_find_has_its_grace_too(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    store.sources.start_over("gmail:ana")

    save(store, directory, Page(interactions=(mail(2),), cursor="2", sweep=True))
    save(store, directory, Page(census=True, kept=("gmail:ana-2",), sweep=True), day=2)

    assert counting(store) == 2
    assert lapse(store, day=7).gone == 1
    assert counting(store) == 1


def test_mail_moved_to_where_it_does_not_count_has_its_grace_too(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(1), mail(2))))
    junked = Page(skipped=(Skipped(external_id="gmail:ana-1", reason="spam"),))

    save(store, directory, junked)
    save(store, directory, junked, day=3)

    assert counting(store) == 2
    assert lapse(store, day=7).gone == 1
    save(store, directory, junked, day=8)
    assert store.sources.ledger("gmail:ana") == {"stored": 1, "spam": 1}
    assert counting(store) == 1


def test_two_accounts_that_lost_a_mail_keep_it_until_the_later_grace_is_over(
    store: Store, directory: Directory
) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    save(store, directory, Page(interactions=(mail(source="gmail:bob"),)), source="gmail:bob")
    save(store, directory, Page(gone=("gmail:ana-1",)))
    save(store, directory, Page(gone=("gmail:bob-1",)), source="gmail:bob", day=5)

    assert lapse(store, day=8).gone == 0
    assert counting(store) == 1
    assert lapse(store, day=12, source="gmail:bob").touched == {"northwind"}
    assert counting(store) == 0


def test_a_mail_that_comes_back_after_its_grace_counts_again(store: Store, directory: Directory) -> None:
    save(store, directory, Page(interactions=(mail(),)))
    save(store, directory, Page(gone=("gmail:ana-1",)))
    lapse(store, day=7)

    saved = save(store, directory, Page(interactions=(mail(),)), day=9)

    assert saved.touched == {"northwind"}
    assert counting(store) == 1


def test_a_deleted_meeting_is_off_at_once(store: Store, directory: Directory) -> None:
    meeting = Meeting(
        source="gcal:ana",
        external_id="event-1",
        uid="event-1@calendar",
        at=NOW + DAY,
        until=NOW + DAY + timedelta(hours=1),
        seen_at=NOW,
        organiser=RAJ,
    )
    save(store, directory, Page(interactions=(meeting,)), source="gcal:ana")

    lost = save(store, directory, Page(gone=("event-1",)), source="gcal:ana")

    (found,) = store.interactions.of("northwind")
    assert isinstance(found, Meeting)
    assert found.status is MeetingStatus.CANCELLED
    assert lost.touched == {"northwind"}
