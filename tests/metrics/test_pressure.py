"""Pressure: a mail out of hours is none by itself; it becomes one by what follows before the next opening."""

from __future__ import annotations

from metrics.registry import BY_NAME
from models.records import Interaction, WorkingHours
from tests.factories import INBOUND, OUTBOUND, history, message, partner


def read(name: str, items: list[Interaction], **kwargs: object) -> tuple[float, int] | None:
    found = BY_NAME[name].measure(history(items, **kwargs))  # type: ignore[arg-type]
    return (found.value, found.n) if found is not None else None


def nights(count: int, *, answered: int = 0, nudged: int = 0) -> list[Interaction]:
    """Mails of ours at 20:00, some answered at 21:00, some followed up at 22:00."""
    items: list[Interaction] = []
    for number in range(count):
        day = number // 4 * 7 + number % 4
        items.append(message(day, 20, side=OUTBOUND, uid=f"<{number}>"))
        if number < answered:
            items.append(message(day, 21, side=INBOUND, answers=f"<{number}>"))
        elif number < answered + nudged:
            items.append(message(day, 22, side=OUTBOUND, answers=f"<{number}>"))
    return items


def test_a_night_mail_that_waits_for_the_morning_is_no_pressure() -> None:
    assert read("our_after_hours_pressure", nights(10), day=40) == (0, 10)


def test_a_night_mail_answered_or_nudged_before_the_opening_is_pressure() -> None:
    assert read("our_after_hours_pressure", nights(10, answered=2), day=40) == (0.2, 10)
    assert read("our_after_hours_pressure", nights(10, nudged=2), day=40) == (2 / 12, 12)


def test_own_nights_are_counted_apart() -> None:
    assert read("our_own_after_hours", nights(10), day=40) == (1, 10)
    assert read("their_own_after_hours", nights(10, answered=2), day=40) is None


def test_a_reminder_is_impatient_before_their_usual_time_has_passed() -> None:
    items: list[Interaction] = []
    for number in range(10):
        day = number // 5 * 7 + number % 5
        items.append(message(day, 9, side=OUTBOUND, uid=f"<{number}>"))
        items.append(message(day, 15, answers=f"<{number}>", uid=f"<{number}-a>"))
    for number, hour in enumerate((11, 12, 13, 14, 9.1)):  # the last is the rest of the same thought
        items.append(message(number, hour, side=OUTBOUND, references=(f"<{number}>",)))
    for number in (7, 8):
        day = number // 5 * 7 + number % 5
        items.append(message(day, 14.9, side=OUTBOUND, references=(f"<{number}>",)))

    assert read("our_impatience", items, day=13) == (1, 6)
    slow = [message(30, 9, side=OUTBOUND, uid="<slow>"), message(31, 12, side=OUTBOUND, references=("<slow>",))]
    assert read("our_impatience", items + slow, day=32) == (6 / 7, 7)


def test_a_week_of_many_mails_stands_out_from_the_weeks_before() -> None:
    usual: list[Interaction] = [message(week * 7 + day, 10, side=OUTBOUND) for week in range(13) for day in (0, 2)] + [
        message(week * 7 + 1, 10) for week in range(14)
    ]
    flood: list[Interaction] = [message(91 + day / 10, 9 + day / 3, side=OUTBOUND) for day in range(8)]

    calm = read("our_contact_pressure", usual, day=91, hour=1)
    loud = read("our_contact_pressure", usual + flood, day=97, hour=23)

    assert calm is not None
    assert loud is not None
    assert abs(calm[0]) < 1
    assert loud[0] > 3


def test_only_an_answer_on_their_holiday_makes_it_an_intrusion() -> None:
    german = partner(hours=WorkingHours(zone="UTC", hours="Mon-Fri 09:00-17:00", country="DE"))
    whit_monday = 84
    sent = message(whit_monday, 9, side=OUTBOUND, uid="<a>")
    answered = message(whit_monday, 11, answers="<a>")

    assert read("our_holiday_intrusions", [sent], day=90, of=german) == (0, 1)
    assert read("our_holiday_intrusions", [sent, answered], day=90, of=german) == (1, 1)
    assert read("our_holiday_intrusions", [sent, answered], day=90) == (0, 1)


def test_answers_given_wholly_out_of_hours_are_counted() -> None:
    found = read("their_after_hours_answers", nights(10, answered=6), day=40)

    assert found == (1, 6)
