"""The page: what it shows to whom, what may be edited there, and that strangers see nothing."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import text

from alerts.links import Links, Ticket
from flows.notify import notify
from metrics.history import History
from models.records import Partner, Standing, State
from models.store.standings import Judgement
from models.store.store import Store
from tests.alerts.mailbox import Mailbox
from tests.alerts.scene import ANA, DAY, HOUR, NOW, add_partner, pressed, put, settings, turn
from tests.web.browser import Browser
from tests.web.scene import SETTINGS, everything, link, sight
from web.app import create_app
from web.first_page import groups_of, status_rows, tally
from web.pages import Sight


def test_strangers_see_nothing(page: Browser) -> None:
    answers = [page.get("/"), page.get("/partners/northwind")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not any("Northwind" in answer.text for answer in answers)


def test_another_links_token_opens_no_page(page: Browser, sqlite_store: Store) -> None:
    page.cookies.set("gonequiet", link(sqlite_store, "handled").rpartition("/")[2])

    assert page.get("/").status_code == 403


def test_who_comes_by_a_mail_sees_status_and_partner(page: Browser, sqlite_store: Store) -> None:
    shown = page.get(link(sqlite_store, "details"))
    status = page.get("/")

    assert shown.url.path == "/partners/northwind"
    assert "Northwind</h1>" in shown.text
    assert "What this page cannot see" in shown.text
    assert "Silent." in status.text


def test_no_page_runs_a_script_or_loads_anything_from_elsewhere(page: Browser, sqlite_store: Store) -> None:
    answers = [page.get(link(sqlite_store, "details")), page.get("/"), page.get(link(sqlite_store, "leave"))]

    for answer in answers:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in answer.text
        assert " style=" not in answer.text  # the policy would not let it
        assert set(re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', answer.text)) == set()


def test_words_of_people_cannot_become_markup(page: Browser, sqlite_store: Store) -> None:
    page.post(link(sqlite_store, "not-a-problem"), data={"confirm": "yes", "note": "<img src=x onerror=y>"})

    shown = page.get(link(sqlite_store, "details")).text

    assert "<img" not in shown
    assert "&lt;img src=x onerror=y&gt;" in shown


def test_a_form_too_large_is_refused(page: Browser, sqlite_store: Store) -> None:
    answer = page.post(link(sqlite_store, "not-a-problem"), data={"confirm": "yes", "note": "x" * 20_000})

    assert answer.status_code == 413


def test_an_answer_on_the_page_stops_the_escalation(page: Browser, sqlite_store: Store) -> None:
    mailbox = Mailbox()
    notify(sqlite_store, SETTINGS, now=NOW, mailer=mailbox)
    page.post(link(sqlite_store, "handled"), data={"confirm": "yes"})

    told = [notify(sqlite_store, SETTINGS, now=NOW + n * DAY + HOUR, mailer=mailbox).sent for n in range(1, 12)]

    assert sum(told) == 0


FORM = {
    "cadence": "20",
    "zone": "Asia/Kolkata",
    "hours": "Mon-Fri 09:30-18:30",
    "country": "in",
    "region": "",
    "closed": "",
}


def test_editing_shows_what_would_change_before_it_saves(page: Browser, sqlite_store: Store) -> None:
    url = link(sqlite_store, "edit")
    before = everything(sqlite_store)

    form = page.get(url)
    looked = page.post(url, data={**FORM, "do": "look"})

    assert form.status_code == looked.status_code == 200
    assert "What would change" not in form.text
    assert "What would change" in looked.text
    assert 'value="20"' in looked.text
    assert everything(sqlite_store) == before
    assert page.post(url, data={**FORM, "do": "save"}).status_code == 200
    saved = sqlite_store.partners.find("northwind")
    assert saved is not None
    assert (saved.cadence, saved.hours.zone, saved.hours.country) == (20, "Asia/Kolkata", "IN")
    assert not saved.learned_hours


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cadence", "soon"),
        ("cadence", "-1"),
        ("cadence", "nan"),
        ("zone", "Kolkata or so"),
        ("hours", "whenever"),
        ("country", "XX"),
        ("region", "ZZ"),
        ("closed", "Christmas"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_saved(page: Browser, sqlite_store: Store, field: str, value: str) -> None:
    before = everything(sqlite_store)

    answer = page.post(link(sqlite_store, "edit"), data={**FORM, field: value, "do": "save"})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert everything(sqlite_store) == before


def test_only_who_answers_for_a_partner_may_edit_it(page: Browser, sqlite_store: Store) -> None:
    links = Links("https://page.example", sqlite_store.readers.link_key())
    stranger = links.url(Ticket(action="edit", reader="eve@ourco.example", partner="northwind"), now=NOW) or ""
    before = everything(sqlite_store)

    answers = [page.get(stranger), page.post(stranger, data={**FORM, "do": "save"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert everything(sqlite_store) == before


def test_a_link_for_answering_saves_no_settings(page: Browser, sqlite_store: Store) -> None:
    before = sqlite_store.partners.find("northwind")

    page.post(link(sqlite_store, "handled"), data={**FORM, "do": "save", "confirm": "yes"})

    assert sqlite_store.partners.find("northwind") == before


def test_the_fact_sheet_names_no_person(page: Browser, sqlite_store: Store) -> None:
    page.get(link(sqlite_store, "details"))

    sheet = page.get("/partners/northwind/sheet")

    assert sheet.status_code == 200
    assert "facts of contact" in sheet.text
    assert "@" not in sheet.text
    assert "quiet" not in sheet.text.lower()


def test_strangers_get_no_fact_sheet(page: Browser) -> None:
    assert page.get("/partners/northwind/sheet").status_code == 403


def test_pages_can_be_used_by_keyboard_and_by_ear(page: Browser, sqlite_store: Store) -> None:
    for answer in (page.get(link(sqlite_store, "details")), page.get("/"), page.get(link(sqlite_store, "edit"))):
        text_ = answer.text
        assert '<html lang="en">' in text_
        assert text_.count("<h1") == 1
        assert text_.count("<main") == 1
        assert '<a class="skip" href="#main">' in text_
        for drawing in re.findall(r"<svg[^>]*>", text_):
            assert 'role="img"' in drawing
            assert re.search(r'aria-label="[^"]{10,}"', drawing)
        for name in re.findall(r'<input type="(?:text|date)" id="([^"]+)"', text_):
            assert f'<label for="{name}">' in text_
        assert not re.search(r"<th(?![^>]*scope)", text_.replace("<thead", ""))
        ids = re.findall(r' id="([^"]+)"', text_)
        assert len(ids) == len(set(ids))


def test_the_first_page_shows_the_readers_own_partners_before_those_of_others(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    add_partner(sqlite_store, "lumen", owner="eve@ourco.example", deputy=None)
    turn(sqlite_store, "lumen", State.GONE)
    app = create_app(sqlite_store, SETTINGS, clock=lambda: NOW, sight=sight(sqlite_store))
    page = Browser(app, "https://page.example")

    shown = page.get(link(sqlite_store, "status", partner="")).text

    assert [shown.index(word) for word in ("Yours", "Northwind", "Those of others", "Lumen")] == sorted(
        shown.index(word) for word in ("Yours", "Northwind", "Those of others", "Lumen")
    )


def test_many_calm_or_blind_partners_are_folded_away_and_the_silent_are_not(sqlite_store: Store) -> None:
    for n in range(60):
        add_partner(sqlite_store, f"p{n}")
    for n in range(30):
        turn(sqlite_store, f"p{n}", State.BLIND)
    turn(sqlite_store, "p7", State.QUIET)
    rows = status_rows(
        sqlite_store.partners.all(), sqlite_store.standings.all(), sqlite_store.concerns.standing(), "UTC", now=NOW
    )

    (group,) = groups_of(rows, ANA)

    assert [row.partner.key for row in group.rows] == ["p7"]
    assert [name for name, _ in group.folded] == ["29 blind", "30 calm"]


def test_a_calm_partner_offers_no_answers_to_what_nobody_was_told(page: Browser, sqlite_store: Store) -> None:
    turn(sqlite_store, "northwind", State.ON_RHYTHM, old=State.QUIET)

    shown = page.get(link(sqlite_store, "details")).text

    assert "On leave until" in shown
    assert "Handled" not in shown


@pytest.mark.parametrize("prefix", ["", "/quiet"], ids=["the proxy cuts the path off", "the proxy hands the path on"])
def test_the_pages_work_under_a_path_of_a_proxy(sqlite_store: Store, prefix: str) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)
    under = settings(link_base="https://page.example/quiet/")
    app = create_app(sqlite_store, under, clock=lambda: NOW, sight=sight(sqlite_store))
    page = Browser(app, "https://page.example")
    ticket = Ticket(action="handled", reader=ANA, partner="northwind")
    url = Links("https://page.example/quiet/", sqlite_store.readers.link_key()).url(ticket, now=NOW) or ""
    assert url.startswith("https://page.example/quiet/a/")

    asked = page.get(url.replace("/quiet/a/", f"{prefix}/a/"))
    done = page.post(url.replace("/quiet/a/", f"{prefix}/a/"), data={"confirm": "yes"})

    assert [asked.status_code, done.status_code] == [200, 200]
    paths = set(re.findall(r'(?:href|action)="(/[^"]*)"', asked.text + done.text))
    assert paths
    assert all(path.startswith("/quiet/") for path in paths)
    assert "Path=/quiet/" in asked.headers["Set-Cookie"]


def test_an_address_that_leads_nowhere_says_so_in_words(page: Browser) -> None:
    lost, wrong = page.get("/nowhere"), page.post("/")

    assert (lost.status_code, wrong.status_code) == (404, 405)
    assert "There is no such page." in lost.text
    assert "Nothing was changed." in wrong.text
    assert "default-src 'none'" in lost.headers["Content-Security-Policy"]


def test_a_fault_of_ours_tells_the_visitor_nothing_but_that(sqlite_store: Store) -> None:
    add_partner(sqlite_store, "northwind")
    turn(sqlite_store, "northwind", State.QUIET)

    def broken(partner: Partner, at: datetime) -> tuple[History, dict[str, str]]:
        raise RuntimeError(f"bo@{partner.key}.example")

    app = create_app(sqlite_store, SETTINGS, clock=lambda: NOW, sight=Sight(past=broken))
    answer = Browser(app, "https://page.example", sees_faults=True).get(link(sqlite_store, "details"))

    assert answer.status_code == 500
    assert "The fault is ours." in answer.text
    assert "bo@" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("state", "shown"), [(State.ON_RHYTHM, True), (State.BLIND, False)])
def test_a_blind_partner_is_given_no_day_on_which_it_turns_late(
    page: Browser, sqlite_store: Store, state: State, shown: bool
) -> None:
    with sqlite_store.database.read() as conn:
        number = conn.execute(text("SELECT id FROM partner WHERE key = 'northwind'")).scalar_one()
    standing = Standing(
        partner="northwind", state=state, since=NOW - DAY, judged_at=NOW - DAY, late_after=NOW + DAY, chance=0.5
    )
    sqlite_store.standings.save([Judgement(partner_id=number, standing=standing)], now=NOW)

    said = page.get(link(sqlite_store, "details")).text

    assert ("Late, if nothing comes" in said) == shown
    assert ("How sure" in said) == shown


def test_the_first_line_also_counts_what_is_about_us(sqlite_store: Store) -> None:
    for key in ("alto", "northwind"):
        add_partner(sqlite_store, key)
    put(sqlite_store, pressed())
    rows = status_rows(
        sqlite_store.partners.all(), sqlite_store.standings.all(), sqlite_store.concerns.standing(), "UTC", now=NOW
    )

    assert tally(rows) == "1 new, 1 on rhythm. Also: too much from us (1)."
