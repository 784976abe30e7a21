"""Concerns are told once, to our side alone, within limit and hours, and not while the partner as a whole is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.due_concerns import OWED, SILENT, TOLD, TOO_MUCH, UNREACHABLE, ConcernPlan, due_concerns
from alerts.plan import People, Rules
from metrics.reader_calendar import ReaderCalendar
from models.letters import Answer, AnswerKind, Notice, NoticeKind
from models.records import Concern, Partner, Side, State, WorkingHours
from tests.alerts.scene import ANA, BEN, DAY, NOW, OPERATOR

CALENDAR = ReaderCalendar.of(WorkingHours(zone="UTC"))
PARTNERS = {"northwind": Partner(key="northwind", title="Northwind", owner=ANA, deputy=BEN)}


def concern(number: int = 1, name: str = TOO_MUCH, **said: object) -> Concern:
    made = Concern(
        id=number,
        partner="northwind",
        name=name,
        subject="",
        side=Side.US,
        since=NOW - 2 * DAY,
        until=None,
        seen_at=NOW,
        sentence="Too much.",
        value=14,
        n=3,
    )
    return replace(made, **said)  # type: ignore[arg-type]


def told(number: int = 1, at: datetime = NOW - DAY, kind: NoticeKind = NoticeKind.CONCERN) -> Notice:
    return Notice(about=number, partner="northwind", reader=ANA, kind=kind, made_at=at, told_at=at)


def answer(kind: AnswerKind, *, about: int | None = 1, until: date | None = None, **said: object) -> Answer:
    made = Answer(id=1, partner="northwind", flip_id=None, kind=kind, until=until, who=ANA, at=NOW - DAY, concern=about)
    return replace(made, **said)  # type: ignore[arg-type]


def plan(
    concerns: Sequence[Concern],
    *notices: Notice,
    answers: Sequence[Answer] = (),
    state: State = State.ON_RHYTHM,
    sent: Mapping[str, int] | None = None,
    people: People | None = None,
    now: datetime = NOW,
) -> ConcernPlan:
    return due_concerns(
        concerns,
        notices,
        answers,
        partners=PARTNERS,
        states={"northwind": state},
        people=people
        or People(operator=OPERATOR, fallback=None, is_partner=lambda _: False, calendar=lambda _: CALENDAR),
        rules=Rules(),
        sent=sent or {},
        now=now,
    )


def readers(found: ConcernPlan) -> list[str]:
    return [items[0].reader for items in found.letters]


@pytest.mark.parametrize("name", TOLD)
def test_a_concern_goes_to_the_owner_once(name: str) -> None:
    assert readers(plan([concern(name=name)])) == [ANA]
    assert plan([concern(name=name)], told()).letters == ()


def test_what_was_there_before_we_watched_is_never_mailed() -> None:
    assert plan([concern(historical=True)]) == ConcernPlan()


def test_what_is_not_worth_a_mail_is_left_to_page_and_digest() -> None:
    assert plan([concern(name="their_key_person")]) == ConcernPlan()


def test_what_ended_before_it_could_be_told_is_not_told() -> None:
    assert plan([concern(until=NOW - DAY)]).letters == ()


@pytest.mark.parametrize("name", [SILENT, UNREACHABLE, OWED])
def test_while_the_partner_is_silent_the_alert_says_it(name: str) -> None:
    found = plan([concern(name=name)], state=State.QUIET)

    assert found.letters == ()
    assert len(found.held) == 1
    assert readers(plan([concern(name=TOO_MUCH)], state=State.QUIET)) == [ANA]


def test_nothing_is_said_of_whom_nobody_can_judge() -> None:
    assert plan([concern()], state=State.BLIND).letters == ()


def test_a_short_silence_of_one_person_waits_for_two_weeks() -> None:
    assert plan([concern(name=SILENT, value=9)]).letters == ()
    assert readers(plan([concern(name=SILENT, value=10)])) == [ANA]


def test_several_at_once_come_in_one_letter_what_we_do_first() -> None:
    found = plan([concern(1, SILENT, subject="bo@northwind.example"), concern(2, TOO_MUCH), concern(3, OWED)])

    assert [[item.concern.name for item in items] for items in found.letters] == [[OWED, TOO_MUCH, SILENT]]


def test_the_weekly_limit_holds_for_concerns_too() -> None:
    found = plan([concern()], sent={ANA: 5})

    assert found.letters == ()
    assert found.held[0][1] == "the reader's weekly limit is reached"


def test_a_concern_waits_for_working_hours() -> None:
    assert plan([concern()], now=NOW + timedelta(hours=12)).letters == ()


def test_the_same_thing_soon_again_is_not_told_again() -> None:
    earlier = concern(1, since=NOW - 30 * DAY, until=NOW - 5 * DAY)

    assert plan([earlier, concern(2)], told(1, NOW - 20 * DAY)).letters == ()
    assert readers(plan([earlier, concern(2)], told(1, NOW - 29 * DAY))) == [ANA]


@pytest.mark.parametrize("kind", [AnswerKind.HANDLED, AnswerKind.LEAVE, AnswerKind.NOT_A_PROBLEM])
def test_an_answer_settles_it(kind: AnswerKind) -> None:
    assert plan([concern()], told(), answers=[answer(kind)]).letters == ()
    assert plan([concern()], answers=[answer(kind)]).letters == ()


def test_no_problem_holds_for_the_same_thing_half_a_year() -> None:
    earlier = concern(1, since=NOW - 90 * DAY, until=NOW - 60 * DAY)
    said = answer(AnswerKind.NOT_A_PROBLEM, at=NOW - 80 * DAY)

    assert plan([earlier, concern(2)], told(1, NOW - 89 * DAY), answers=[said]).letters == ()
    assert readers(plan([earlier, concern(2, subject="bo@northwind.example")], answers=[said])) == [ANA]
    assert readers(plan([earlier, concern(2)], answers=[replace(said, at=NOW - 200 * DAY)])) == [ANA]


def test_a_snooze_holds_it_and_one_reminder_follows() -> None:
    snoozed = answer(AnswerKind.SNOOZE, until=NOW.date())

    assert plan([concern()], told(), answers=[snoozed]).letters == ()
    after = plan([concern()], told(), answers=[replace(snoozed, until=NOW.date() - DAY)])
    assert [items[0].kind for items in after.letters] == [NoticeKind.REMINDER]
    again = plan(
        [concern()], told(), told(kind=NoticeKind.REMINDER), answers=[replace(snoozed, until=NOW.date() - DAY)]
    )
    assert again.letters == ()


def test_a_snoozed_partner_is_left_in_peace_altogether() -> None:
    assert plan([concern()], answers=[answer(AnswerKind.SNOOZE, about=None, until=NOW.date())]).letters == ()


def test_an_answer_about_the_silence_settles_no_concern() -> None:
    assert readers(plan([concern()], answers=[answer(AnswerKind.HANDLED, about=None)])) == [ANA]


def test_it_never_goes_to_a_partner_or_to_a_program() -> None:
    people = People(
        operator=None, fallback=None, is_partner=lambda _: True, calendar=lambda _: CALENDAR, ears=("ear:webhook",)
    )

    assert plan([concern()], people=people).letters == ()


@given(
    st.lists(st.sampled_from([*TOLD, "their_key_person"]), max_size=6),
    st.sampled_from(list(State)),
    st.integers(0, 6),
)
def test_whatever_stands_a_reader_gets_at_most_one_letter(names: list[str], state: State, sent: int) -> None:
    concerns = [concern(n + 1, name) for n, name in enumerate(names)]

    found = plan(concerns, state=state, sent={ANA: sent})

    assert len(found.letters) <= (sent < 5)
    assert {item.concern.id for items in found.letters for item in items} <= {each.id for each in concerns}
