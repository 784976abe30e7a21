"""Balance: who begins, who carries the dialogue, who sends the load."""

from __future__ import annotations

import pytest

from metrics.registry import BY_NAME
from models.records import Interaction
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, history, meeting, message, moment


def read(name: str, items: list[Interaction], day: float = 40) -> float | None:
    found = BY_NAME[name].measure(history(items, day=day))
    return found.value if found is not None else None


def test_three_beginnings_of_twelve_are_a_quarter_with_a_wide_interval() -> None:
    items: list[Interaction] = [message(day, side=INBOUND) for day in range(3)]
    items += [message(day, side=OUTBOUND) for day in range(3, 12)]

    assert read("started_by_them", items) == 0.25
    assert read("started_by_them_floor", items) == pytest.approx(0.089, abs=0.0005)
    assert read("started_by_them_ceiling", items) == pytest.approx(0.532, abs=0.0005)
    assert read("started_by_them", items[:7]) is None


def test_a_series_begins_once_and_single_meetings_each() -> None:
    mails: list[Interaction] = [message(day, side=OUTBOUND) for day in range(6)]
    series = [
        meeting(day, uid=f"s/{day}", series="s", organiser=THEIRS, seen=moment(1), created_at=moment(1))
        for day in (7, 14, 21)
    ]
    single = [meeting(day, 15, organiser=OURS, seen=moment(2), created_at=moment(2)) for day in (8, 15)]

    assert read("started_by_them", [*mails, *series, *single]) == pytest.approx(1 / 9)


def test_thirty_out_and_ten_in_are_half_out_of_balance() -> None:
    items: list[Interaction] = [message(day, side=OUTBOUND) for day in range(30)]
    items += [message(day, 15, side=INBOUND) for day in range(10)]

    assert read("message_balance", items) == 0.5


def test_five_short_mails_do_not_tilt_the_turns() -> None:
    items: list[Interaction] = []
    for day in range(6):
        items += [message(day, 9 + i / 10, uid=f"<{day}-{i}>", references=(f"<{day}>",)) for i in range(5)]
        items.append(message(day, 15, side=OUTBOUND, references=(f"<{day}>",), uid=f"<{day}-r>"))

    assert read("turn_balance", items) == 0
    assert read("message_balance", items) == pytest.approx(-2 / 3)
