"""Calendars as programs really write them, and the invitations in mails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.archive.ics import Window, is_calendar, read_calendar
from connectors.archive.mail import Reading, read_mail
from connectors.base import Skipped
from models.records import Meeting, MeetingStatus, Message, MessageClass, Response

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *head.split("\n")]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().split("\n"), "END:VEVENT"]
    return "\r\n".join([line.strip() for line in lines if line.strip()] + ["END:VCALENDAR", ""]).encode()


def read(raw: bytes, days: int = 60) -> list[Meeting | Skipped]:
    return list(read_calendar(raw, source="archive:x", window=Window(until=NOW + timedelta(days=days), seen_at=NOW)))


def meetings(raw: bytes, days: int = 60) -> list[Meeting]:
    return [item for item in read(raw, days) if isinstance(item, Meeting)]


def test_a_meeting_carries_its_people_and_their_answers() -> None:
    (found,) = meetings(
        calendar(
            """UID:1@x
            DTSTAMP:20260102T000000Z
            CREATED:20251220T080000Z
            LAST-MODIFIED:20260103T000000Z
            SEQUENCE:2
            DTSTART;TZID=Europe/Berlin:20260105T100000
            DTEND;TZID=Europe/Berlin:20260105T110000
            SUMMARY:Review\\, weekly
            ORGANIZER;CN=Ana:MAILTO:Ana@Example.org
            ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@partner.example
            ATTENDEE;PARTSTAT=DECLINED;ROLE=OPT-PARTICIPANT:mailto:cy@partner.example
            ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room1@example.org
            ATTENDEE;EMAIL=di@partner.example:urn:uuid:1234
            TRANSP:TRANSPARENT"""
        )
    )

    assert (found.at, found.until) == (datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 10, tzinfo=UTC))
    assert found.seen_at == datetime(2026, 1, 3, tzinfo=UTC)
    assert found.created_at == datetime(2025, 12, 20, 8, tzinfo=UTC)
    assert found.organiser is not None
    assert found.organiser.address == "ana@example.org"
    assert [(a.person.address, a.response, a.optional, a.resource) for a in found.attendees] == [
        ("bo@partner.example", Response.ACCEPTED, False, False),
        ("cy@partner.example", Response.DECLINED, True, False),
        ("room1@example.org", Response.ACCEPTED, False, True),
        ("di@partner.example", Response.NONE, False, False),
    ]
    assert (found.subject, found.sequence, found.free, found.series) == ("Review, weekly", 2, True, None)


def test_a_series_is_expanded_with_its_moves_gaps_and_cancellations() -> None:
    found = meetings(
        calendar(
            """UID:s@x
            DTSTAMP:20260101T000000Z
            DTSTART;TZID=W. Europe Standard Time:20260105T100000
            DURATION:PT1H
            RRULE:FREQ=WEEKLY;COUNT=5
            EXDATE;TZID=W. Europe Standard Time:20260112T100000""",
            """UID:s@x
            DTSTAMP:20260101T000000Z
            RECURRENCE-ID;TZID=W. Europe Standard Time:20260119T100000
            DTSTART;TZID=W. Europe Standard Time:20260120T140000
            DURATION:PT1H""",
            """UID:s@x
            DTSTAMP:20260101T000000Z
            RECURRENCE-ID;TZID=W. Europe Standard Time:20260126T100000
            DTSTART;TZID=W. Europe Standard Time:20260126T100000
            DURATION:PT1H
            STATUS:CANCELLED""",
        )
    )

    assert [(m.at.day, m.at.hour, m.status) for m in found] == [
        (5, 9, MeetingStatus.CONFIRMED),
        (20, 13, MeetingStatus.CONFIRMED),
        (26, 9, MeetingStatus.CANCELLED),
        (2, 9, MeetingStatus.CONFIRMED),
    ]
    moved = found[1]
    assert moved.original_start == datetime(2026, 1, 19, 9, tzinfo=UTC)
    assert moved.uid == "s@x|20260119T090000Z"
    assert {m.series for m in found} == {"s@x"}


def test_a_series_keeps_its_local_hour_over_the_change_of_clocks() -> None:
    found = meetings(
        calendar(
            "UID:d@x\nDTSTAMP:20260101T000000Z\nDTSTART;TZID=Europe/Berlin:20260323T090000\nRRULE:FREQ=WEEKLY;COUNT=2"
        )
    )

    assert [m.at.hour for m in found] == [8, 7]


def test_an_endless_series_ends_at_the_horizon() -> None:
    endless = calendar("UID:e@x\nDTSTAMP:20260101T000000Z\nDTSTART:20200101T090000Z\nRRULE:FREQ=DAILY")

    found = meetings(endless, days=10)

    assert found[-1].at < NOW + timedelta(days=10) <= found[-1].at + timedelta(days=1)
    assert len(found) == (NOW + timedelta(days=10) - datetime(2020, 1, 1, 9, tzinfo=UTC)).days + 1


HOURS, SIXTY = ",".join(map(str, range(24))), ",".join(map(str, range(60)))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        f"FREQ=DAILY;BYHOUR={HOURS};BYMINUTE={SIXTY};BYSECOND={SIXTY}",
        f"FREQ=YEARLY;BYHOUR={HOURS};BYMINUTE={SIXTY};BYDAY=MO,TU,WE,TH,FR",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYYEARDAY=1;BYMONTH=12",
    ],
)
def test_a_rule_that_no_meeting_follows_costs_nothing(rule: str) -> None:
    raw = calendar(f"UID:h@x\nDTSTAMP:20260101T000000Z\nDTSTART:19900101T090000Z\nRRULE:{rule}", EVENT)
    began = process_time()

    bad, good = read(raw)
    _, by_mail = invitation("REQUEST", f"UID:h@x\nDTSTAMP:20260101T000000Z\nDTSTART:19900101T090000Z\nRRULE:{rule}")

    assert isinstance(bad, Skipped)
    assert isinstance(good, Meeting)
    assert by_mail == []
    assert process_time() - began < 1


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-1", "FREQ=DAILY;BYMONTH=1;BYDAY=MO;INTERVAL=1"])
def test_a_daily_rule_for_some_days_of_the_year_is_followed(rule: str) -> None:
    assert meetings(calendar(f"UID:h@x\nDTSTAMP:20250101T000000Z\nDTSTART:20250101T090000Z\nRRULE:{rule}"))


@pytest.mark.parametrize("name", ["VEVENT", "VTIMEZONE"])
def test_a_broken_calendar_is_read_in_one_pass(name: str) -> None:
    began = process_time()

    found = read(b"BEGIN:VCALENDAR\r\nX\r\n" + f"BEGIN:{name}\r\n".encode() * 20_000)

    assert [item.reason for item in found if isinstance(item, Skipped)] == ["unreadable calendar"]
    assert process_time() - began < 2


def test_a_mail_of_many_series_brings_a_bounded_number_of_meetings() -> None:
    many = [f"UID:{n}@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260101T090000Z\nRRULE:FREQ=DAILY" for n in range(40)]

    _, found = invitation("REQUEST", *many)

    assert 1_000 <= len(found) < 1_500


def test_floating_and_all_day_times_lie_in_the_zone_of_the_calendar() -> None:
    floating, whole_day = meetings(
        calendar(
            "UID:f@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260105T100000\nDTEND:20260105T103000",
            "UID:a@x\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:20260106",
            head="X-WR-TIMEZONE:Asia/Kolkata",
        )
    )

    assert floating.at == datetime(2026, 1, 5, 4, 30, tzinfo=UTC)
    assert (whole_day.at, whole_day.until) == (
        datetime(2026, 1, 5, 18, 30, tzinfo=UTC),
        datetime(2026, 1, 6, 18, 30, tzinfo=UTC),
    )
    assert whole_day.all_day


def test_one_broken_event_does_not_cost_the_others() -> None:
    found = read(
        calendar(
            "UID:1@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260105T100000Z",
            "UID:2@x\nDTSTART:not a date",
            "UID:3@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260107T100000Z\nRRULE:FREQ=SOMETIMES",
            "UID:4@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260108T100000Z",
            "UID:5@x\nDTSTAMP:20260101T000000Z",
        )
    )

    assert [m.uid for m in found if isinstance(m, Meeting)][:1] == ["1@x"]
    assert "4@x" in [m.uid for m in found if isinstance(m, Meeting)]
    assert len(found) == 5
    assert {s.reason for s in found if isinstance(s, Skipped)} == {"unreadable event"}


def test_an_end_before_the_start_is_taken_as_no_length() -> None:
    (found,) = meetings(calendar("UID:1@x\nDTSTAMP:20260101T000000Z\nDTSTART:20260105T100000Z\nDTEND:20260105T090000Z"))

    assert found.until == found.at


@given(st.lists(st.sampled_from("BEGIN:VEVENT END:VEVENT UID:x DTSTART:20260101T000000Z RRULE: ATTENDEE:x :".split())))
def test_no_calendar_text_stops_the_reader(lines: list[str]) -> None:
    for item in read("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()):
        assert isinstance(item, Meeting | Skipped)


def test_a_calendar_is_told_by_its_first_line() -> None:
    assert is_calendar(b"\xef\xbb\xbfBEGIN:VCALENDAR\r\n")
    assert not is_calendar(b"BEGIN:VCARD\r\n")


def invitation(method: str, *events: str) -> tuple[Message | Skipped, list[Meeting]]:
    part = calendar(*events, head=f"METHOD:{method}").decode()
    raw = (
        "From: ana@example.org\nTo: bo@partner.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nMessage-ID: <i@x>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\nhi\n'
        f"--b\nContent-Type: text/calendar; method={method}\n\n{part}\n--b--\n"
    ).encode()
    return read_mail(raw, 0, len(raw), Reading(source="archive:x", now=NOW))


EVENT = """UID:1@x
DTSTAMP:20260104T000000Z
DTSTART:20260112T100000Z
DTEND:20260112T110000Z
ORGANIZER:mailto:ana@example.org
ATTENDEE:mailto:bo@partner.example"""


def test_an_invitation_by_mail_is_a_calendar_mail_and_a_version_of_the_meeting() -> None:
    mail, (found,) = invitation("REQUEST", EVENT)

    assert isinstance(mail, Message)
    assert mail.message_class is MessageClass.CALENDAR
    assert (found.uid, found.at.day, found.seen_at) == ("1@x", 12, mail.at)
    assert found.external_id != mail.external_id


def test_a_cancellation_by_mail_is_a_cancelled_version() -> None:
    _, (found,) = invitation("CANCEL", EVENT + "\nSTATUS:CANCELLED")

    assert found.status is MeetingStatus.CANCELLED


def test_taking_one_invitee_off_the_list_cancels_nothing() -> None:
    assert invitation("CANCEL", EVENT)[1] == []


def test_an_answer_by_mail_makes_no_version_of_the_meeting() -> None:
    mail, found = invitation("REPLY", EVENT)

    assert isinstance(mail, Message)
    assert mail.message_class is MessageClass.CALENDAR
    assert found == []


def test_an_update_of_a_series_by_mail_leaves_what_was_held_alone() -> None:
    _, found = invitation(
        "REQUEST", "UID:w@x\nDTSTAMP:20260104T000000Z\nDTSTART:20251201T100000Z\nRRULE:FREQ=WEEKLY;COUNT=10"
    )

    assert [m.at.date().isoformat() for m in found] == [
        "2026-01-05",
        "2026-01-12",
        "2026-01-19",
        "2026-01-26",
        "2026-02-02",
    ]
