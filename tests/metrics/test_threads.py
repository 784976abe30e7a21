"""Conversations: joined by headers across mailboxes, by provider thread within one, by people and subject at last."""

from __future__ import annotations

from models.records import Side
from tests.factories import INBOUND, OURS, OUTBOUND, history, message


def test_references_join_mails_of_two_mailboxes() -> None:
    threads = history(
        [
            message(0, uid="<a>", source="gmail:ana@example.org", thread="1"),
            message(1, side=OUTBOUND, uid="<b>", source="graph:eve@example.org", thread="9", references=("<a>",)),
        ]
    ).threads

    assert [[act.uid for act in thread.acts] for thread in threads] == [["<a>", "<b>"]]


def test_two_answers_to_a_mail_nobody_has_are_one_conversation() -> None:
    threads = history([message(0, references=("<lost>",)), message(1, side=OUTBOUND, references=("<lost>",))]).threads

    assert len(threads) == 1


def test_a_provider_thread_joins_only_within_its_mailbox() -> None:
    same = [message(0, uid="<a>", thread="1"), message(1, uid="<b>", thread="1")]
    other = [message(0, uid="<a>", thread="1"), message(1, uid="<b>", thread="1", source="gmail:eve@example.org")]

    assert len(history(same).threads) == 1
    assert len(history(other).threads) == 2


def test_people_and_subject_join_within_fourteen_days() -> None:
    near = history([message(0, subject="Budget"), message(13, side=OUTBOUND, subject="Re: budget")]).threads
    far = history([message(0, subject="Budget"), message(15, side=OUTBOUND, subject="Re: budget")]).threads

    assert (len(near), len(far)) == (1, 2)


def test_a_reply_without_headers_to_some_of_the_people_continues_for_three_days() -> None:
    asked = message(0, to=[OURS, "eve@example.org"], subject="Budget")

    assert len(history([asked, message(2, side=OUTBOUND, subject="Re: Budget")]).threads) == 1
    assert len(history([asked, message(4, side=OUTBOUND, subject="Re: Budget")]).threads) == 2


def test_another_subject_is_another_conversation() -> None:
    assert len(history([message(0, subject="Budget"), message(1, subject="Lunch")]).threads) == 2


def test_five_short_mails_in_a_row_are_one_turn() -> None:
    mails = [message(0, 10 + i / 10, uid=f"<{i}>", references=("<root>",)) for i in range(5)]
    (thread,) = history([*mails, message(1, side=OUTBOUND, references=("<root>",))]).threads

    assert [(turn.side, len(turn.acts)) for turn in thread.turns] == [(Side.PARTNER, 5), (Side.US, 1)]


def test_an_introduction_by_others_counts_for_the_first_of_the_two_to_write() -> None:
    introduction = message(0, sender="friend@else.example", to=[OURS, "bo@northwind.example"], uid="<intro>")
    (thread,) = history([introduction, message(1, side=INBOUND, references=("<intro>",))]).threads

    assert thread.starter is Side.PARTNER
