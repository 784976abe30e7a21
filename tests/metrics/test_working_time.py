"""Business time: the published vectors, the plain day loop as oracle, and what makes a calendar refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.joint_days import joint_days_of, overlap_hours
from metrics.opening_hours import public_holidays, weekly_shifts
from metrics.working_time import BusinessClock, clock_of, moment_of, seconds_of
from models.records import WorkingHours

KOLKATA = WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30", closed=frozenset({date(2026, 1, 26)}))
BERLIN = WorkingHours(zone="Europe/Berlin", hours="Mon-Fri 09:00-17:00")
BERLIN_ALWAYS = WorkingHours(zone="Europe/Berlin", hours="Mon-Sun 00:00-24:00")
KOLKATA_NIGHT = WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 22:00-06:00")
NEW_YORK = WorkingHours(zone="America/New_York", hours="Mon-Fri 09:00-17:00")


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


VECTORS = {
    "V1": (KOLKATA, at("2026-01-23 17:00", "America/New_York"), at("2026-01-27 11:00", "Asia/Kolkata"), 1.5, 79.5),
    "V2": (KOLKATA, at("2026-01-23 16:00", "Asia/Kolkata"), at("2026-01-23 18:00", "Asia/Kolkata"), 2, 2),
    "V3": (KOLKATA, at("2026-01-24 10:00", "Asia/Kolkata"), at("2026-01-25 12:00", "Asia/Kolkata"), 0, 26),
    "V4": (BERLIN, at("2026-03-27 16:30", "Europe/Berlin"), at("2026-03-30 09:30", "Europe/Berlin"), 1, 64),
    "V5": (BERLIN_ALWAYS, at("2026-02-03 23:30", "Europe/Berlin"), at("2026-02-04 00:30", "Europe/Berlin"), 1, 1),
    "V6": (KOLKATA_NIGHT, at("2026-03-06 23:00", "Asia/Kolkata"), at("2026-03-09 23:00", "Asia/Kolkata"), 8, 72),
    "V7": (BERLIN_ALWAYS, at("2026-03-28 12:00", "Europe/Berlin"), at("2026-03-29 12:00", "Europe/Berlin"), 23, 23),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_published_vectors_hold_scalar_and_vectorised(name: str) -> None:
    hours, start, end, business, wall = VECTORS[name]

    clock = clock_of(hours)
    many = clock.between_many(np.array([seconds_of(start)]), np.array([seconds_of(end)]))

    assert clock.seconds(start, end) == business * 3600
    assert many.tolist() == [business * 3600]
    assert end - start == timedelta(hours=wall)


def test_the_first_vector_holds_with_the_holiday_from_the_public_table() -> None:
    hours = WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30", country="IN")
    _, start, end, business, _ = VECTORS["V1"]

    assert clock_of(hours).seconds(start, end) == business * 3600


def plain_day_loop(hours: WorkingHours, start: int, end: int) -> int:
    """The same quantity the slow way: each local date in turn, its shifts in UTC, cut to the pair."""
    if end < start:
        return -plain_day_loop(hours, end, start)
    zone, week = ZoneInfo(hours.zone), weekly_shifts(hours.hours)
    day = (moment_of(start).astimezone(zone) - timedelta(days=3)).date()
    last = (moment_of(end).astimezone(zone) + timedelta(days=1)).date()
    total, reached = 0, start
    while day <= last:
        closed = day in hours.closed or (
            hours.country is not None and day in public_holidays(hours.country, hours.region, day.year)
        )
        for opens, closes in () if closed else week[day.weekday()]:
            midnight = datetime.combine(day, datetime.min.time())
            a = seconds_of((midnight + timedelta(minutes=opens)).replace(tzinfo=zone))
            b = seconds_of((midnight + timedelta(minutes=closes)).replace(tzinfo=zone))
            a = max(a, reached)
            if min(b, end) > a:
                total += min(b, end) - a
                reached = min(b, end)
        day += timedelta(days=1)
    return total


CALENDARS = [
    KOLKATA,
    BERLIN,
    BERLIN_ALWAYS,
    KOLKATA_NIGHT,
    WorkingHours(zone="America/Sao_Paulo", hours="Mon-Sat 00:00-24:00", country="BR", region="SP"),
    WorkingHours(zone="Asia/Jerusalem", hours="Sun-Thu 08:15-12:00,13:00-17:45", country="IL"),
    WorkingHours(zone="Australia/Lord_Howe", hours="Mon-Fri 20:00-04:00; Sat 01:00-03:00"),
    WorkingHours(zone="America/New_York", hours="Mon-Sun 01:30-02:30", country="US", region="US-NY"),
]


@given(
    hours=st.sampled_from(CALENDARS),
    start=st.integers(seconds_of(datetime(1999, 1, 1, tzinfo=UTC)), seconds_of(datetime(2034, 1, 1, tzinfo=UTC))),
    length=st.one_of(st.integers(0, 40 * 86_400), st.integers(-86_400, 3 * 86_400)),
)
def test_the_closed_form_is_the_plain_day_loop(hours: WorkingHours, start: int, length: int) -> None:
    clock = clock_of(hours)
    expected = plain_day_loop(hours, start, start + length)

    assert clock.between(start, start + length) == expected
    assert clock.between_many(np.array([start]), np.array([start + length])).tolist() == [expected]


@given(
    hours=st.sampled_from(CALENDARS),
    points=st.lists(st.integers(1_500_000_000, 1_900_000_000), min_size=3, max_size=3).map(sorted),
)
def test_business_time_adds_up_and_never_exceeds_the_wall(hours: WorkingHours, points: list[int]) -> None:
    clock = clock_of(hours)
    a, b, c = points

    assert clock.between(a, b) + clock.between(b, c) == clock.between(a, c)
    assert 0 <= clock.between(a, c) <= c - a
    assert clock.between(c, a) == -clock.between(a, c)


@given(
    hours=st.sampled_from(CALENDARS), start=st.integers(1_500_000_000, 1_900_000_000), wait=st.integers(1, 2_000_000)
)
def test_after_is_the_inverse_of_between(hours: WorkingHours, start: int, wait: int) -> None:
    clock = clock_of(hours)
    end = clock.after(start, wait)

    assert clock.between(start, end) == wait
    assert clock.between(start, end - 1) == wait - 1


def test_the_next_opening_of_a_closed_instant_is_the_next_shift() -> None:
    clock = clock_of(BERLIN)
    saturday = seconds_of(at("2026-02-07 12:00", "Europe/Berlin"))

    assert moment_of(clock.next_opening(saturday)) == at("2026-02-09 09:00", "Europe/Berlin")
    assert clock.next_opening(clock.next_opening(saturday)) == clock.next_opening(saturday)


def test_a_holiday_removes_the_night_shift_that_starts_on_it_and_no_other() -> None:
    closed = WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 22:00-06:00", closed=frozenset({date(2026, 3, 6)}))
    clock = clock_of(closed)

    assert not clock.is_open(seconds_of(at("2026-03-07 01:00", "Asia/Kolkata")))
    assert clock.is_open(seconds_of(at("2026-03-06 01:00", "Asia/Kolkata")))


def test_office_hours_overlap_as_published() -> None:
    since, until = date(2026, 1, 1), date(2026, 2, 1)
    plain_kolkata = clock_of(WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30"))

    assert overlap_hours(clock_of(NEW_YORK), plain_kolkata, since, until) == 0
    assert overlap_hours(clock_of(BERLIN), plain_kolkata, since, until) == 5


def test_two_different_working_weeks_leave_four_joint_days() -> None:
    sunday_week = clock_of(WorkingHours(zone="Asia/Jerusalem", hours="Sun-Thu 09:00-17:00"))
    joint = joint_days_of(clock_of(BERLIN), sunday_week)

    assert joint.between(date(2026, 2, 1), date(2026, 2, 8)) == 4
    assert not joint.is_joint(date(2026, 2, 6))


@given(
    day=st.dates(date(1998, 1, 1), date(2045, 1, 1)),
    n=st.integers(1, 300),
    closed=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=4),
)
def test_the_nth_joint_day_after_is_n_days_away(day: date, n: int, closed: frozenset[date]) -> None:
    joint = joint_days_of(clock_of(BERLIN), clock_of(WorkingHours(zone="Asia/Kolkata", country="IN", closed=closed)))
    found = joint.nth_after(day, n)

    assert joint.is_joint(found)
    assert joint.between(day, found) == n
    assert joint.numbers(np.array([day.toordinal(), found.toordinal()])).tolist() == [
        joint.number(day),
        joint.number(found),
    ]


def test_sides_that_never_work_on_one_day_are_refused_not_waited_for() -> None:
    weekend = clock_of(WorkingHours(hours="Sat-Sun 09:00-17:00"))

    with pytest.raises(ValueError, match="no working day in common"):
        joint_days_of(clock_of(BERLIN), weekend).nth_after(date(2026, 1, 1), 1)


def test_the_local_date_is_the_date_on_that_sides_wall() -> None:
    late = at("2026-02-03 22:00", "Europe/Berlin")

    assert clock_of(BERLIN).local_date(late) == date(2026, 2, 3)
    assert clock_of(KOLKATA).local_date(late) == date(2026, 2, 4)
    assert clock_of(KOLKATA).days_of(np.array([seconds_of(late)])).tolist() == [date(2026, 2, 4).toordinal()]


@pytest.mark.parametrize(
    "changed",
    [
        WorkingHours(zone="Europe/Paris", hours=BERLIN.hours),
        WorkingHours(zone=BERLIN.zone, hours="Mon-Fri 09:00-17:30"),
        WorkingHours(zone=BERLIN.zone, hours=BERLIN.hours, country="DE"),
        WorkingHours(zone=BERLIN.zone, hours=BERLIN.hours, country="DE", region="BY"),
        WorkingHours(zone=BERLIN.zone, hours=BERLIN.hours, closed=frozenset({date(2026, 12, 24)})),
    ],
)
def test_any_change_of_the_calendar_changes_its_version(changed: WorkingHours) -> None:
    assert clock_of(changed).version != clock_of(BERLIN).version
    assert BusinessClock(changed).version == clock_of(changed).version


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (WorkingHours(zone="Mars/Olympus"), "time zone"),
        (WorkingHours(hours="nine to five"), "not of the form"),
        (WorkingHours(hours="Mon-Fri 09:00-25:00"), "not a time of day"),
        (WorkingHours(hours="Mon-Xyz 09:00-17:00"), "not a day of the week"),
        (WorkingHours(hours=" ; "), "no day"),
        (WorkingHours(country="XX"), "public holidays"),
        (WorkingHours(country="DE", region="ZZ"), "region ZZ"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_in_words(hours: WorkingHours, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        clock_of(hours)
