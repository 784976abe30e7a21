"""The links of mails: opening one changes nothing, the button acts once, and an old or made-up one does nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from flows.notify import notify
from models.letters import AnswerKind
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, NOW
from tests.web.browser import Browser
from tests.web.scene import SETTINGS, everything, link

ACTIONS = ["handled", "snooze-3", "snooze-7", "snooze-14", "leave", "not-a-problem", "undo", "unsubscribe"]


@pytest.mark.parametrize("action", [*ACTIONS, "details", "status", "read"])
def test_opening_a_link_changes_nothing(page: Browser, sqlite_store: Store, action: str) -> None:
    url = link(sqlite_store, action, partner="" if action in {"unsubscribe", "status", "read"} else "northwind")
    before = everything(sqlite_store)

    answers = [page.request(method, url) for method in ("GET", "HEAD")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert everything(sqlite_store) == before


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "unsubscribe"])
def test_a_post_that_nobody_confirmed_changes_nothing(page: Browser, sqlite_store: Store, action: str) -> None:
    before = everything(sqlite_store)

    answers = [page.post(link(sqlite_store, action)), page.post(link(sqlite_store, action), data={"confirm": "no"})]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert everything(sqlite_store) == before


@pytest.mark.parametrize(
    ("action", "form", "kind", "until", "note"),
    [
        ("handled", {}, AnswerKind.HANDLED, None, None),
        ("snooze-3", {}, AnswerKind.SNOOZE, date(2026, 11, 23), None),
        ("leave", {"until": "2026-12-01"}, AnswerKind.LEAVE, date(2026, 12, 1), None),
        ("not-a-problem", {"note": " they  moved house "}, AnswerKind.NOT_A_PROBLEM, None, "they moved house"),
    ],
)
def test_the_button_acts_once(
    page: Browser,
    sqlite_store: Store,
    action: str,
    form: dict[str, str],
    kind: AnswerKind,
    until: date | None,
    note: str | None,
) -> None:
    url = link(sqlite_store, action)

    for _ in range(2):
        assert page.post(url, data={"confirm": "yes", **form}).status_code == 200

    (answer,) = sqlite_store.answers.all()
    assert (answer.kind, answer.until, answer.note, answer.who, answer.at) == (kind, until, note, ANA, NOW)
    assert [(a.since, a.until) for a in sqlite_store.partners.absences("northwind")] == (
        [(NOW.date(), date(2026, 12, 2))] if kind is AnswerKind.LEAVE else []
    )


def test_an_answer_can_be_taken_back(page: Browser, sqlite_store: Store) -> None:
    done = page.post(link(sqlite_store, "leave"), data={"confirm": "yes", "until": "2026-12-01"})
    undo = re.search(r'href="(/a/[^"]+)"', done.text)
    assert undo is not None

    page.post(undo.group(1), data={"confirm": "yes"})

    assert sqlite_store.partners.absences("northwind") == []
    assert [answer.kind for answer in sqlite_store.answers.all()] == [AnswerKind.LEAVE, AnswerKind.UNDO]
    assert sqlite_store.answers.all()[0].undone_at == NOW


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-11-01", "2030-01-01"])
def test_a_date_that_makes_no_sense_is_asked_for_again(page: Browser, sqlite_store: Store, until: str) -> None:
    answer = page.post(link(sqlite_store, "leave"), data={"confirm": "yes", "until": until})

    assert answer.status_code == 422
    assert "hoose a date" in answer.text
    assert sqlite_store.answers.all() == []


def test_unsubscribing_is_one_click_for_mail_programs(page: Browser, sqlite_store: Store) -> None:
    mailbox = Mailbox()
    notify(sqlite_store, SETTINGS, now=NOW, mailer=mailbox)
    mail = mailbox.mails[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    answer = page.post(str(mail["List-Unsubscribe"]).strip("<>"), data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert list(sqlite_store.readers.silent()) == [ANA]


def test_every_link_of_a_mail_opens(page: Browser, sqlite_store: Store) -> None:
    mailbox = Mailbox()
    notify(sqlite_store, SETTINGS, now=NOW, mailer=mailbox)
    body = mailbox.mails[0].get_body(("html",))
    assert body is not None

    links = set(re.findall(r'href="(https://page\.example/[^"]+)"', body.get_content()))

    assert len(links) == 8
    assert {page.get(url).status_code for url in links} == {200}


def test_an_expired_or_made_up_link_does_nothing(page: Browser, sqlite_store: Store) -> None:
    old = link(sqlite_store, "handled", at=NOW - timedelta(days=70))

    answers = [
        page.get(old),
        page.post(old, data={"confirm": "yes"}),
        page.post("/a/nonsense", data={"confirm": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "expired" in answers[0].text
    assert sqlite_store.answers.all() == []


def test_a_link_about_a_removed_partner_says_so(page: Browser, sqlite_store: Store) -> None:
    url = link(sqlite_store, "handled")
    sqlite_store.partners.remove("northwind")

    assert [page.get(url).status_code, page.post(url, data={"confirm": "yes"}).status_code] == [404, 404]
