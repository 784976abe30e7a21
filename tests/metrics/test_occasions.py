"""Meetings folded: held only as far as evidence goes, moves and cancellings by their doer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from metrics.occasions import Rung, distinct_moves
from models.records import Attendee, Person, Response, Side
from tests.factories import OURS, THEIRS, history, meeting, moment


def test_an_ended_meeting_that_both_sides_accepted_is_presumed_held() -> None:
    known = history([meeting(1)], day=2)

    assert [o.rung(known.now) for o in known.occasions] == [Rung.PRESUMED]


def test_the_organiser_comes_by_default_and_silent_guests_do_not() -> None:
    assert history([meeting(1, theirs=[THEIRS], response=Response.NONE)], day=2).held == ()
    theirs = meeting(1, organiser=THEIRS, response=Response.NONE)
    ours_accepted = replace(theirs, attendees=(Attendee(person=Person(address=OURS), response=Response.ACCEPTED),))
    assert len(history([ours_accepted], day=2).held) == 1


def test_an_attendance_record_decides_whatever_was_answered() -> None:
    met = history([meeting(1, response=Response.NONE, present=(OURS, THEIRS))], day=2)
    alone = history([meeting(1, present=(OURS,))], day=2)

    assert [o.rung(met.now) for o in met.occasions] == [Rung.ATTENDED]
    assert alone.held == ()


def test_a_meeting_that_has_not_ended_is_not_held() -> None:
    assert history([meeting(1, 11)], day=1, hour=11.25).held == ()


@pytest.mark.parametrize("change", [{"all_day": True}, {"free": True}])
def test_all_day_and_free_entries_are_no_meetings(change: dict[str, bool]) -> None:
    assert history([meeting(1, **change)]).occasions == ()


def test_a_room_is_nobody() -> None:
    room = Attendee(person=Person(address="room1@northwind.example"), response=Response.ACCEPTED, resource=True)

    assert history([replace(meeting(1, theirs=[]), attendees=(room,))]).occasions == ()


def test_a_cancelling_is_dated_when_it_was_seen_and_can_be_taken_back() -> None:
    plan, off = meeting(5, uid="m", seen=moment(1)), meeting(5, uid="m", seen=moment(3), cancelled=True)
    on = meeting(5, uid="m", seen=moment(4))

    assert history([plan, off]).occasions[0].cancelled == int(moment(3).timestamp())
    assert history([plan, off, on]).occasions[0].cancelled is None


def test_a_cancelled_copy_without_guests_keeps_the_guests_it_had() -> None:
    off = replace(meeting(5, uid="m", seen=moment(3), cancelled=True), attendees=())

    (found,) = history([meeting(5, uid="m", seen=moment(1)), off]).occasions

    assert found.theirs == (THEIRS,)
    assert found.cancelled is not None


def test_a_changed_start_is_a_move_and_a_changed_text_is_none() -> None:
    plan = meeting(5, uid="m", seen=moment(1), subject="Call")
    text = meeting(5, uid="m", seen=moment(2), subject="Call: agenda")
    moved = meeting(6, uid="m", seen=moment(3), moved_by=Person(address=THEIRS))

    (found,) = history([plan, text, moved]).occasions

    assert [(m.by, m.new_start - m.old_start) for m in found.moves] == [(Side.PARTNER, 86_400)]
    assert found.planned == int(moment(5).timestamp())


def test_a_move_that_nobody_claims_is_the_organisers() -> None:
    (found,) = history([meeting(5, uid="m", seen=moment(1)), meeting(6, uid="m", seen=moment(3))]).occasions

    assert found.moves[0].by is Side.US


def test_cancelled_and_made_anew_within_a_week_is_a_move() -> None:
    old = [
        meeting(5, uid="a", seen=moment(1), created_at=moment(1), subject="Call"),
        meeting(5, uid="a", seen=moment(3), created_at=moment(1), subject="Call", cancelled=True),
    ]
    new = meeting(9, uid="b", seen=moment(4), created_at=moment(4), subject="Call")
    later = meeting(19, uid="c", seen=moment(14), created_at=moment(14), subject="Call")

    (found,) = history([*old, new]).occasions

    assert found.uid == "b"
    assert len(found.moves) == 1
    assert len(history([*old, later], day=15).occasions) == 2


def test_a_series_put_an_hour_later_moves_once() -> None:
    def weekly(week: int, hour: float, seen: float) -> object:
        return meeting(week * 7, hour, uid=f"s/{week}", series="s", seen=moment(seen))

    versions = [weekly(week, hour, seen) for week in (2, 3, 4) for hour, seen in ((10, 1), (11, 5))]
    known = history(versions, day=40)  # type: ignore[arg-type]

    assert sum(len(o.moves) for o in known.occasions) == 3
    assert len(distinct_moves(known.occasions)) == 1


def test_the_organisers_copy_knows_the_answers_better_than_a_guests() -> None:
    own = meeting(5, uid="m", organiser=THEIRS, source=f"gcal:{THEIRS}", seen=moment(2))
    copy = meeting(5, uid="m", organiser=THEIRS, source=f"gcal:{OURS}", seen=moment(3), response=Response.NONE)

    assert len(history([own, copy]).held) == 1


def test_the_time_of_an_answer_is_known_only_between_two_looks() -> None:
    silent = meeting(9, uid="m", seen=moment(1), response=Response.NONE)
    said = meeting(9, uid="m", seen=moment(3))

    def answered(*versions: object) -> list[object]:
        return [a.at for a in history(versions).occasions[0].answers if a.person == THEIRS]  # type: ignore[arg-type]

    assert answered(silent, said) == [int(moment(3).timestamp())]
    assert answered(said) == [None]
    service = replace(
        said,
        attendees=(
            Attendee(
                person=Person(address=THEIRS), response=Response.ACCEPTED, answered_at=moment(2) + timedelta(hours=1)
            ),
        ),
    )
    assert answered(service) == [int(moment(2, 11).timestamp())]
