"""Answers to alerts are labels: replay shows them, and counts what was no problem as a false alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flows.hindsight import labelled
from flows.relive import Alert
from models.letters import Answer, AnswerKind
from tests.factories import START

DAY = timedelta(days=1)


def alert(at: float, ended: float | None = None) -> Alert:
    return Alert(
        partner="northwind",
        title="Northwind",
        at=START + at * DAY,
        reason="",
        silent_days=9,
        chance=0.01,
        ended=None if ended is None else START + ended * DAY,
        after_days=3,
    )


def answer(at: float, kind: AnswerKind, note: str | None = None, *, undone: bool = False) -> Answer:
    moment = START + at * DAY
    return Answer(
        id=1,
        partner="northwind",
        flip_id=None,
        kind=kind,
        until=None,
        who="ana",
        at=moment,
        note=note,
        undone_at=moment if undone else None,
    )


def test_an_answer_labels_the_silence_it_was_given_in() -> None:
    alerts = [alert(10, ended=20), alert(40)]

    found = labelled(alerts, [answer(12, AnswerKind.NOT_A_PROBLEM, "they moved"), answer(41, AnswerKind.HANDLED)])

    assert [(a.label, a.was_no_problem, a.was_handled) for a in found] == [
        ("not a problem because they moved", True, False),
        ("handled", False, True),
    ]


def test_what_people_said_decides_and_how_it_ended_only_where_nobody_did() -> None:
    came_back, still_silent = alert(10, ended=20), alert(10)

    def false(of: Alert, *said: AnswerKind) -> bool:
        (found,) = labelled([of], [answer(12, kind) for kind in said])
        return found.was_false

    assert false(came_back)
    assert not false(came_back, AnswerKind.HANDLED)
    assert not false(still_silent)
    assert false(still_silent, AnswerKind.NOT_A_PROBLEM)
    assert false(came_back, AnswerKind.SNOOZE)
    assert not false(came_back, AnswerKind.HANDLED, AnswerKind.SNOOZE)
    assert false(still_silent, AnswerKind.HANDLED, AnswerKind.NOT_A_PROBLEM)


def test_an_answer_about_a_concern_judges_no_silence() -> None:
    about = replace(answer(12, AnswerKind.NOT_A_PROBLEM), concern=3)

    assert labelled([alert(10, ended=20)], [about]) == [alert(10, ended=20)]


def test_an_answer_before_after_or_taken_back_labels_nothing() -> None:
    answers = [
        answer(9, AnswerKind.NOT_A_PROBLEM),
        answer(21, AnswerKind.NOT_A_PROBLEM),
        answer(12, AnswerKind.NOT_A_PROBLEM, undone=True),
        answer(13, AnswerKind.UNDO),
    ]

    assert labelled([alert(10, ended=20)], answers) == [alert(10, ended=20)]
