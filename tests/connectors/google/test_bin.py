"""The bin: mail that was read before it went there goes on counting; what was never read is no evidence."""

from __future__ import annotations

import pytest

from connectors.base import Page
from tests.connectors.contract import last_cursor
from tests.connectors.google.accounts import gmail
from tests.connectors.google.test_contract import ANA
from tests.connectors.keepers import MemoryKeeper
from tests.google_server import people
from tests.google_server.mailbox import Mail, Mailbox
from tests.google_server.server import GoogleServer

SOURCE = f"gmail:{ANA}"


class Life:
    """One mailbox and what we hold of it."""

    def __init__(self) -> None:
        self.server = GoogleServer()
        self.box: Mailbox = self.server.mailbox(ANA)
        self.keeper = MemoryKeeper()

    def mail(self, *labels: str) -> Mail:
        now = people.when(self.server.clock.now())
        return people.write(self.box, now, sender=people.PARTNERS[0], to=ANA, labels=labels or ("INBOX",))

    def pull(self, *, audit: bool = False) -> set[str]:
        """What is held then, without what vanished."""
        audited = (lambda *_counts: None) if audit else None
        self.keeper.pull(gmail(self.server, ANA, known=self.keeper.known(SOURCE), audited=audited))
        return self.keeper.live(SOURCE).keys() - set(self.keeper.vanished(SOURCE))


@pytest.fixture
def life() -> Life:
    return Life()


def test_a_mail_binned_after_it_was_read_goes_on_counting(life: Life) -> None:
    mail = life.mail()
    life.pull()
    life.box.label(mail.id, add=["TRASH"], remove=["INBOX"])

    assert life.pull() == {mail.id}
    assert life.pull(audit=True) == {mail.id}


def test_it_still_counts_when_all_ids_are_listed_again(life: Life) -> None:
    mail = life.mail()
    life.pull()
    life.box.label(mail.id, add=["TRASH"], remove=["INBOX"])
    life.box.age()

    assert life.pull() == {mail.id}


def test_a_mail_first_met_in_the_bin_is_neither_paid_for_nor_counted(life: Life) -> None:
    life.mail("TRASH")
    life.pull()
    late = life.mail()
    life.box.label(late.id, add=["TRASH"], remove=["INBOX"])

    assert life.pull() == set()
    assert life.pull(audit=True) == set()
    assert life.server.calls["gmail.users.messages.get"] == 0


def test_a_mail_taken_out_of_the_bin_unread_counts_from_then_on(life: Life) -> None:
    mail = life.mail("TRASH")
    life.pull()
    life.box.label(mail.id, add=["INBOX"], remove=["TRASH"])

    assert life.pull() == {mail.id}


def test_a_mail_deleted_for_good_is_gone_from_the_bin_and_from_anywhere_else(life: Life) -> None:
    binned, kept = life.mail(), life.mail()
    life.pull()
    life.box.label(binned.id, add=["TRASH"])
    life.pull()
    life.box.delete(binned.id)
    life.box.delete(kept.id)

    assert life.pull() == set()


def test_a_binned_mail_that_vanished_while_the_history_was_lost_is_gone(life: Life) -> None:
    binned = life.mail()
    life.pull()
    life.box.label(binned.id, add=["TRASH"])
    life.pull()
    life.box.delete(binned.id)
    life.box.age()

    assert life.pull() == set()


def test_spam_withdraws_a_mail_even_on_its_way_through_the_bin(life: Life) -> None:
    mail = life.mail()
    life.pull()
    life.box.label(mail.id, add=["TRASH"])
    life.pull()
    life.box.label(mail.id, add=["SPAM"], remove=["TRASH"])

    assert life.pull() == set()


def test_a_mail_binned_again_before_we_could_look_stays(life: Life) -> None:
    mail = life.mail()
    life.pull()
    life.box.label(mail.id, add=["TRASH"])
    cursor = life.keeper.cursors[SOURCE]
    life.box.label(mail.id, remove=["TRASH"])
    mail.labels.add("TRASH")  # the history that we read ends with the restoring, but there it lies again

    found: list[Page] = list(gmail(life.server, ANA, known=life.keeper.known(SOURCE)).pages(cursor))

    assert [skip for page in found for skip in page.skipped] == []
    assert [name for page in found for name in page.gone] == []
    assert last_cursor(iter(found)) is not None
