"""The fast reader against the standard library's, on real mail and on odd headers; and what odd mails become."""

from __future__ import annotations

import email
import email.utils
import lzma
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import people_of
from connectors.archive.mail import Reading, head_end, head_text, read_mail, scan
from connectors.archive.mbox import separators
from connectors.base import Skipped
from connectors.dates import mail_date
from connectors.headers import message_uid, references_of
from metrics.tone.fresh import fresh_text
from models.records import Message, MessageClass

NOW = datetime(2026, 3, 1, tzinfo=UTC)
READING = Reading(source="archive:x", now=NOW)
SINGLE = ("message-id", "in-reply-to", "references", "from", "date", "subject", "content-type", "list-id", "precedence")


def read(raw: bytes, reading: Reading = READING) -> Message | Skipped:
    return read_mail(raw, 0, len(raw), reading)[0]


def kept(raw: bytes, reading: Reading = READING) -> Message:
    found = read(raw, reading)
    assert isinstance(found, Message)
    return found


def squeezed(value: object) -> str:
    return " ".join(str(value).split())


def standard_addresses(values: list[str]) -> set[str]:
    pairs = email.utils.getaddresses([squeezed(v) for v in values])
    return {"".join(a.split()).lower() for _, a in pairs if a.rpartition("@")[0] and a.rpartition("@")[2]}


def standard_date(value: str | None) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError):
        return None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def differences(raw: bytes) -> list[str]:
    """Names of what the two readers see differently in one mail without its From line."""
    end = head_end(raw, 0, len(raw))
    ours = scan(head_text(raw[:end]))
    theirs = email.message_from_bytes(raw[:end] + b"\n\n")
    found = []
    for name in SINGLE:
        value = theirs.get(name)
        if (None if value is None else squeezed(value)) != (squeezed(ours[name]) if name in ours else None):
            found.append(name)
    for name in ("from", "to", "cc"):
        standard = standard_addresses([str(v) for v in theirs.get_all(name, [])])
        if {p.address for p in people_of(ours.get(name))} != standard:
            found.append(f"addresses of {name}")
    if mail_date(ours.get("date")) != standard_date(theirs.get("date")):
        found.append("moment")
    return found


def test_both_readers_agree_on_all_real_mail(shared_data: Path) -> None:
    data = lzma.decompress((shared_data / "mail" / "openbmc-2024-2026.mbox.xz").read_bytes())
    starts = [0, *separators(data, 0, final=True)]
    different: dict[str, int] = {}
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        line_end = data.index(b"\n", start) + 1
        for name in differences(data[line_end : min(end, line_end + 200_000)]):
            different[name] = different.get(name, 0) + 1

    assert len(starts) == 3471
    # Mail whose headers hold raw 8-bit text: the standard library gives it as "unknown-8bit", we read it.
    assert {k: v for k, v in different.items() if k not in ("subject", "from")} == {}
    assert sum(different.values()) <= 10


NAMES = st.sampled_from(["From", "to", "CC", "Subject", "Message-ID", "MESSAGE-ID", "References", "X-Other", "Date"])
VALUES = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    st.sampled_from(
        [
            "ana@example.org",
            '"Silva, Ana" <Ana@Example.org>, bo@p.example',
            "Ana (the first) <ana@example.org>",
            "undisclosed-recipients:;",
            "Team: ana@example.org, Bo <bo@p.example>;",
            "=?utf-8?q?J=C3=BCrgen?= <j@p.example>",
            "ana@example.org, , bo@p.example,",
            "<ana@example.org",
            "ana at example.org",
            "Mon, 5 Jan 2026 09:00:00 +0100",
            "Mon, 5 Jan 2026 09:00:00 -0000",
            "5 Jan 26 9:00 EST",
            "Mon, 32 Jan 2026 09:00:00 +0100",
            "Mon, 05 Jan 2026 24:00:00 +0100",
            "Tue Jan  6 09:00:00 2026",
            "<a@b>\n <c@d>\n\t<e@f>",
            "a@b.example\n , c@d.example",
        ]
    ),
)


