"""Waits: from the first mail of a turn to the other side's next, on the calendar of whoever has to answer."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.responsiveness import wait_quantile
from metrics.survival import kaplan_meier
from metrics.waits import Wait
from models.records import Absence, Side
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, history, meeting, message


def only(waits: tuple[Wait, ...]) -> Wait:
    (wait,) = waits
    return wait


def test_the_headline_starts_at_the_first_mail_and_since_last_at_the_last() -> None:
    wait = history(
        [
            message(0, 10, uid="<a>"),
            message(0, 11, uid="<b>", answers="<a>"),
            message(0, 14, uid="<c>", answers="<b>"),
            message(0, 15, side=OUTBOUND, answers="<c>"),
        ]
    ).waits[0]

    assert (wait.hours, wait.hours_since_last, wait.nudges) == (5, 1, 2)
    assert wait.answering is Side.US


def test_the_kaplan_meier_vector_holds() -> None:
    median = kaplan_meier([1, 2, 3, 4], [10, 12], 0.5)
    slow = kaplan_meier([1, 2, 3, 4], [10, 12], 0.9)

    assert median == (3, False)
    assert slow == (12, True)


def test_a_curve_without_observations_says_nothing() -> None:
    assert kaplan_meier([], [], 0.5) is None


def test_a_mail_that_only_copies_us_asks_us_nothing() -> None:
    assert not history([message(0, to=["someone@else.example"], cc=[OURS])]).waits


def test_an_answer_by_any_of_their_people_closes_the_wait() -> None:
    wait = only(
        history(
            [message(0, 10, side=OUTBOUND, uid="<a>"), message(0, 12, sender="ed@northwind.example", answers="<a>")]
        ).waits[:1]
    )

    assert wait.is_answered


def test_a_wait_runs_on_the_calendar_of_the_side_that_answers() -> None:
    wait = only(history([message(4, 16, side=OUTBOUND, uid="<a>"), message(7, 10, answers="<a>")]).waits[:1])

    assert wait.hours == 2  # Friday 16-17 and Monday 9-10


def test_asked_and_answered_out_of_hours_counts_as_answered_but_not_in_the_percentiles() -> None:
    found = history([message(5, 10, side=OUTBOUND, uid="<a>"), message(6, 12, answers="<a>")]).waits[0]

    assert found.is_out_of_hours
    assert found.is_answered
    assert wait_quantile([found], 0.5) is None


def test_a_wait_is_capped_at_twenty_business_days_and_then_unanswered() -> None:
    wait = only(history([message(0, 9, side=OUTBOUND)], day=60).waits)

    assert wait.is_unanswered
    assert wait.hours == 160


def test_an_answer_after_the_cap_does_not_count_as_one() -> None:
    late = history([message(0, 9, side=OUTBOUND, uid="<a>"), message(29, 9.5, answers="<a>")], day=60).waits[0]

    assert late.is_unanswered


@pytest.mark.parametrize("person", [None, THEIRS])
def test_an_absence_stops_the_clock_and_deletes_nothing(person: str | None) -> None:
    away = Absence(partner="northwind", since=date(2026, 3, 3), until=date(2026, 3, 5), person=person)
    mails = [message(0, 16, side=OUTBOUND, uid="<a>"), message(3, 10, answers="<a>")]

    assert history(mails, absences=[away]).waits[0].hours == 2  # Monday 16-17 and Thursday 9-10
    assert history(mails).waits[0].hours == 18


def test_the_absence_of_one_person_does_not_stop_the_clock_of_two_who_were_asked() -> None:
    away = Absence(partner="northwind", since=date(2026, 3, 3), until=date(2026, 3, 5), person=THEIRS)
    both = message(0, 16, side=OUTBOUND, uid="<a>", to=[THEIRS, "ed@northwind.example"])

    assert history([both, message(3, 10, answers="<a>")], absences=[away]).waits[0].hours == 18


def test_a_held_meeting_of_the_same_people_inside_a_wait_may_have_answered_it() -> None:
    asked = message(0, 10, side=OUTBOUND, uid="<a>")
    met = history([asked, meeting(1, 10)], day=30).waits[0]
    strangers = history([asked, meeting(1, 10, theirs=["ed@northwind.example"])], day=30).waits[0]

    assert met.met is not None
    assert not met.is_answered
    assert not met.is_unanswered
    assert not met.is_open
    assert strangers.is_unanswered


def test_a_conversation_that_slept_for_thirty_days_asks_anew() -> None:
    waits = history(
        [
            message(0, 10, uid="<a>"),
            message(0, 12, side=OUTBOUND, uid="<b>", answers="<a>"),
            message(1, 10, uid="<c>", answers="<b>"),
            message(40, 10, uid="<d>", answers="<c>"),
        ],
        day=41,
    ).waits

    assert [(w.uid, w.is_first) for w in waits if w.answering is Side.US] == [
        ("<a>", True),
        ("<c>", False),
        ("<d>", True),
    ]


def test_a_new_conversation_under_the_same_subject_takes_the_old_question_over() -> None:
    first = message(0, 10, side=OUTBOUND, uid="<a>", subject="Budget", references=("<x>",))
    second = message(3, 10, side=OUTBOUND, uid="<b>", subject="Budget", references=("<y>",))

    waits = history([first, second], day=5).waits

    assert [wait.is_open for wait in waits] == [False, True]


def test_the_last_mail_of_a_conversation_is_no_unanswered_question_for_ever() -> None:
    mails = [message(0, 10, side=OUTBOUND, uid="<a>"), message(0, 12, uid="<b>", answers="<a>")]

    fresh, old = history(mails, day=1).waits[1], history(mails, day=50).waits[1]

    assert fresh.is_open
    assert old.is_closing
    assert not old.is_open
    assert not old.is_unanswered


def test_a_last_mail_that_was_followed_up_stays_a_question() -> None:
    mails = [
        message(0, 10, side=OUTBOUND, uid="<a>"),
        message(0, 12, uid="<b>", answers="<a>"),
        message(2, 12, uid="<c>", answers="<b>"),
    ]

    assert history(mails, day=50).waits[1].is_unanswered


def test_the_rest_of_a_thought_is_no_reminder() -> None:
    series = [message(0, 10 + i / 60, side=OUTBOUND, uid=f"<{i}>", references=("<root>",)) for i in range(6)]
    reminded = message(1, 10, side=OUTBOUND, references=("<root>",))

    assert history([*series, reminded], day=2).waits[0].nudges == 1


def test_mail_of_either_direction_is_measured_alike() -> None:
    there = history([message(0, 10, side=OUTBOUND, uid="<a>"), message(1, 11, side=INBOUND, answers="<a>")]).waits[0]
    back = history([message(0, 10, side=INBOUND, uid="<a>"), message(1, 11, side=OUTBOUND, answers="<a>")]).waits[0]

    assert (there.waited, there.answering) == (back.waited, Side.PARTNER)
    assert back.answering is Side.US
