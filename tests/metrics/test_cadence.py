"""Rhythm: the published vectors, contact days on joint calendars, the three clocks kept apart."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.quantiles import burstiness, evenness, herfindahl, quantile, wilson
from metrics.registry import BY_NAME
from models.records import Absence, WorkingHours
from tests.factories import OUTBOUND, history, meeting, message, partner


def value(name: str, *args: object, **kwargs: object) -> float | None:
    found = BY_NAME[name].measure(history(*args, **kwargs))  # type: ignore[arg-type]
    return found.value if found is not None else None


@pytest.mark.parametrize(("gaps", "expected"), [((5, 5, 5, 5), -1.0), ((1, 1, 1, 17), 0.16)])
def test_the_burstiness_vectors_hold(gaps: tuple[int, ...], expected: float) -> None:
    assert burstiness(gaps) == pytest.approx(expected, abs=0.005)


def test_the_concentration_vector_holds() -> None:
    assert herfindahl([8, 1, 1]) == pytest.approx(0.66)
    assert 1 / herfindahl([8, 1, 1]) == pytest.approx(1.52, abs=0.005)


def test_the_wilson_vector_holds() -> None:
    low, high = wilson(3, 12)

    assert low == pytest.approx(0.089, abs=0.0005)
    assert high == pytest.approx(0.532, abs=0.0005)
    assert wilson(0, 0) == (0, 1)


def test_quantiles_are_linear_between_order_statistics() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([1, 2, 3, 4], 0.9) == pytest.approx(3.7)
    assert evenness([4, 4, 4], 3) == pytest.approx(1)


def test_gaps_are_counted_in_days_on_which_both_work() -> None:
    weekly = [message(day) for day in (0, 7, 14, 21)]

    assert value("usual_gap", weekly, day=22) == 5
    assert value("current_gap", weekly, day=23) == 2


def test_a_mail_at_the_week_end_is_contact_of_the_friday() -> None:
    mails = [message(day) for day in (0, 5, 7, 14)]  # Monday, Saturday, Monday, Monday

    assert [gap for _, gap in history(mails, day=15).gaps] == [4, 1, 5]


def test_a_public_holiday_of_either_side_is_no_joint_day() -> None:
    german = partner(hours=WorkingHours(zone="UTC", country="DE"))
    mails = [message(day) for day in (31, 38)]  # Thursday before Easter 2026, Thursday after it

    assert [gap for _, gap in history(mails, day=39).gaps] == [5]
    assert [gap for _, gap in history(mails, day=39, of=german).gaps] == [3]


def test_an_absence_is_taken_out_of_the_gap() -> None:
    away = Absence(partner="northwind", since=date(2026, 3, 9), until=date(2026, 3, 16))
    mails = [message(0), message(14)]

    assert [gap for _, gap in history(mails, day=15, absences=[away]).gaps] == [5]
    assert value("current_gap", [message(0)], day=14, absences=[away]) == 5


def test_a_held_meeting_is_contact_and_a_planned_one_is_not() -> None:
    assert len(history([meeting(1)], day=2).contact_days) == 1
    assert len(history([meeting(1)], day=0).contact_days) == 0


def test_the_three_clocks_are_kept_apart() -> None:
    items = [message(0, 10), message(1, 10, side=OUTBOUND), meeting(2, 10, minutes=60)]

    assert value("their_silence", items, day=3, hour=10) == 24
    assert value("our_silence", items, day=3, hour=10) == 16
    assert value("meeting_silence", items, day=3, hour=10) == 7


def test_what_the_absent_partner_does_not_write_is_no_silence() -> None:
    away = Absence(partner="northwind", since=date(2026, 3, 3), until=date(2026, 3, 5))

    assert value("their_silence", [message(0, 10)], day=3, hour=10, absences=[away]) == 8


def test_contact_day_share_starts_at_the_first_contact() -> None:
    assert value("contact_day_share", [message(21), message(23)], day=28) == pytest.approx(2 / 6)


def test_modes_tell_mail_planned_and_unplanned_meetings_apart() -> None:
    planned = meeting(2, created_at=history([], day=0).moment)
    adhoc = meeting(3, 10, created_at=history([], day=3, hour=9).moment)

    assert value("modes", [message(1)], day=5) == 1
    assert value("modes", [message(1), planned, adhoc], day=5) == 3


def test_onboarding_compares_with_the_first_ninety_days() -> None:
    daily_then_weekly = [message(day) for day in range(90)] + [message(day) for day in range(91, 160, 7)]

    found = value("onboarding_level", daily_then_weekly, day=155)

    assert found == pytest.approx(0.2, abs=0.05)
    assert value("onboarding_level", daily_then_weekly[:60], day=100) is None
