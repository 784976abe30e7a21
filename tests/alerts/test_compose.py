"""The mails, word for word: golden files of text and HTML. WRITE_GOLDEN=1 writes them anew; git shows what changed."""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.compose import brief_of, html_of, text_of
from alerts.compose_alert import alert_sheet
from alerts.compose_digest import digest_sheet
from alerts.compose_grouped import grouped_sheet
from alerts.facts import Evidence, Mirror, Options, Rhythm
from alerts.gap_strip import gap_strip
from alerts.next_step import next_step
from connectors.headers import folded, message_class
from models.records import MessageClass, Partner, State
from tests.alerts.sheets import AT, DESK, DIGEST, NORTHWIND, mail_of, sheets

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(sheets())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_the_mail_is_word_for_word_as_before(name: str, kind: str) -> None:
    sheet, path = sheets()[name], GOLDEN / f"{name}.{kind}"
    made = f"Subject: {sheet.subject}\n\n{text_of(sheet)}" if kind == "txt" else html_of(sheet)
    if os.environ.get("WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")

    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_facts_give_the_same_bytes(name: str) -> None:
    assert mail_of(name, sheets()[name]).as_bytes() == mail_of(name, sheets()[name]).as_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_text_and_html_say_the_same(name: str) -> None:
    sheet = sheets()[name]
    said = _words(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_of(sheet), flags=re.DOTALL)))
    lines = [sheet.lead, *sheet.step, *sheet.footer]
    lines += [part for section in sheet.sections for line in section.lines for part in _parts(line, section.is_table)]
    lines += [line for card in sheet.cards for line in (card.lead, *card.lines)]
    text = _words(re.sub(r"\n[*>] ", "\n", text_of(sheet)))

    for line in lines:
        assert _words(line) in said
        assert _words(line) in text


@pytest.mark.parametrize("name", NAMES)
def test_the_html_loads_nothing_and_runs_nothing(name: str) -> None:
    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            named = dict(attributes)
            assert tag not in {"img", "script", "link", "iframe", "form", "object", "video"}
            assert not {"src", "background", "onclick", "srcset"} & named.keys()

    page = html_of(sheets()[name])

    Tags().feed(page)
    assert "url(" not in page
    assert len(page) < 100_000  # Gmail cuts a mail off at 102 KB


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_says_that_a_machine_wrote_it(name: str) -> None:
    mail = mail_of(name, sheets()[name])

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Gonequiet-Alert"] == "alert"
    assert mail["List-Id"] == "Gonequiet alerts <alerts.gonequiet.ourco.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    if sheets()[name].unsubscribe is not None:
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("name", NAMES)
def test_our_own_mail_is_never_counted_as_contact(name: str) -> None:
    mail = mail_of(name, sheets()[name])

    assert message_class(folded((key, str(value)) for key, value in mail.items())) is MessageClass.OWN_ALERT


def test_the_digest_of_thousands_stays_one_mail() -> None:
    rows = tuple(replace(DIGEST.rows[-1], partner=Partner(key=f"p{n}", title=f"Partner {n}")) for n in range(3000))
    sheet = digest_sheet(replace(DIGEST, rows=rows), DESK)

    assert sheet.title == "3000 partners"
    assert "The table shows 60 of 3000 partners." in text_of(sheet)
    assert len(html_of(sheet)) < 100_000


def test_hundreds_of_silences_at_once_stay_one_mail() -> None:
    titles = [f"Partner {n}" for n in range(400)]
    many = [replace(NORTHWIND, partner=Partner(key=title, title=title)) for title in titles]

    sheet = grouped_sheet(many, dict.fromkeys(titles, DESK), DESK)

    assert sheet.subject == "Quiet: Partner 0 (11 working days), Partner 1 (11) and 398 more"
    said = _words(text_of(sheet))
    assert all(title in said for title in titles)
    assert len(html_of(sheet)) < 100_000


def test_the_subject_says_it_all() -> None:
    subjects = {name: sheet.subject for name, sheet in sheets().items()}

    assert subjects["alert"] == "Quiet: Northwind Dev – no word from them for 11 working days (usual: 3)"
    assert subjects["we_owe"] == (
        "You owe: Harbor Legal – 2 answers for 11 working days; no word from them for 9 (usual: 4)"
    )


def test_a_title_cannot_break_out_of_page_or_header() -> None:
    evil = Partner(
        key="evil", title='<script>alert("x")</script>\r\nBcc: bo@northwind.example', owner="ana@ourco.example"
    )
    sheet = alert_sheet(replace(NORTHWIND, partner=evil), DESK)

    mail = mail_of("evil", sheet)

    assert "<script>" not in html_of(sheet)
    assert mail["Bcc"] is None
    assert "Bcc: bo" in str(mail["Subject"])


