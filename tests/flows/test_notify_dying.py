"""Telling while processes die and workers meet: at least once, never twice in a mailbox, never lost."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import event

from alerts.mailer import Outbox
from flows.notify import notify
from models.records import State
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import BEN, DAY, HOUR, NOW, add_partner, pressed, put, settings, turn

pytestmark = pytest.mark.long

LATER = 20 * timedelta(minutes=1)  # a lease has ended by then


class Killed(BaseException):
    """The process died here."""


class Fuse:
    """Counts moments, and kills at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.count, self.at = 0, at

    def __call__(self, *_: object) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed


@contextmanager
def fused(store: Store, fuse: Fuse) -> Iterator[None]:
    """Every statement and every commit of this store is a moment."""

    def statement(*_: object) -> None:
        fuse()

    event.listen(store.database.engine, "before_cursor_execute", statement)
    event.listen(store.database.engine, "commit", statement)
    try:
        yield
    finally:
        event.remove(store.database.engine, "before_cursor_execute", statement)
        event.remove(store.database.engine, "commit", statement)


class FusedMailbox(Mailbox):
    """A mailbox in which one can die just before and just after the mail is accepted."""

    def __init__(self, inner: Mailbox, fuse: Fuse) -> None:
        super().__init__()
        self.inner, self.fuse = inner, fuse

    def send(self, message: EmailMessage) -> None:
        self.fuse()
        self.inner.send(message)
        self.fuse()


def quiet_scene(path: Path) -> Store:
    """A store with something to tell to everybody; made once a folder, and copied."""
    made = path.parent / "scene.db"
    if not made.exists():
        store = Store.at(made)
        _set(store)
        store.close()
    shutil.copy(made, path)
    return Store.at(path)


def _set(store: Store) -> None:
    add_partner(store, "northwind")
    add_partner(store, "lumen", owner=BEN, deputy=None)
    turn(store, "northwind", State.LATE, at=NOW - 3 * DAY)
    turn(store, "northwind", State.QUIET, old=State.LATE)
    turn(store, "lumen", State.QUIET)
    turn(store, "lumen", State.BLIND, old=State.QUIET, at=NOW - HOUR / 2)
    add_partner(store, "alto")
    put(store, pressed(), key="alto")


def test_dying_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    measure = Fuse()
    store = quiet_scene(tmp_path / "all.db")
    expected = Mailbox()
    with fused(store, measure):
        notify(store, settings(), now=NOW, mailer=FusedMailbox(expected, measure))
    store.close()
    assert measure.count > 30

    for at in range(1, measure.count + 1):
        store = quiet_scene(tmp_path / f"{at}.db")
        mailbox, fuse = Mailbox(), Fuse(at)
        with fused(store, fuse), pytest.raises(Killed):
            notify(store, settings(), now=NOW, mailer=FusedMailbox(mailbox, fuse))
        store.close()
        store = Store.at(tmp_path / f"{at}.db")
        notify(store, settings(), now=NOW + LATER, mailer=mailbox)
        notify(store, settings(), now=NOW + 2 * LATER, mailer=mailbox)

        assert set(mailbox.copies) == set(expected.copies), f"killed at moment {at}"
        assert sum(mailbox.copies.values()) <= len(mailbox.copies) + 1, f"killed at moment {at}"
        assert store.letters.open() == []
        store.close()


def test_dying_writes_no_second_file_into_the_outbox(tmp_path: Path) -> None:
    measure = Fuse()
    with fused(store := quiet_scene(tmp_path / "all.db"), measure):
        notify(store, settings(), now=NOW, mailer=Outbox(tmp_path / "all"))
    store.close()

    for at in range(1, measure.count + 1, 3):
        store = quiet_scene(tmp_path / f"{at}.db")
        fuse = Fuse(at)
        with fused(store, fuse), pytest.raises(Killed):
            notify(store, settings(), now=NOW, mailer=Outbox(tmp_path / str(at)))
        notify(store, settings(), now=NOW + LATER, mailer=Outbox(tmp_path / str(at)))

        keys = {path.stem[-10:] for path in (tmp_path / str(at)).iterdir()}
        assert keys == {path.stem[-10:] for path in (tmp_path / "all").iterdir()}
        assert len(list((tmp_path / str(at)).iterdir())) == len(keys)
        store.close()


def test_two_workers_at_once_send_one_mail(store_url: str) -> None:
    store = Store(store_url)
    for n in range(8):
        add_partner(store, f"p{n}", owner=f"owner{n}@ourco.example")
        turn(store, f"p{n}", State.QUIET)
    mailbox, start = Mailbox(), threading.Barrier(3)

    def work(name: str) -> None:
        mine = Store(store_url)
        start.wait()
        notify(mine, settings(), now=NOW, mailer=mailbox, worker=name)
        mine.close()

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.close()

    assert len(mailbox.mails) == len(mailbox.copies) == 8


def test_a_letter_in_another_workers_hands_is_left_alone(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()
    with pytest.raises(Killed):
        notify(sqlite_store, settings(), now=NOW, mailer=FusedMailbox(mailbox, Fuse(1)), worker="first")

    soon = notify(sqlite_store, settings(), now=NOW + timedelta(minutes=5), mailer=mailbox, worker="second")
    letter = sqlite_store.letters.open()[0]
    lease = timedelta(minutes=15)
    taken = [sqlite_store.letters.claim(letter.id, name, now=NOW + LATER, lease=lease) for name in ("a", "b")]

    assert (soon.sent, taken) == (0, [True, False])


def test_the_key_of_links_is_one_however_many_ask_first(store_url: str) -> None:
    stores = [Store(store_url) for _ in range(4)]
    keys: list[str] = []
    start = threading.Barrier(4)

    def ask(mine: Store) -> None:
        start.wait()
        keys.append(mine.readers.link_key())
        mine.close()

    workers = [threading.Thread(target=ask, args=(mine,)) for mine in stores]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_what_was_already_accepted_is_not_sent_again_where_that_can_be_asked(sqlite_store: Store) -> None:
    class Asked(Mailbox):
        def has(self, message_id: str) -> bool | None:
            return message_id in self.copies

    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox, fuse = Asked(), Fuse(2)
    with pytest.raises(Killed):
        notify(sqlite_store, settings(), now=NOW, mailer=FusedMailbox(mailbox, fuse))

    told = notify(sqlite_store, settings(), now=NOW + LATER, mailer=mailbox)

    assert (told.sent, len(mailbox.mails)) == (1, 1)
