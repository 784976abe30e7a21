"""Classes, ids, dates of return and people, told from headers."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from connectors.absences import back_on, says_automatic
from connectors.addresses import decoded, people_of, plain_address
from connectors.dates import choose_time, from_line_date, mail_date, received_date
from connectors.headers import fallback_uid, folded, message_class, read_message, settle_class, undelivered
from models.directory import Directory
from models.records import Message, MessageClass, Partner, Person

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DIRECTORY = Directory(["example.org"], [Partner(key="p", title="P", domains=("partner.example",))])


def of(**headers: str) -> MessageClass:
    named = {"from": "Bo <bo@partner.example>", "to": "ana@example.org", "subject": "Offer"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return message_class(named)


def message(**headers: str) -> Message:
    named = {"from": "Bo <bo@partner.example>", "to": "ana@example.org", "message-id": "<1@x>"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return read_message(named, source="archive:x", external_id=None, at=AT)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, MessageClass.HUMAN),
        ({"x_gonequiet_alert": "late", "list_id": "<l>"}, MessageClass.OWN_ALERT),
        ({"return_path": "<>"}, MessageClass.BOUNCE),
        ({"content_type": "multipart/report; report-type=delivery-status"}, MessageClass.BOUNCE),
        ({"content_type": "multipart/report; report-type=disposition-notification"}, MessageClass.SYSTEM),
        ({"x_failed_recipients": "x@y.example", "auto_submitted": "auto-replied"}, MessageClass.BOUNCE),
        (
            {"from": "MAILER-DAEMON@mx.example", "return_path": "<>", "auto_submitted": "auto-replied"},
            MessageClass.BOUNCE,
        ),
        ({"auto_submitted": "auto-replied", "return_path": "<>"}, MessageClass.AUTO_REPLY),
        ({"auto_submitted": "auto-generated"}, MessageClass.AUTO_REPLY),
        ({"auto_submitted": "auto-replied; owner-email=x"}, MessageClass.AUTO_REPLY),
        ({"auto_submitted": "no"}, MessageClass.HUMAN),
        ({"x_autoreply": "yes"}, MessageClass.AUTO_REPLY),
        ({"precedence": "auto_reply"}, MessageClass.AUTO_REPLY),
        ({"subject": "Automatic reply: Offer"}, MessageClass.AUTO_REPLY),
        ({"subject": "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Offre?="}, MessageClass.AUTO_REPLY),
        ({"subject": "Re: Automatic reply: Offer"}, MessageClass.HUMAN),
        ({"x_auto_response_suppress": "All"}, MessageClass.HUMAN),
        ({"content_type": "text/calendar; method=REQUEST"}, MessageClass.CALENDAR),
        ({"content_type": "text/calendar", "auto_submitted": "auto-generated"}, MessageClass.CALENDAR),
        ({"content_class": "urn:content-classes:calendarmessage"}, MessageClass.CALENDAR),
        ({"list_id": "<dev.lists.example>"}, MessageClass.BULK),
        ({"list_unsubscribe": "<mailto:u@x>"}, MessageClass.BULK),
        ({"precedence": "bulk"}, MessageClass.BULK),
        ({"from": "no-reply@partner.example"}, MessageClass.SYSTEM),
        ({"from": "bounces+17@partner.example"}, MessageClass.SYSTEM),
    ],
)
def test_the_class_is_told_from_headers(headers: dict[str, str], expected: MessageClass) -> None:
    assert of(**headers) is expected


def test_a_calendar_part_makes_a_mail_a_calendar_mail() -> None:
    assert message_class({"from": "bo@p.example"}, calendar=True) is MessageClass.CALENDAR


def test_a_partner_who_posts_through_a_list_to_one_of_us_is_a_person() -> None:
    post = message(list_id="<dev.x>", list_post="<mailto:dev@x>", to="dev@x.example", cc="ana@example.org")

    assert post.message_class is MessageClass.BULK
    assert settle_class(post, DIRECTORY).message_class is MessageClass.HUMAN


def test_one_of_ours_who_posts_to_a_partner_through_a_list_is_a_person() -> None:
    post = message(**{"from": "ana@example.org", "to": "bo@partner.example", "list_id": "<l>", "in_reply_to": "<0@x>"})

    assert settle_class(post, DIRECTORY).message_class is MessageClass.HUMAN


@pytest.mark.parametrize(
    "headers",
    [
        {"list_id": "<dev.x>", "list_post": "<mailto:dev@x>", "to": "dev@x.example"},  # to the list alone
        {"list_id": "<news.x>", "list_unsubscribe": "<mailto:u@x>"},  # a newsletter to one of us
        {"list_id": "<l>", "list_post": "<mailto:l@x>", "from": "eve@other.example"},  # a stranger
        {"list_id": "<l>", "list_post": "<mailto:l@x>", "from": "no-reply@partner.example"},
        {"list_id": "<l>", "list_post": "NO", "list_unsubscribe": "<mailto:u@x>"},
    ],
)
def test_other_list_mail_stays_bulk(headers: dict[str, str]) -> None:
    assert settle_class(message(**headers), DIRECTORY).message_class is MessageClass.BULK


def test_precedence_alone_is_only_a_hint_about_a_known_person() -> None:
    assert settle_class(message(precedence="bulk"), DIRECTORY).message_class is MessageClass.HUMAN
    stranger = message(**{"precedence": "bulk", "from": "eve@other.example"})
    assert settle_class(stranger, DIRECTORY).message_class is MessageClass.BULK


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Automatic reply: out until 12 August", date(2026, 8, 12)),
        ("Out of Office: back on 2026-08-03", date(2026, 8, 3)),
        ("Out of office returning Monday, August 3rd", date(2026, 8, 3)),
        ("Autoreply: on leave through 7/31/2026", date(2026, 8, 1)),
        ("OOO July 20 - July 28", date(2026, 7, 28)),
        ("Abwesenheitsnotiz: bis 14.08.2026", date(2026, 8, 14)),
        ("Automatische Antwort: zurück am Montag, den 3. August", date(2026, 8, 3)),
        ("Abwesend vom 20.07. bis 31.07.", date(2026, 7, 31)),
        ("Réponse automatique : absent jusqu'au 12 août", date(2026, 8, 12)),
        ("Respuesta automática: vuelvo el 5 de septiembre de 2026", date(2026, 9, 5)),
        ("Fuori ufficio fino al 31/07", date(2026, 7, 31)),
        ("Afwezigheidsbericht: terug op 10 augustus", date(2026, 8, 10)),
        ("Nieobecność do 14 sierpnia", date(2026, 8, 14)),
        ("Out of office until Jan 4", date(2027, 1, 4)),
        ("自动回复: 2026年8月3日 回来", date(2026, 8, 3)),
        ("Automatic reply: offer valid until 3 August", None),
        ("Automatic reply: Re: invoice 12/2025", None),
        ("Out of office", None),
        ("Out of office until 31 February", None),
        ("Out of office: back on 2019-01-01", None),
        ("", None),
    ],
)
def test_an_automatic_reply_tells_when_its_sender_is_back(subject: str, expected: date | None) -> None:
    assert back_on(subject, date(2026, 7, 20)) == expected


def test_only_an_automatic_reply_carries_a_date_of_return() -> None:
    assert message(subject="Out of office until 12 January").back_on == date(2026, 1, 12)
    assert message(subject="I am out of office until 12 January").back_on is None


def test_ordinary_subjects_say_nothing_automatic() -> None:
    for subject in ("Re: Out of office", "Office move", "Autumn release", "Response times", "Vacation plans 2026"):
        assert not says_automatic(subject)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 5 Jan 2026 10:00:00 +0100", AT),
        ("Mon, 5 Jan 2026 10:00:00 +0100 (CET)", AT),
        ("5 Jan 2026 09:00:00 GMT", AT),
        ("Mon, 5 Jan 26 09:00 +0000", AT),
        ("Mon, 05 Jan 2026 09:00:00 -0000", AT),
        ("Mon, 5 Jan 2026 04:00:00 EST", AT),
        ("Mon, 32 Jan 2026 10:00:00 +0100", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("x" * 5000, None),
    ],
)
def test_dates_are_read_in_utc(value: str | None, expected: datetime | None) -> None:
    assert mail_date(value) == expected


def test_a_received_header_gives_what_follows_its_last_semicolon() -> None:
    assert received_date("from a (b; c) by d; Mon, 5 Jan 2026 10:00:00 +0100 (CET)") == AT
    assert received_date("from a by b") is None


@pytest.mark.parametrize(
    "line",
    [
        "From ana@x.org Mon Jan  5 09:00:00 2026",
        "From 1798765@xxx Mon Jan 05 09:00:00 +0000 2026",
        "From ana Mon Jan  5 04:00:00 EST 2026",
        "From ana@x.org Mon Jan  5 10:00:00 2026 +0100",
    ],
)
def test_a_from_line_gives_its_time(line: str) -> None:
    assert from_line_date(line) == AT


def test_an_unbelievable_witness_makes_the_next_one_speak_and_the_time_suspect() -> None:
    past, future = datetime(1970, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)

    assert choose_time(past, AT, now=AT) == (AT, True)
    assert choose_time(future, AT, now=AT) == (AT, True)
    assert choose_time(AT, future, now=AT) == (AT, True)
    assert choose_time(AT, AT, now=AT) == (AT, False)
    assert choose_time(None, AT, now=AT) == (AT, False)
    assert choose_time(past, future, now=AT) is None


def test_odd_ways_to_write_people_are_read() -> None:
    def addresses(value: str) -> list[str]:
        return [p.address for p in people_of(value)]

    assert addresses("Team: a@x.org, Bo <B@x.org>;") == ["a@x.org", "b@x.org"]
    assert addresses("undisclosed-recipients:;") == []
    assert addresses("'ana@x.org' <ana@x.org>") == ["ana@x.org"]
    assert addresses('"Silva, Ana" <ana@x.org>, "Ana <bo@x.org>') == ["ana@x.org", "bo@x.org"]
    assert addresses("ana@x.org, ana@X.org") == ["ana@x.org"]
    assert plain_address("mailto:Ana@X.org") == "ana@x.org"
    assert decoded("=?utf-8?b?w4Q=?= =?utf-8?b?w5Y=?=") == "ÄÖ"


@pytest.mark.parametrize(
    "value", ["a'" * 200_000, "(" * 5000, "a " * 200_000, '"' * 100_001, "<a@b" * 50_000, "a." * 99_999]
)
def test_a_hostile_header_costs_little_time(value: str) -> None:
    began = time.process_time()

    people_of(value)
    decoded(value)
    back_on(value, date(2026, 1, 1))

    assert time.process_time() - began < 2


def test_missing_ids_hash_to_the_same_for_the_same_mail_only() -> None:
    ana, bo = Person(address="ana@x.org"), Person(address="bo@x.org")

    same = fallback_uid(ana, AT, "Offer  one", [bo, ana])

    assert same == fallback_uid(ana, AT.replace(second=59), "Offer one", [ana, bo])
    assert same != fallback_uid(ana, AT, "Offer two", [ana, bo])


def test_only_failed_recipients_of_a_report_are_undelivered() -> None:
    report = "Final-Recipient: rfc822; a@x.org\nAction: failed\n\nFinal-Recipient: rfc822;b@x.org\nAction: delayed\n"

    assert undelivered({"x-failed-recipients": "c@x.org, d@x.org"}, report) == ("c@x.org", "d@x.org", "a@x.org")


def test_vendor_pairs_are_folded_with_repeated_recipients_joined() -> None:
    found = folded([("To", "a@x.org"), ("TO", "b@x.org"), ("Subject", "one\r\n two"), ("Subject", "three")])

    assert found == {"to": "a@x.org, b@x.org", "subject": "one two"}
