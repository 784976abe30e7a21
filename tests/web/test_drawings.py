"""The drawings say in words what they show, stay within their frame, and hold no more than their figures."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.records import Flip, Interaction, MessageClass, State, WorkingHours
from tests.factories import INBOUND, OUTBOUND, history, message, moment, partner
from web.answer_times import WIDTH, answer_times
from web.drawings import gap_chart, timeline
from web.fact_sheet import fact_sheet
from web.people_table import people_table
from web.pressure_band import HEIGHT, pressure_band
from web.unseen import unseen


def exchange(days: int, *, answered: int) -> list[Interaction]:
    """A question of ours each day at ten; the first ones are answered at eleven."""
    items: list[Interaction] = []
    for day in range(days):
        items.append(message(day, 10, side=OUTBOUND, uid=f"<{day}>"))
        if day < answered:
            items.append(message(day, 11, side=INBOUND, answers=f"<{day}>"))
    return items


def test_an_answer_is_a_dot_and_what_is_open_an_arrow() -> None:
    drawn = answer_times(history(exchange(4, answered=3), day=4))

    assert drawn is not None
    (theirs, *_), longer = drawn.rows, drawn.rows[1]
    assert [spot.is_open for spot in theirs.spots] == [False, False, False, True]
    assert len(longer.spots) == 4
    assert theirs.says == "They, 28 days: 3 answered, 1 open."


def test_many_like_answers_are_drawn_as_a_few_dots_and_counted_whole() -> None:
    drawn = answer_times(history(exchange(60, answered=60), day=60))

    assert drawn is not None
    theirs = drawn.rows[1]
    assert len(theirs.spots) == 5
    assert theirs.says.startswith("They, 90 days: 44 answered")


def test_nobody_waiting_draws_nothing() -> None:
    assert answer_times(history([], day=4)) is None
    assert pressure_band(history([], day=4)) is None
    assert people_table(history([], day=4), {}, our_people=True) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 89), st.integers(0, 23), st.booleans()), max_size=60))
def test_every_mark_lies_within_its_frame(mails: list[tuple[int, int, bool]]) -> None:
    items: list[Interaction] = [
        message(day, hour, side=OUTBOUND if ours else INBOUND, uid=f"<{n}>")
        for n, (day, hour, ours) in enumerate(mails)
    ]
    made = history(items, day=90)

    times, band, line = answer_times(made), pressure_band(made), timeline(made, ())

    for row in times.rows if times else ():
        assert all(0 <= spot.x <= WIDTH and abs(spot.y - row.y) <= 12 for spot in row.spots)
    for bar in band.bars if band else ():
        assert 0 <= bar.y <= HEIGHT
        assert abs(bar.y + bar.height - HEIGHT) < 0.2
    assert all(0 <= mark.x <= 720 for mark in line.marks)
    assert len(line.rows) <= 40


def test_a_flood_stands_above_the_line() -> None:
    usual = [message(week * 7, 10, side=OUTBOUND, uid=f"<{week}>") for week in range(14)]
    usual += [message(week * 7 + 1, 10, uid=f"<in{week}>") for week in range(14)]
    flood = [message(14 * 7 + n % 5, 9 + n // 5, side=OUTBOUND, uid=f"<f{n}>") for n in range(30)]

    band = pressure_band(history([*usual, *flood], day=14 * 7 + 6))

    assert band is not None
    assert band.bars[-1].kind == "much"
    assert all(bar.kind == "usual" for bar in band.bars[-6:-3])


def test_the_limits_of_late_and_quiet_are_drawn_within_the_chart() -> None:
    chart = gap_chart([1, 2, 1, 3], 4, 1, 2, [("late", 6), ("quiet", 9)])

    assert chart is not None
    assert [name for _, name in chart.limits] == ["late", "quiet"]
    assert all(0 <= y <= chart.floor for y, _ in chart.limits)


def test_people_of_ours_are_named_only_where_the_setting_allows() -> None:
    made = history(exchange(20, answered=20), day=20)

    private, named = people_table(made, {}, our_people=False), people_table(made, {}, our_people=True)

    assert private is not None
    assert named is not None
    assert private.ours == ()
    assert private.rows[0].days == ()
    assert len(named.ours) == 1
    assert named.rows[0].days == (20,)


def test_the_fact_sheet_names_nobody_and_judges_nobody() -> None:
    made = history(exchange(60, answered=50), day=60)

    said = repr(fact_sheet(partner(), made, we="ourco.example"))

    assert "@" not in said
    for word in ("quiet", "late", "alert", "chance", "tone"):
        assert f" {word} " not in said


def test_both_columns_of_the_fact_sheet_are_filled_or_the_row_is_left_out() -> None:
    sheet = fact_sheet(partner(), history(exchange(60, answered=50), day=60), we="ourco.example")

    assert sheet.facts
    assert all(fact.theirs and fact.ours and fact.meaning for fact in sheet.facts)


def test_a_holiday_is_shaded_on_the_row_of_its_side() -> None:
    whole_week = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    closed = WorkingHours(zone="UTC", hours="Mon-Fri 09:00-17:00", closed=whole_week)

    spans = timeline(history(exchange(20, answered=20), day=20, of=partner(hours=closed)), ()).spans

    assert spans
    assert {(span.kind, span.y) for span in spans} == {("holiday", 10)}
    assert all(span.says.startswith("Their holiday") for span in spans)


def test_an_automatic_reply_has_its_own_mark_and_is_no_mail() -> None:
    items = exchange(3, answered=2)
    items += [message(2, hour, uid=f"<auto{hour}>", message_class=MessageClass.AUTO_REPLY) for hour in (12, 13)]

    drawn = timeline(history(items, day=3), ())

    assert [mark.says for mark in drawn.marks if mark.kind == "auto"] == [
        "Wed 4 Mar 2026: 2 automatic replies of theirs"
    ]
    assert drawn.says == "In 26 weeks: 2 mails from them, 3 mails to them, no meetings held."
    assert "automatic reply" in drawn.legend
    assert "automatic" not in timeline(history(exchange(3, answered=2), day=3), ()).legend


def test_labels_of_changes_do_not_lie_upon_each_other() -> None:
    turns = [
        Flip(partner="northwind", old=State.ON_RHYTHM, new=State.LATE, turned_at=moment(day), reason="")
        for day in (40, 85, 87, 88)
    ]

    marks = timeline(history(exchange(20, answered=20), day=90), turns).flips

    assert [mark.label for mark in marks] == ["late", "", "", "late"]
    assert len({mark.x for mark in marks}) == 4


def test_what_cannot_be_seen_depends_on_what_is_connected() -> None:
    nothing = unseen([], [], text_read=False, subjects_kept=True)
    text = unseen([], [], text_read=True, subjects_kept=False)

    assert "What was written: only headers are read." in nothing
    assert "What was written: texts are scored for tone and dropped." in text
    assert "Subjects: they are dropped." in text