@given(st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=8), st.booleans())
def test_both_readers_agree_on_odd_headers(headers: list[tuple[str, str]], dos: bool) -> None:
    raw = "".join(f"{name}: {value}\n" for name, value in headers).encode() + b"\nbody\n"
    if dos:
        raw = raw.replace(b"\n", b"\r\n")

    # The standard library reads "a <b@c" or "x @y.z" in ways of its own; nobody is lost whom both can name.
    found = [d for d in differences(raw) if not d.startswith("addresses")]

    assert found == []


@given(st.lists(st.from_regex(r"[a-z][a-z.]{0,8}[a-z]@[a-z]{1,9}\.(org|example)", fullmatch=True), max_size=6))
def test_plain_address_lists_are_read_whole(addresses: list[str]) -> None:
    shown = ", ".join(f'"Person {n}" <{a}>' if n % 2 else a for n, a in enumerate(addresses))

    assert [p.address for p in people_of(shown)] == list(dict.fromkeys(addresses))


@given(st.binary(max_size=600))
def test_no_bytes_at_all_stop_the_reader(raw: bytes) -> None:
    found = read(b"From: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n" + raw)

    assert isinstance(found, Message | Skipped)
    if isinstance(found, Message):
        repr(found).encode("utf-8")


def test_every_charset_that_mail_throws_is_read() -> None:
    names = {
        b"=?utf-8?q?J=C3=BCrgen?=": "Jürgen",
        b"=?ISO-8859-1?Q?J=FCrgen?=": "Jürgen",
        b"=?windows-1251?B?yOLg7Q==?=": "Иван",
        b"=?gb2312?B?1tC5+g==?=": "中国",
        b"=?ks_c_5601-1987?B?sei5zry6?=": "김민성",
        b"=?iso-2022-jp?B?GyRCQkBPOhsoQg==?=": "太郎",
        b"=?x-unknown?q?Ana?=": "Ana",
        b"=?utf-8?q?broken": "=?utf-8?q?broken",
        "Jürgen".encode(): "Jürgen",
        "Jürgen".encode("latin-1"): "Jürgen",
    }
    for raw, expected in names.items():
        mail = b"From: " + raw + b" <j@p.example>\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n\n"
        sender = kept(mail).sender
        assert sender is not None
        assert (sender.name, sender.address) == (expected, "j@p.example")


def test_nul_bytes_and_a_huge_header_do_no_harm() -> None:
    people = ", ".join(f"p{n}@partner.example" for n in range(60_000))
    raw = b"From: a@b.example\0\nSubject: x\0y\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nTo: " + people.encode() + b"\n\n"

    found = kept(raw[: 1024 * 1024 - 10] + b"\n\nbody")

    assert found.subject == "xy"
    assert len(found.to) > 40_000


def test_a_mail_without_a_blank_line_ends_its_headers_at_the_first_line_that_is_none() -> None:
    found = kept(b"From: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nHello there\nTo: not@a.header\n")

    assert found.to == ()


def test_the_time_is_the_topmost_received_and_a_far_date_is_flagged() -> None:
    received = (
        b"Received: from x by y; Tue, 6 Jan 2026 10:00:00 +0000\nReceived: by z; Mon, 5 Jan 2026 08:00:00 +0000\n"
    )

    near = kept(received + b"From: a@b.example\nDate: Tue, 6 Jan 2026 09:58:00 +0000\n\n")
    far = kept(received + b"From: a@b.example\nDate: Thu, 1 Jan 2026 09:58:00 +0000\n\n")
    impossible = kept(received + b"From: a@b.example\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n\n")

    assert near.at == far.at == impossible.at == datetime(2026, 1, 6, 10, tzinfo=UTC)
    assert [near.at_suspect, far.at_suspect, impossible.at_suspect] == [False, True, True]


def test_without_any_header_date_the_from_line_is_the_witness_of_last_resort() -> None:
    line = b"From ana@x.org Tue Jan  6 10:00:00 2026\n"

    found = kept(line + b"From: a@b.example\nDate: yesterday\n\n")

    assert found.at == datetime(2026, 1, 6, 10, tzinfo=UTC)
    assert found.at_suspect


