"""Responsiveness: percentiles with open waits, targets, reminders; both directions alike."""

from __future__ import annotations

import pytest

from metrics.base import Measured
from metrics.history import Targets
from metrics.registry import BY_NAME
from models.records import Interaction
from tests.factories import INBOUND, OUTBOUND, history, message


def measure(name: str, items: list[Interaction], **kwargs: object) -> Measured | None:
    return BY_NAME[name].measure(history(items, **kwargs))  # type: ignore[arg-type]


def exchanges(hours: list[float | None], *, asks: str = OUTBOUND, first_day: int = 0) -> list[Interaction]:
    """One conversation a working day, asked at 9:00 and answered so many business hours later; None = never."""
    items: list[Interaction] = []
    for number, wait in enumerate(hours):
        day = first_day + number // 5 * 7 + number % 5
        uid = f"<{asks}-{first_day}-{number}>"
        items.append(message(day, 9, side=asks, uid=uid))
        if wait is not None:
            answer = INBOUND if asks == OUTBOUND else OUTBOUND
            items.append(message(day, 9 + wait, side=answer, answers=uid, uid=uid + "-answer"))
    return items


def test_their_median_counts_the_mails_they_have_not_answered() -> None:
    answered = exchanges([1, 2, 3, 4])
    with_open = exchanges([1, 2, 3, 4, None, None])

    assert measure("their_first_answer_time", [*answered, *exchanges([5], first_day=7)], day=9) == (3, 5, False)
    assert measure("their_first_answer_time", with_open, day=14) == (3, 6, False)


def test_a_quantile_that_is_not_reached_is_a_floor() -> None:
    slow = measure("their_slow_answer_time", exchanges([1, 2, 3, 4, None, None]), day=8, hour=9)

    assert slow is not None
    assert slow.at_least


def test_our_time_is_measured_by_the_same_rule_as_theirs() -> None:
    theirs = measure("their_answer_time", exchanges([1, 2, 3, 4, 5, None]), day=30)
    ours = measure("our_answer_time", exchanges([1, 2, 3, 4, 5, None], asks=INBOUND), day=30)

    assert theirs == ours
    assert theirs is not None


def test_below_five_waits_there_is_no_percentile() -> None:
    assert measure("their_answer_time", exchanges([1, 2, 3, 4]), day=2) is None


def test_reciprocity_is_our_time_over_theirs() -> None:
    items = exchanges([2, 2, 2, 2, 2]) + exchanges([6, 6, 6, 6, 6], asks=INBOUND, first_day=7)

    found = measure("reciprocity", items, day=13, hour=9)

    assert found == (3, 5, False)


def test_the_reply_rate_leaves_out_what_is_not_yet_due() -> None:
    target = Targets(their_answer_hours=8)
    items = exchanges([2, 5, 7, None, None])  # the last asked 4 h before the end

    found = measure("their_reply_rate", items, day=4, hour=13, targets=target)

    assert found is None
    more = items + exchanges([1, 1], first_day=-7)
    assert measure("their_reply_rate", more, day=4, hour=13, targets=target) == (5 / 6, 6, False)


def test_reminders_are_counted_per_answer() -> None:
    items = exchanges([6, 6, 6, 6, 6])
    for day in (0, 3):
        items.append(message(day, 12, side=OUTBOUND, references=(f"<out-0-{day}>",)))

    assert measure("our_nudges", items, day=6) == (0.4, 5, False)


def test_answered_conversations_are_counted_for_the_side_that_did_not_begin() -> None:
    items = exchanges([1] * 9 + [None], asks=INBOUND)

    assert measure("their_threads_answered", items, day=30) == (0.9, 10, False)
    assert measure("our_threads_answered", items, day=30) is None


def test_slower_answers_show_in_the_trend() -> None:
    before, now = exchanges([2] * 20, first_day=0), exchanges([4] * 10, first_day=42)

    found = measure("their_answer_trend", before + now, day=56, hour=8)

    assert found is not None
    assert found.value == 2


def test_fewer_answers_at_constant_speed_read_as_overload() -> None:
    before = exchanges([2] * 20, first_day=0)
    now = exchanges([2, 2, None, 2, 2, None, 2, 2, None, 2], first_day=42)

    found = measure("their_overload", before + now, day=69)

    assert found is not None
    assert found.value == pytest.approx(-0.3)
    assert measure("their_overload", before + exchanges([6] * 10, first_day=42), day=69) is None


def test_what_was_never_answered_is_given_up_after_the_cap() -> None:
    found = measure("their_given_up", exchanges([1, 1, 1, 1, None]), day=45)

    assert found == (0.2, 5, False)