def test_a_name_cannot_turn_the_direction_of_the_words_around_it() -> None:
    turned = replace(NORTHWIND, partner=replace(NORTHWIND.partner, title="North\u202edniw Dev"))

    mail = mail_of("turned", alert_sheet(turned, DESK))

    body = mail.get_body(("plain",))
    assert body is not None
    assert str(mail["Subject"]).startswith("Quiet: Northdniw Dev – no word")
    assert "\u202e" not in body.get_content() + html_of(alert_sheet(turned, DESK))


def test_a_long_name_leaves_room_for_what_the_subject_says() -> None:
    long = replace(NORTHWIND, partner=replace(NORTHWIND.partner, title="Northwind " * 20))

    subject = alert_sheet(long, DESK).subject

    assert "… – no word from them for 11 working days (usual: 3)" in subject
    assert len(subject) < 120


def test_a_chat_room_is_told_the_heart_of_it() -> None:
    said = brief_of(alert_sheet(NORTHWIND, DESK)).splitlines()

    assert said == [
        alert_sheet(NORTHWIND, DESK).lead,
        "You owe them no answer. You wrote twice since, last on Thu 12 Nov; no reply.",
        "Next step: Call instead of sending another mail.",
        "Details: https://gonequiet.ourco.example/a/details.abcdefghijklmnop",
    ]


def test_a_week_in_which_answers_are_owed_is_not_called_calm() -> None:
    calm = DIGEST.rows[-1]

    subjects = [
        digest_sheet(replace(DIGEST, rows=(replace(calm, **said),)), DESK).subject  # type: ignore[arg-type]
        for said in ({}, {"owed": 2}, {"concern": "One of theirs is silent."})
    ]

    assert subjects == [
        f"Week of 23 Nov: {said} – 1 partner" for said in ("all calm", "answers owed to 1", "1 to look at")
    ]


def test_a_digest_leads_to_the_page_of_whoever_needs_a_look() -> None:
    assert 'href="https://gonequiet.ourco.example/a/details.harbor.abcdefghijklmnop"' in html_of(sheets()["digest"])


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ({"mirror": Mirror(owed=1, owed_days=2)}, "Answer first: their mail has waited for you for 2 working days."),
        ({"mirror": Mirror(owed=2, owed_to="L. Vance")}, "Answer L. Vance first: the silence may be waiting for us."),
        ({"options": Options(last_nudge=AT - timedelta(days=1), usual_answer_days=3)}, "Wait until Mon 23 Nov:"),
        ({"evidence": Evidence(next_meeting=AT + timedelta(days=2))}, "Raise it when you meet on Sun 22 Nov, 09:05."),
        ({"mirror": Mirror(wrote_since=3)}, "Call instead of sending another mail."),
        ({"mirror": Mirror()}, "Write or call: nobody has, on either side."),
    ],
)
def test_there_is_one_next_step(said: dict[str, object], first: str) -> None:
    bare = replace(NORTHWIND, options=Options(), evidence=Evidence(), mirror=Mirror(wrote_since=1))

    step = next_step(replace(bare, **said), DESK)  # type: ignore[arg-type]

    assert step[0].startswith(first)


@given(
    st.lists(st.floats(0.5, 300), max_size=30),
    st.none() | st.floats(0, 500),
    st.none() | st.floats(0.5, 50),
    st.none() | st.floats(0.5, 80),
)
def test_a_strip_stays_within_its_height(
    gaps: list[float], now: float | None, median: float | None, p90: float | None
) -> None:
    strip = gap_strip(gaps, now, median, p90)

    if strip is None:
        assert len(gaps) < 3
        return
    assert strip.band + strip.over == 56
    assert all(2 <= bar.inside <= strip.band and 0 <= bar.above <= max(2, strip.over) for bar in strip.bars)
    assert [bar.is_now for bar in strip.bars].count(True) == (now is not None)


@given(
    silence=st.none() | st.floats(0, 400),
    median=st.none() | st.floats(0.5, 60),
    owed=st.integers(0, 9),
    wrote=st.integers(0, 9),
    state=st.sampled_from([State.LATE, State.QUIET, State.GONE, State.FADING]),
)
def test_whatever_is_known_makes_a_mail(
    silence: float | None, median: float | None, owed: int, wrote: int, state: State
) -> None:
    facts = replace(
        NORTHWIND,
        silence=silence,
        state=state,
        rhythm=Rhythm(median=median),
        mirror=Mirror(owed=owed, wrote_since=wrote),
        evidence=Evidence(),
        options=Options(),
    )

    mail = mail_of("any", alert_sheet(facts, DESK))

    assert "None" not in str(mail["Subject"])
    assert b"None" not in mail.as_bytes()


def _parts(line: str, is_table: bool) -> list[str]:
    return line.split(": ", 1) if is_table else [line]


def _words(text: str) -> str:
    return " ".join(text.split())