def test_what_has_no_date_or_no_headers_is_skipped_with_its_reason() -> None:
    reasons = [
        read(raw)
        for raw in (
            b"From: a@b.example\n\n",
            b"From: a@b.example\nDate: Mon, 5 Jan 2099 09:00:00 +0000\n\n",
            b"just text\n\nmore\n",
        )
    ]

    assert [r.reason for r in reasons if isinstance(r, Skipped)] == ["no date", "no date", "no headers"]


def test_spam_trash_and_drafts_of_a_takeout_are_left_out() -> None:
    def labelled(labels: str) -> Message | Skipped:
        return read(f"X-Gmail-Labels: {labels}\nFrom: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n\n".encode())

    reasons = [
        found.reason if isinstance(found, Skipped) else None
        for found in map(
            labelled,
            ("Inbox,Important", "Spam,Unread", "Trash", "=?UTF-8?Q?Entw=C3=BCrfe?=", "Papierkorb,Gelesen", "Sent"),
        )
    ]

    assert reasons == [None, "spam", "trash", "draft", "trash", None]


def test_a_deleted_mail_that_thunderbird_has_not_yet_purged_is_left_out() -> None:
    found = read(b"X-Mozilla-Status: 0009\nFrom: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n\n")

    assert isinstance(found, Skipped)
    assert found.reason == "trash"


def test_ids_are_bounded_and_missing_ones_replaced_by_the_same_hash_each_time() -> None:
    base = b"From: a@b.example\nTo: c@d.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n"

    long = kept(base + b"Message-ID: <" + b"x" * 5000 + b"@y>\n\n")
    none, again = kept(base + b"\nhello"), kept(base + b"\nhello")
    empty = kept(base + b"Message-ID: <>\n\nhello")

    assert len(long.uid) <= 200
    assert none.uid == again.uid == empty.uid
    assert none.uid.startswith("~")
    assert message_uid("<a@b>") == "a@b"


def test_references_put_the_direct_parent_last() -> None:
    assert references_of({"references": "<1@x> <2@x>", "in-reply-to": "<2@x>"}) == ("1@x", "2@x")
    assert references_of({"references": "<1@x> <2@x>", "in-reply-to": "<1@x>"}) == ("2@x", "1@x")
    assert references_of({"in-reply-to": "Your message of Monday <9@x>"}) == ("9@x",)
    assert references_of({"in-reply-to": "Your message of Monday"}) == ()
    assert len(references_of({"references": " ".join(f"<{n}@x>" for n in range(900))})) == 50


def test_the_text_is_decoded_only_when_asked_for() -> None:
    raw = (
        b"From: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nMIME-Version: 1.0\n"
        b'Content-Type: text/plain; charset="iso-8859-1"\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n'
    )

    assert kept(raw).text is None
    assert (kept(raw, Reading(source="archive:x", now=NOW, with_text=True)).text or "").strip() == "Grüße"


def test_html_alone_is_handed_on_with_its_tags_for_the_cleaner_to_tell_quotes_by() -> None:
    raw = (
        b"From: a@b.example\nDate: Mon, 5 Jan 2026 09:00:00 +0000\nContent-Type: text/html\n\n"
        b"<style>p {}</style><p>Hello <b>you</b></p><p>Bye</p><div class=gmail_quote><blockquote>Old</blockquote></div>"
    )

    text = kept(raw, Reading(source="archive:x", now=NOW, with_text=True)).text

    assert (text or "").startswith("<html><style>")
    assert fresh_text(text or "").split() == ["Hello", "you", "Bye"]


def test_a_bounce_names_whom_it_could_not_reach() -> None:
    raw = (
        b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: ana@example.org\nDate: Mon, 5 Jan 2026 09:00:00 +0000\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nSorry\n\n--b\n'
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        b"Final-Recipient: rfc822; Bo@partner.example\nAction: failed\nStatus: 5.1.1\n\n"
        b"Final-Recipient: rfc822; late@partner.example\nAction: delayed\n\n--b--\n"
    )

    found = kept(raw)

    assert found.message_class is MessageClass.BOUNCE
    assert found.undelivered == ("bo@partner.example",)
