"""Whatever comes in, every signal, trend and finding comes out or is left out; nothing breaks."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from metrics.base import measured
from metrics.findings import findings
from metrics.registry import METRICS
from metrics.trend import trend_alarms
from models.records import Absence, Attendee, Interaction, Meeting, MessageClass, Person, Response, WorkingHours
from tests.factories import INBOUND, OURS, OUTBOUND, THEIRS, UTC_OFFICE, history, meeting, message, partner

ADDRESSES = (OURS, "eve@example.org", THEIRS, "ed@northwind.example", "x@else.example", "bo@gmail.com", "broken", "")
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  given below
NEAR = st.floats(0, 300).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))
ANYWHEN = st.one_of(NEAR, NEAR, NEAR, MOMENTS)
SOMEBODY = st.sampled_from(ADDRESSES)
SOME = st.lists(SOMEBODY, max_size=3)
UIDS = st.integers(0, 12).map("<{}>".format)


@st.composite
def mails(draw: st.DrawFn) -> Interaction:
    mail = message(
        side=draw(st.sampled_from([INBOUND, OUTBOUND])),
        uid=draw(UIDS),
        sender=draw(SOMEBODY),
        to=draw(SOME),
        cc=draw(SOME),
        references=tuple(draw(st.lists(UIDS, max_size=2))),
        message_class=draw(st.sampled_from([MessageClass.HUMAN] * 6 + list(MessageClass))),
        subject=draw(st.sampled_from([None, "", "Re:", "Budget", "RE: budget", "Status: AW:"])),
        thread=draw(st.sampled_from([None, "t1", "t2"])),
        back_on=draw(st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1))),
        undelivered=tuple(draw(SOME)),
        source=draw(st.sampled_from(["gmail:ana@example.org", "mbox:b"])),
    )
    return replace(mail, at=draw(ANYWHEN))


@st.composite
def meetings(draw: st.DrawFn) -> Interaction:
    start = draw(ANYWHEN)
    guests = tuple(
        Attendee(
            person=Person(address=who), response=draw(st.sampled_from(Response)), answered_at=draw(st.none() | NEAR)
        )
        for who in draw(SOME)
    )
    made = meeting(
        uid=draw(st.sampled_from("abcd")),
        attendees=guests,
        organiser=draw(SOMEBODY),
        cancelled=draw(st.booleans()),
        series=draw(st.sampled_from([None, "s"])),
        original_start=draw(st.none() | NEAR),
        created_at=draw(st.none() | NEAR),
        present=draw(st.none() | st.tuples(SOMEBODY, SOMEBODY)),
        subject=draw(st.sampled_from([None, "Quarterly review"])),
        seen=draw(ANYWHEN),
    )
    assert isinstance(made, Meeting)
    return replace(made, at=start, until=start + timedelta(minutes=draw(st.sampled_from([0, 30, 60 * 30]))))


ABSENCES = st.builds(
    Absence,
    partner=st.just("northwind"),
    since=st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    until=st.none() | st.dates(date(2025, 12, 1), date(2027, 1, 1)),
    person=st.none() | st.just(THEIRS),
)
HOURS = st.sampled_from(
    [
        UTC_OFFICE,
        WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 22:00-06:00", country="IN"),
        WorkingHours(hours="Sat 10:00-11:00"),
    ]
)


@given(
    items=st.lists(st.one_of(mails(), mails(), meetings()), max_size=60),
    absences=st.lists(ABSENCES, max_size=3),
    theirs=HOURS,
    learned=st.booleans(),
    day=st.integers(-100, 400),
)
def test_no_history_breaks_a_signal_a_trend_or_a_finding(
    items: list[Interaction], absences: list[Absence], theirs: WorkingHours, learned: bool, day: int
) -> None:
    whom = partner(
        hours=theirs, learned_hours=learned, addresses=("bo@gmail.com",), owner=OURS, backup="southwind", category="x"
    )
    known = history(items, day=day, of=whom, absences=absences)

    values = measured(known, METRICS)
    alarms = trend_alarms(known, limit=5)
    found = findings(known, values, trends=alarms)

    assert all(math.isfinite(value.value) and value.n >= 0 for value in values.values())
    assert all(row.sentence.endswith(".") and row.sentence[0] != " " for row in found)
    for name, value in values.items():
        metric = next(m for m in METRICS if m.name == name)
        if metric.unit == "share" and not name.endswith("overload"):
            assert 0 <= value.value <= 1, name
        if metric.unit in {"business hours", "joint business days"}:
            assert value.value >= 0, name
