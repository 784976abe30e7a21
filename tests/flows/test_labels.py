"""Answers to alerts are labels: replay shows them, and counts what was no problem as a false alarm."""

from __future__ import annotations

from datetime import timedelta

from flows.hindsight import Alert, labelled
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

    assert [(a.label, a.was_no_problem) for a in found] == [
        ("not a problem because they moved", True),
        ("handled", False),
    ]


def test_an_answer_before_after_or_taken_back_labels_nothing() -> None:
    answers = [
        answer(9, AnswerKind.NOT_A_PROBLEM),
        answer(21, AnswerKind.NOT_A_PROBLEM),
        answer(12, AnswerKind.NOT_A_PROBLEM, undone=True),
        answer(13, AnswerKind.UNDO),
    ]

    assert labelled([alert(10, ended=20)], answers) == [alert(10, ended=20)]
