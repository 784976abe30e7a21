"""Telling: at least once, never twice in a mailbox, never lost, and only whom it concerns."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.episodes import episodes_of
from alerts.mailer import MailerError, Outbox
from flows.notify import notify
from models.letters import AnswerKind
from models.records import Partner, State
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, BEN, DAY, HOUR, NOW, OPERATOR, add_partner, settings, turn

LATER = 20 * timedelta(minutes=1)  # a lease has ended by then


def test_a_flip_is_told_to_the_owner_once(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()

    first = notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    second = notify(sqlite_store, settings(), now=NOW + HOUR, mailer=mailbox)

    assert (first.sent, second.sent) == (1, 0)
    assert mailbox.subjects == [(ANA, "Quiet: Northwind – no contact either way for 11 working days (usual: 3)")]


def test_a_temporary_refusal_is_tried_again_under_the_same_message_id(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox([MailerError("the server is full")])

    first = notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    letter = sqlite_store.letters.failed()[0]
    soon = notify(sqlite_store, settings(), now=NOW + timedelta(minutes=1), mailer=mailbox)
    later = notify(sqlite_store, settings(), now=NOW + timedelta(minutes=6), mailer=mailbox)

    assert (first.failures, soon.sent, later.sent) == (["the server is full"], 0, 1)
    assert list(mailbox.copies) == [letter.message_id]


def test_a_permanent_refusal_stands_until_a_person_acts(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox([MailerError("no such user", permanent=True)])

    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    idle = notify(sqlite_store, settings(), now=NOW + DAY, mailer=mailbox)
    failed = sqlite_store.letters.failed()
    sqlite_store.letters.try_again()
    again = notify(sqlite_store, settings(), now=NOW + DAY + HOUR, mailer=mailbox)

    assert (idle.sent, again.sent) == (0, 1)
    assert [(letter.given_up, letter.failure) for letter in failed] == [(True, "no such user")]


def test_a_full_disk_is_a_failure_and_not_a_loss(sqlite_store: Store, tmp_path: Path) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    (tmp_path / "outbox").write_text("not a folder")

    failed = notify(sqlite_store, settings(), now=NOW, mailer=Outbox(tmp_path / "outbox"))
    (tmp_path / "outbox").unlink()
    told = notify(sqlite_store, settings(), now=NOW + HOUR, mailer=Outbox(tmp_path / "outbox"))

    assert (failed.failed, told.sent) == (1, 1)


def test_old_news_is_not_sent_when_the_server_is_back(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox([MailerError("away")])
    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW + HOUR)

    told = notify(sqlite_store, settings(), now=NOW + 2 * HOUR, mailer=mailbox)

    assert (told.sent, mailbox.mails) == (0, [])
    assert sqlite_store.letters.open() == []


def test_a_mail_that_may_have_been_accepted_is_sent_again_unchanged(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox([MailerError("the line broke", unsure=True)])
    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    expected = sqlite_store.letters.open()[0].message_id
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW + HOUR)

    notify(sqlite_store, settings(), now=NOW + 2 * HOUR, mailer=mailbox)

    assert str(mailbox.mails[0]["Message-ID"]) == expected
    assert [subject.split(":")[0] for _, subject in mailbox.subjects] == ["Quiet", "Back"]


def test_several_silences_at_once_are_one_mail(sqlite_store: Store) -> None:
    for key in ("northwind", "lumen", "harbor"):
        add_partner(sqlite_store, key)
        turn(sqlite_store, key, State.QUIET)
    turn(sqlite_store, "lumen", State.GONE, old=State.QUIET, at=NOW - HOUR / 2)
    mailbox = Mailbox()

    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)

    assert mailbox.subjects == [(ANA, "Gone: Lumen (11 working days); quiet: Harbor (11) and Northwind (11)")]
    roots = [each.root(settings().alerts.sender, ANA) for each in episodes_of(sqlite_store.notices.flips(now=NOW))]
    assert set(str(mailbox.mails[0]["References"]).split()) == set(roots)


def test_the_deputy_is_told_after_two_working_days_without_an_answer(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()

    days = [notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox).sent for n in range(6)]

    assert days == [1, 0, 1, 0, 0, 0]  # Wednesday, then Friday
    assert mailbox.subjects[1][0] == BEN
    assert mailbox.subjects[1][1].endswith("and nobody has answered")


@pytest.mark.parametrize("kind", [AnswerKind.HANDLED, AnswerKind.NOT_A_PROBLEM])
def test_an_answer_stops_escalation_and_reminder(sqlite_store: Store, kind: AnswerKind) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()
    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    sqlite_store.answers.give("northwind", kind, who=ANA, now=NOW + HOUR)

    sent = sum(notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox).sent for n in range(1, 30))

    assert sent == 0


def test_taking_an_answer_back_brings_the_escalation(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()
    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    sqlite_store.answers.give("northwind", AnswerKind.HANDLED, who=ANA, now=NOW + HOUR)
    sqlite_store.answers.undo("northwind", who=ANA, now=NOW + 2 * HOUR)

    notify(sqlite_store, settings(), now=NOW + 2 * DAY, mailer=mailbox)

    assert [reader for reader, _ in mailbox.subjects] == [ANA, BEN]


def test_a_silence_is_told_again_once_a_week_later_and_then_no_more(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind", deputy=None)
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()

    days = [n for n in range(40) if notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox).sent]

    assert days == [0, 7]
    assert "still no contact" in mailbox.subjects[1][1]


def test_a_snooze_mutes_until_it_ends(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()
    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)
    until = (NOW + 9 * DAY).date()
    sqlite_store.answers.give("northwind", AnswerKind.SNOOZE, who=ANA, now=NOW + HOUR, until=until)
    turn(sqlite_store, "northwind", State.GONE, old=State.QUIET, at=NOW + 3 * DAY)

    days = [n for n in range(1, 16) if notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox).sent]

    assert days[0] == 12  # the day after the snooze is a Saturday, the next working day a Monday
    assert mailbox.subjects[1][1].startswith("Gone: ")


def test_who_comes_back_is_told_to_whoever_heard_of_the_silence(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()
    for n in range(3):
        notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox)
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW + 5 * DAY)

    notify(sqlite_store, settings(), now=NOW + 5 * DAY + HOUR, mailer=mailbox)

    assert [reader for reader, _ in mailbox.subjects[2:]] == [ANA, BEN]
    back = mailbox.mails[2]
    assert str(mailbox.mails[0]["Message-ID"]) in str(back["References"]).split()
    assert str(back["References"]).split()[0] == str(mailbox.mails[0]["References"])


def test_history_alerts_nobody(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET, historical=True)
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET, at=NOW - HOUR / 2)
    mailbox = Mailbox()

    notify(sqlite_store, settings(), now=NOW, mailer=mailbox)

    assert mailbox.mails == []


def test_blind_is_told_to_the_operator_and_to_nobody_else(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.BLIND)
    mailbox = Mailbox()

    for n in range(10):
        notify(sqlite_store, settings(), now=NOW + n * DAY, mailer=mailbox)

    assert [reader for reader, _ in mailbox.subjects] == [OPERATOR]
    assert mailbox.subjects[0][1].startswith("Blind: ")


def test_nothing_ever_goes_to_a_partner(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind", owner="bo@northwind.example", deputy="li@sub.northwind.example")
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()

    told = [notify(sqlite_store, settings(operator=None), now=NOW + n * DAY, mailer=mailbox) for n in range(9)]

    assert mailbox.mails == []
    assert told[0].skipped == 1  # noted with its reason
    sqlite_store.partners.change(Partner(key="northwind", title="N", domains=("northwind.example",), owner=ANA))
    assert notify(sqlite_store, settings(operator=None), now=NOW + 9 * DAY, mailer=mailbox).sent == 1


def test_mails_wait_for_the_readers_working_hours(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    saturday = NOW + 3 * DAY
    turn(sqlite_store, "northwind", State.QUIET, at=saturday - HOUR)
    mailbox = Mailbox()

    on_saturday = notify(sqlite_store, settings(), now=saturday, mailer=mailbox)
    on_monday = notify(sqlite_store, settings(), now=saturday + 2 * DAY, mailer=mailbox)

    assert (on_saturday.sent, on_monday.sent) == (0, 1)
    assert on_saturday.held == [("northwind", ANA, "until the reader's working hours")]


def test_a_reader_gets_no_more_than_the_weekly_limit(sqlite_store: Store) -> None:
    mailbox = Mailbox()
    for n in range(6):
        add_partner(sqlite_store, f"p{n}", deputy=None)
        turn(sqlite_store, f"p{n}", State.QUIET, at=NOW + n * HOUR)
        notify(sqlite_store, settings(weekly_limit=2), now=NOW + n * HOUR, mailer=mailbox)
    assert len(mailbox.mails) == 2

    told = notify(sqlite_store, settings(weekly_limit=2), now=NOW + 7 * DAY + 2 * HOUR, mailer=mailbox)

    assert (told.sent, len(mailbox.mails)) == (1, 3)  # the rest of them, in one mail


def test_the_digest_comes_on_monday_also_when_calm(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    mailbox = Mailbox()
    chosen = settings(digest=True)

    def readers(at: datetime) -> list[str]:
        before = len(mailbox.mails)
        notify(sqlite_store, chosen, now=at, mailer=mailbox)
        return [reader for reader, _ in mailbox.subjects[before:]]

    monday = NOW + 5 * DAY
    assert [readers(monday - 12 * HOUR), readers(monday), readers(monday + HOUR)] == [[], [ANA, OPERATOR], []]
    assert readers(monday + 7 * DAY) == [ANA, OPERATOR]
    assert "all calm" in mailbox.subjects[0][1]


def test_who_asked_for_no_more_mail_gets_none(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    sqlite_store.readers.silence(ANA, now=NOW)
    turn(sqlite_store, "northwind", State.QUIET)
    mailbox = Mailbox()

    notify(sqlite_store, settings(digest=True), now=NOW, mailer=mailbox)

    assert [reader for reader, _ in mailbox.subjects if reader == ANA] == []
    assert mailbox.subjects[0][0] == BEN
