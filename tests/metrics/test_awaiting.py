"""What each side owes: oldest first, with person and age, and never what nobody expects."""

from __future__ import annotations

from metrics.awaiting import owed
from metrics.history import Targets
from metrics.registry import BY_NAME
from models.records import Side
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, history, meeting, message


def test_answers_we_owe_come_oldest_first_with_person_and_age() -> None:
    items = [message(4, 16, uid="<new>"), message(2, 9, uid="<old>", sender="ed@northwind.example")]

    found = owed(history(items, day=7, hour=11), Side.US)

    assert [(o.wait.asker, o.wait.asked, o.hours) for o in found] == [
        ("ed@northwind.example", (OURS,), 26),
        (THEIRS, (OURS,), 3),
    ]


def test_they_owe_by_the_same_definition() -> None:
    found = owed(history([message(4, 16, side=OUTBOUND)], day=7, hour=11), Side.PARTNER)

    assert [(o.wait.asked, o.hours) for o in found] == [((THEIRS,), 3)]


def test_an_answer_is_overdue_after_the_target_or_the_own_slowest_tenth() -> None:
    asked = message(21, 9, uid="<q>")
    slow = [
        item
        for day in (0, 1, 2, 7, 8, 9)
        for item in (
            message(day, 9, uid=f"<{day}>"),
            message(day + 1, 15, side=OUTBOUND, answers=f"<{day}>", uid=f"<r{day}>"),
        )
    ]

    assert owed(history([asked], day=22, hour=12), Side.US)[0].is_overdue
    assert not owed(history([*slow, asked], day=22, hour=12), Side.US)[0].is_overdue
    assert owed(history([*slow, asked], day=22, hour=16), Side.US)[0].is_overdue


def test_said_to_need_no_answer_means_not_owed() -> None:
    assert not owed(history([message(2, uid="<a>")], day=4, targets=Targets(settled=frozenset({"<a>"}))), Side.US)


def test_a_meeting_afterwards_settles_it() -> None:
    assert not owed(history([message(2), meeting(3, 10)], day=4), Side.US)


def test_mails_of_a_person_that_are_hardly_ever_answered_are_not_waited_for() -> None:
    reports = [message(week * 7, uid=f"<report{week}>", references=(f"<{week}>",)) for week in range(12)]

    assert not owed(history(reports, day=78), Side.US)
    assert owed(history([*reports, message(77, sender="ed@northwind.example")], day=78), Side.US)


def test_past_the_cap_it_is_given_up_and_not_owed() -> None:
    assert not owed(history([message(0)], day=60), Side.US)


def test_counts_and_ages_are_read_from_the_same_list() -> None:
    once = history([message(1, 9), message(8, 9), message(9, 9, side=OUTBOUND)], day=10, hour=9)

    def read(name: str) -> float:
        found = BY_NAME[name].measure(once)
        assert found is not None
        return found.value

    assert (read("awaiting_us"), read("awaiting_us_oldest"), read("awaiting_us_overdue")) == (2, 56, 2)
    assert (read("awaiting_them"), read("awaiting_them_oldest"), read("awaiting_them_overdue")) == (1, 8, 0)
    assert read("stale_threads") == 1


def test_nobody_asked_nothing_owed() -> None:
    assert not owed(history([message(1, side=INBOUND, to=["x@else.example"], cc=[OURS])], day=4), Side.US)
