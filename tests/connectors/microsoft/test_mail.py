"""Folders, moves, deletions, the hole and its audit, sparse updates: one story each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import AccessDenied, CursorExpired, Page
from connectors.microsoft.mail import GraphMail
from connectors.microsoft.mail_cursor import MailCursor
from tests.connectors.contract import ids_of
from tests.connectors.keepers import MemoryKeeper
from tests.connectors.microsoft.harness import ANA, START, World

SOURCE = f"outlook:{ANA}"


class Reader:
    """Pulls into memory, as the pull step does."""

    def __init__(self) -> None:
        self.world = World()
        self.keeper = MemoryKeeper()
        self.box = self.world.box
        self.pages: list[Page] = []

    def pull(self, **more: object) -> set[str]:
        """What the service shows, as far as we know afterwards: without mail that counts in its grace alone."""
        self.world.tenant.asked.clear()
        known = self.keeper.known(SOURCE)
        self.keeper.pull(GraphMail(self.world.door(), now=self.world.clock.time(), known=known, **more))  # type: ignore[arg-type]
        return self.keeper.live(SOURCE).keys() - set(self.keeper.vanished(SOURCE))


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.world.close()


def test_a_move_is_no_deletion(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.move(mail, "archive")

    assert reader.pull() == {mail}
    assert reader.world.tenant.asked["message"] == 0


def test_a_mail_that_went_out_and_back_unseen_is_asked_for_and_stays(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.move(mail, "archive")
    reader.pull()
    reader.box.move(mail, "inbox")  # the inbox's delta says nothing: the hole

    assert reader.pull() == {mail}


def test_what_the_hole_swallowed_is_found_by_the_audit(reader: Reader) -> None:
    reader.pull()
    mail = reader.box.deliver(at=START)
    reader.box.folders[reader.box.messages[mail]["parentFolderId"]].log.clear()

    assert reader.pull() == set()
    reader.world.clock.sleep(24 * 3600)
    assert reader.pull() == {mail}


def test_a_deleted_mail_is_gone_only_after_its_id_was_asked_for(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.delete(mail)

    assert reader.pull() == set()
    assert reader.world.tenant.asked["message"] == 1


def test_junk_counts_as_withdrawn_and_deleted_items_do_not(reader: Reader) -> None:
    junked, deleted = reader.box.deliver(at=START), reader.box.deliver(at=START)
    reader.pull()
    reader.box.move(junked, "junkemail")
    reader.box.move(deleted, "deleteditems")

    assert reader.pull() == {deleted}

    reader.box.move(junked, "inbox")
    reader.box.hole = False
    reader.world.clock.sleep(24 * 3600)
    assert reader.pull() == {junked, deleted}


def test_a_folder_that_vanishes_takes_its_mail_along(reader: Reader) -> None:
    folder = reader.box.add_folder("Suppliers")
    kept, lost = reader.box.deliver(at=START), reader.box.deliver(folder, at=START)
    reader.pull()
    reader.box.delete_folder(folder)

    assert reader.pull() == {kept}
    assert lost not in reader.pull()


def test_a_folder_moved_below_junk_takes_its_mail_along_and_brings_it_back(reader: Reader) -> None:
    folder = reader.box.add_folder("Suppliers")
    mail = reader.box.deliver(folder, at=START)
    reader.pull()
    reader.box.move_folder(folder, reader.box.well_known("junkemail").id)

    assert reader.pull() == set()

    reader.box.move_folder(folder, reader.box.well_known("inbox").id)
    assert reader.pull() == {mail}


def test_hidden_and_new_folders_are_read(reader: Reader) -> None:
    reader.pull()
    hidden = reader.box.add_folder("Clutter", hidden=True)
    mail = reader.box.deliver(hidden, at=START)

    assert reader.pull() == {mail}


def test_one_forgotten_folder_is_read_anew_and_no_other(reader: Reader) -> None:
    mails = {reader.box.deliver(at=START), reader.box.deliver("archive", at=START)}
    reader.pull()
    lost = reader.box.deliver(at=START)
    reader.pull()
    reader.box.delete(lost)
    inbox = reader.box.well_known("inbox").id
    reader.world.tenant.age_tokens(folder=inbox)

    assert reader.pull() == mails
    cursor = MailCursor.read(reader.keeper.cursors[SOURCE] or "")
    assert cursor.folders[inbox].count == 1
    assert cursor.folders[reader.box.well_known("archive").id].whole


def test_a_sparse_update_of_a_subject_is_read_whole(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.change(mail, subject="Better words")
    reader.pull()

    held, _ = reader.keeper.items[SOURCE][mail]
    assert getattr(held, "subject", None) == "Better words"
    assert getattr(held, "sender", None) is not None


def test_a_read_mark_alone_asks_for_nothing(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.change(mail, isRead=True)

    assert reader.pull() == {mail}
    assert reader.world.tenant.asked["message"] == 0


def test_a_draft_comes_when_it_is_sent(reader: Reader) -> None:
    draft = reader.box.deliver("inbox", at=START, sender=ANA, isDraft=True)
    assert reader.pull() == set()
    reader.box.change(draft, isDraft=False)
    reader.box.move(draft, "sentitems")

    assert reader.pull() == {draft}


def test_without_the_right_to_headers_mail_is_read_without_them(reader: Reader) -> None:
    reader.world.tenant.header_refused = True
    mail = reader.box.deliver(at=START)

    assert reader.pull() == {mail}


def test_ids_are_immutable_on_every_request(reader: Reader) -> None:
    mail = reader.box.deliver(at=START)
    reader.pull()
    reader.box.move(mail, "archive")
    reader.box.change(mail, subject="x")

    assert all("Mutable" not in name for name in reader.pull())


def test_bodies_are_asked_for_in_the_text_tier_only(reader: Reader) -> None:
    reader.box.deliver(at=START)
    plain = list(GraphMail(reader.world.door(), now=START).pages(None))
    scopes = ("Mail.Read", "Calendars.Read")
    wordy = list(GraphMail(reader.world.door(scopes=scopes), now=START, with_text=True).pages(None))

    assert [getattr(m, "text", None) for p in plain for m in p.interactions] == [None]
    assert ["thank you" in (getattr(m, "text", None) or "") for p in wordy for m in p.interactions] == [True]


def test_an_application_reads_the_mailboxes_it_may_and_no_other() -> None:
    world = World()
    world.tenant.add_mailbox("bo@example.org").deliver(at=START)
    world.tenant.apps[next(iter(world.tenant.apps))].allowed = {"bo@example.org"}
    roles = {"user": None, "scopes": ("Mail.ReadBasic.All", "Calendars.Read")}
    try:
        read = list(GraphMail(world.door("bo@example.org", **roles), now=START).pages(None))  # type: ignore[arg-type]
        assert len(ids_of(read)) == 1
        with pytest.raises(AccessDenied, match="outside the scope"):
            list(GraphMail(world.door(ANA, **roles), now=START).pages(None))  # type: ignore[arg-type]
    finally:
        world.close()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"version":"graph-mail/1"}', "x" * 100])
def test_a_broken_position_is_an_expired_one(text: str) -> None:
    with pytest.raises(CursorExpired):
        MailCursor.read(text)


def test_a_position_of_another_way_is_an_expired_one(reader: Reader) -> None:
    reader.box.deliver(at=START)
    reader.pull()
    cursor = reader.keeper.cursors[SOURCE]
    roles = {"user": None, "scopes": ("Mail.ReadBasic.All",)}

    with pytest.raises(CursorExpired, match="another way"):  # from a person's sign-in to the application's
        list(GraphMail(reader.world.door(ANA, **roles), now=START).pages(cursor))  # type: ignore[arg-type]
    with pytest.raises(CursorExpired, match="another way"):  # to the tier with text
        list(GraphMail(reader.world.door(), now=START, with_text=True).pages(cursor))
