"""A concern in the store becomes one mail; what is answered to it mutes it, and is no label of a silence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.links import Links, Ticket
from alerts.mailer import MailerError
from flows.notify import notify
from models.letters import AnswerKind, NoticeKind
from models.records import State
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, BO, NOW, add_partner, pressed, put, settings, silent, turn
from tests.web.browser import Browser
from web.app import create_app
from web.pages import Sight

SETTINGS = settings(link_base="https://page.example")


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    add_partner(sqlite_store, "northwind")
    return sqlite_store


def test_one_mail_a_concern_however_often_we_run(store: Store) -> None:
    mailbox = Mailbox()
    put(store, silent())

    for hours in range(5):
        notify(store, SETTINGS, now=NOW + timedelta(hours=hours), mailer=mailbox)

    (mail,) = mailbox.mails
    assert mail["To"] == ANA
    assert str(mail["Subject"]).startswith("One silent: Northwind – one of their people")
    assert BO.partition("@")[0] not in str(mail["Subject"])
    assert mail["X-Gonequiet-Alert"] == "concern"


def test_several_concerns_come_as_one_mail(store: Store) -> None:
    mailbox = Mailbox()
    put(store, silent(), pressed())

    notify(store, SETTINGS, now=NOW, mailer=mailbox)

    (mail,) = mailbox.mails
    assert str(mail["Subject"]) == "Too much: Northwind; one silent: Northwind"
    (letter,) = store.letters.newest()
    assert letter.kind is NoticeKind.CONCERN
    assert len(letter.concerns) == 2


def test_switched_off_they_stay_on_the_page(store: Store) -> None:
    mailbox = Mailbox()
    put(store, silent())

    notify(store, settings(concerns=False), now=NOW, mailer=mailbox)

    assert mailbox.mails == []


def test_a_reader_at_a_partner_gets_none(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind", owner="bo@northwind.example", deputy=None)
    mailbox = Mailbox()
    put(sqlite_store, pressed())

    notify(sqlite_store, settings(operator=None), now=NOW, mailer=mailbox)

    assert mailbox.mails == []


def test_a_mail_that_was_refused_is_tried_again_unless_it_is_over(store: Store) -> None:
    mailbox = Mailbox([MailerError("the server is away")])
    put(store, silent())
    notify(store, SETTINGS, now=NOW, mailer=mailbox)
    (concern,) = store.concerns.of("northwind")
    put(store, replace(concern, until=NOW))

    notify(store, SETTINGS, now=NOW + timedelta(hours=1), mailer=mailbox)

    assert mailbox.mails == []
    assert store.letters.open() == []


def test_on_leave_is_about_that_person_and_can_be_taken_back(store: Store) -> None:
    browser, mailbox = page(store), Mailbox()
    put(store, silent())
    notify(store, SETTINGS, now=NOW, mailer=mailbox)
    (concern,) = store.concerns.of("northwind")
    url = link(store, "leave", concern.id)

    done = browser.post(url, data={"confirm": "yes", "until": "2026-12-01"})

    (absence,) = store.partners.absences("northwind")
    assert (absence.person, absence.until.isoformat() if absence.until else None) == (BO, "2026-12-02")
    (answer,) = store.answers.all()
    assert (answer.concern, answer.flip_id, answer.kind, answer.who) == (concern.id, None, AnswerKind.LEAVE, ANA)
    undo = re.search(r'href="(/a/[^"]+)"', done.text)
    assert undo is not None
    browser.post(undo.group(1), data={"confirm": "yes"})
    assert store.partners.absences("northwind") == []


def test_an_answer_about_a_person_is_no_answer_about_the_silence(store: Store) -> None:
    put(store, silent())
    (concern,) = store.concerns.of("northwind")
    store.answers.give("northwind", AnswerKind.NOT_A_PROBLEM, who=ANA, now=NOW, concern=concern)
    turn(store, "northwind", State.QUIET, at=NOW - timedelta(hours=1))
    mailbox = Mailbox()

    notify(store, SETTINGS, now=NOW, mailer=mailbox)

    assert [str(mail["Subject"]).partition(":")[0] for mail in mailbox.mails] == ["Quiet"]


def page(store: Store) -> Browser:
    def past(*_: object) -> object:
        raise AssertionError("no partner page is opened here")

    app = create_app(store, SETTINGS, clock=lambda: NOW, sight=Sight(past=past))  # type: ignore[arg-type]
    return Browser(app, "https://page.example")


def link(store: Store, action: str, concern: int) -> str:
    ticket = Ticket(action=action, reader=ANA, partner="northwind", concern=concern)
    return Links("https://page.example", store.readers.link_key()).url(ticket, now=NOW) or ""
