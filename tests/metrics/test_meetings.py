"""Meetings: what is ahead, what took place, who moved and who cancelled with how much notice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metrics.history import Targets
from metrics.registry import BY_NAME
from models.records import Attendee, Interaction, Person, Response, WorkingHours
from tests.factories import OURS, OUTBOUND, THEIRS, history, meeting, message, moment, partner


def read(name: str, items: list[Interaction], **kwargs: object) -> tuple[float, int] | None:
    found = BY_NAME[name].measure(history(items, **kwargs))  # type: ignore[arg-type]
    return (found.value, found.n) if found is not None else None


def weekly(weeks: range, *, hour: float = 10, seen: float = 0, **rest: object) -> list[Interaction]:
    return [
        meeting(week * 7, hour, uid=f"s/{week}", series="s", seen=moment(seen), **rest)  # type: ignore[arg-type]
        for week in weeks
    ]


def test_the_next_meeting_is_the_next_that_is_not_cancelled() -> None:
    off = meeting(11, uid="off", seen=moment(2), cancelled=True)
    items = [meeting(11, uid="off", seen=moment(1)), off, meeting(14, 12, seen=moment(1))]

    assert read("next_meeting", items, day=10, hour=12) == (4, 1)
    assert read("meetings_ahead", items, day=10, hour=12) == (1, 2)
    assert read("next_meeting", items, day=20) is None


def test_a_standing_meeting_covers_the_weeks_in_which_it_was_held() -> None:
    items = weekly(range(1, 6))
    items += [replace(item, status="cancelled", seen_at=moment(6)) for item in items[:2]]  # type: ignore[type-var]
    items[-1], items[-2] = (
        meeting(7, uid="s/1", series="s", seen=moment(6), cancelled=True),
        meeting(14, uid="s/2", series="s", seen=moment(6), cancelled=True),
    )

    assert read("series_coverage", items, day=40) == (0.6, 5)
    assert read("live_series", items, day=30) == (1, 5)
    assert read("live_series", items, day=40) == (0, 5)


def test_a_no_show_needs_an_attendance_record() -> None:
    unrecorded = [meeting(day, response=Response.NONE) for day in range(1, 5)]
    recorded = [meeting(day, 15, present=(OURS, THEIRS) if day < 3 else (OURS,)) for day in range(1, 5)]

    assert read("their_no_shows", unrecorded, day=8) is None
    assert read("their_no_shows", [*unrecorded, *recorded], day=8) == (0.5, 4)
    assert read("our_no_shows", recorded, day=8) == (0, 4)


def test_moves_and_cancellings_are_shares_by_their_doer() -> None:
    items: list[Interaction] = [meeting(day, uid=f"m{day}", seen=moment(0)) for day in (7, 8, 9, 10)]
    items.append(meeting(14, uid="m7", seen=moment(3), moved_by=Person(address=THEIRS)))
    items.append(meeting(8, uid="m8", seen=moment(3), cancelled=True))

    assert read("moved_share", items, day=20) == (0.25, 4)
    assert read("moved_by_them", items, day=20) == (0.25, 4)
    assert read("moved_by_us", items, day=20) == (0, 4)
    assert read("cancelled_by_us", items, day=20) == (0.25, 4)
    assert read("cancelled_by_them", items, day=20) == (0, 4)
    assert read("pushed_days", items, day=20) == (7, 1)


def test_notice_is_counted_in_the_working_time_of_the_other_side() -> None:
    def called_off(seen: float) -> list[Interaction]:
        plan: list[Interaction] = [meeting(day, uid=f"m{day}", seen=moment(0)) for day in (7, 8, 9, 10)]
        return [*plan, meeting(10, uid="m10", seen=moment(seen), cancelled=True)]

    assert read("cancelled_late_by_us", called_off(8), day=20) == (0.25, 4)  # 16 working hours before
    assert read("cancelled_late_by_us", called_off(4), day=20) == (0, 4)
    assert read("our_short_notice_churn", called_off(8), day=20) == (0.25, 4)
    assert read("their_short_notice_churn", called_off(8), day=20) == (0, 4)


def test_invitations_are_counted_without_the_organiser() -> None:
    items = [meeting(day, response=Response.ACCEPTED if day < 4 else Response.NONE) for day in range(1, 6)]

    assert read("their_invites_accepted", items, day=10) == (0.6, 5)
    assert read("their_invites_unanswered", items, day=10) == (0.4, 5)
    assert read("our_invites_accepted", items, day=10) is None


def test_the_latency_of_answers_needs_known_times() -> None:
    def answered(day: int, hours: float) -> Interaction:
        guest = Attendee(person=Person(address=THEIRS), response=Response.ACCEPTED, answered_at=moment(day, 9 + hours))
        return replace(meeting(day + 5, seen=moment(day, 9), created_at=moment(day, 9)), attendees=(guest,))

    items = [answered(0, 1), answered(1, 2), answered(2, 7)]

    assert read("their_invite_latency", items, day=20) == (2, 3)
    assert read("their_invite_latency", [meeting(day) for day in range(1, 6)], day=20) is None


def test_a_meeting_is_followed_through_by_a_mail_within_a_working_day() -> None:
    items: list[Interaction] = [meeting(day, 10) for day in (1, 8, 15)]
    items += [message(1, 15, side=OUTBOUND), message(10, 15, side=OUTBOUND)]

    assert read("follow_through", items, day=20) == (pytest.approx(1 / 3), 3)


def test_kinds_come_from_the_tag_or_the_subject() -> None:
    items: list[Interaction] = [meeting(1, 11, subject="Quarterly Review"), *weekly(range(1, 3))]

    assert read("review_age", items, day=31, hour=11.5) == (30, 1)
    assert read("goals_age", items, day=31) is None
    assert read("goals_age", items, day=34, hour=10.5, targets=Targets(series={"s": "goals"})) == (20, 2)
    assert read("status_series", weekly(range(1, 9), subject="Weekly status"), day=20) == (1, 8)


def test_meeting_load_is_hours_a_person_and_week() -> None:
    items = [meeting(day, minutes=60, theirs=(THEIRS, "ed@northwind.example")) for day in (1, 8, 15, 22)]

    assert read("meeting_load", items, day=28, hour=9) == (1, 4)
    assert read("live_minutes", items, day=28, hour=9) == (60, 4)


def test_fairness_is_whose_evenings_meetings_cost() -> None:
    kolkata = partner(hours=WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30"))
    items: list[Interaction] = [meeting(day, 15) for day in (1, 2, 3)]  # 20:30 in Kolkata
    items.append(meeting(4, 5))  # 10:30 in Kolkata, before our nine o'clock

    assert read("meeting_fairness", items, day=10, of=kolkata) == (0.75, 4)
    assert read("their_evening_meetings", items, day=10, of=kolkata) == (0.75, 4)
    assert read("our_evening_meetings", items, day=10, of=kolkata) == (0.25, 4)
