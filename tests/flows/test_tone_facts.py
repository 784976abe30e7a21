"""Tone between store and eyes: what page, alert, order and replay get of it, and what it must never do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import web
from connectors.base import Page
from flows.alert_facts import World, facts_of
from flows.hindsight import hindsight
from flows.measure import measure
from flows.tone_facts import ToneReader, tone_section, tone_summary
from metrics.tone.trend import Leaning, Turn
from metrics.tone.versions import stamp
from models.letters import NoticeKind, StoredFlip
from models.records import Flip, Message, Partner, Side, State
from models.settings import Settings
from models.store.store import Store
from models.store.tones import Toned
from tests.factories import INBOUND, START, message

NORTHWIND = Partner(key="northwind", title="Northwind", domains=("northwind.example",))
CONTOSO = Partner(key="contoso", title="Contoso", domains=("contoso.example",))
DAYS = 140
NOW = START + timedelta(days=DAYS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "gonequiet.db")
    opened.partners.set_us(["example.org"])
    opened.partners.add(NORTHWIND, now=START)
    opened.partners.add(CONTOSO, now=START)
    yield opened
    opened.close()


def _mail(day: int, domain: str, hour: float = 10.0) -> Message:
    mail = message(day, side=INBOUND, hour=hour)
    person = replace(mail.sender, address=f"bo@{domain}") if mail.sender else None
    name = f"{day}.{domain}"
    return replace(mail, sender=person, uid=name, external_id=name, thread=name)


def fill(store: Store, *, shift: float, analyser: str = stamp("default")) -> None:
    """Both partners write daily; Northwind's tone moves by `shift` after 90 days, Contoso's stays."""
    source = store.sources.ensure("archive:mail", live=False)
    chance = random.Random(4)
    mails, tones = [], []
    for day in range(DAYS):
        for domain in ("northwind.example", "contoso.example"):
            mail = _mail(day, domain)
            moved = shift if day >= 90 and domain.startswith("northwind") else 0.0
            mails.append(mail)
            tones.append(
                Toned(
                    uid=mail.uid,
                    analyser=analyser,
                    score=chance.gauss(0, 0.2) + moved,
                    subjectivity=0.3,
                    n_words=20,
                    language="en",
                    reason="",
                    wording=0,
                )
            )
    store.pages.save(source, Page(interactions=tuple(mails), read_until=NOW), store.partners.directory(), now=NOW)
    store.tones.save(tones)


def test_a_fall_stands_on_the_page_and_nowhere_without_tone(store: Store) -> None:
    assert tone_section(store, Settings(), "northwind", now=NOW) is None

    fill(store, shift=-0.4)
    section = tone_section(store, Settings(), "northwind", now=NOW)

    assert section is not None
    rows = {label: (theirs, ours) for label, theirs, ours in section.rows}
    assert rows["Change"][0].startswith("cooler since about")
    assert rows["Scored"] == ("100 percent of 140 mails scored", "0 percent of 0 mails scored")
    assert section.theirs[-1].position >= 24
    assert section.theirs[-1].level < section.theirs[0].level
    assert section.people == ()


def test_the_page_shows_it_and_draws_every_week(store: Store) -> None:
    fill(store, shift=-0.4)
    section = tone_section(store, Settings(), "northwind", now=NOW)
    assert section is not None
    pages = Environment(
        loader=FileSystemLoader(Path(web.__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )

    shown = pages.get_template("tone.html.j2").render(tone=section)

    assert shown.count("<circle") == len(section.theirs) + len(section.ours) > 15
    assert "100 percent of 140 mails scored" in shown
    assert "(n = 40)" in shown
    assert "style=" not in shown  # the page's policy forbids it
    assert pages.get_template("tone.html.j2").render(tone=None).strip() == ""


def test_people_are_named_only_where_the_setting_allows_it(store: Store) -> None:
    fill(store, shift=0.0)

    section = tone_section(store, Settings(tone={"people": True}), "northwind", now=NOW)

    assert section is not None
    assert [address for address, _ in section.people] == ["bo@northwind.example"]


def test_what_comes_later_changes_nothing(store: Store) -> None:
    fill(store, shift=-0.4)
    early = START + timedelta(days=88)

    summary = tone_summary(store, Settings(), "northwind", now=early)

    assert summary is not None
    assert summary.theirs.turn is Turn.NONE
    assert summary.theirs.coverage.mails == 88
    assert ToneReader(store, Settings()).theirs("northwind", now=NOW).turn is Turn.LOWER  # type: ignore[union-attr]


@pytest.mark.parametrize(("shift", "belief"), [(-0.4, {"northwind": 1}), (0.4, {"northwind": -1}), (0.0, {})])
def test_a_turn_lends_belief_or_takes_it(store: Store, shift: float, belief: dict[str, int]) -> None:
    fill(store, shift=shift)

    assert ToneReader(store, Settings()).beliefs(["northwind", "contoso"], now=NOW) == belief


def test_scores_of_another_analyser_are_not_looked_at(store: Store) -> None:
    fill(store, shift=-0.4, analyser="textblob-learned 0/old")

    assert ToneReader(store, Settings()).beliefs(["northwind"], now=NOW) == {}
    assert tone_summary(store, Settings(), "northwind", now=NOW) is None


def test_an_alert_says_what_the_tone_adds(store: Store) -> None:
    fill(store, shift=-0.4)
    settings = Settings(us=("example.org",))
    directory = store.partners.directory(settings.us)
    measure(store, settings, directory, now=NOW)

    def told(key: str) -> str:
        flip = Flip(partner=key, old=State.ON_RHYTHM, new=State.QUIET, turned_at=NOW, reason="Silent.", evidence={})
        world = World(
            store=store,
            settings=settings,
            directory=directory,
            partners={p.key: p for p in (NORTHWIND, CONTOSO)},
            standings=store.standings.all(),
            now=NOW,
        )
        return facts_of(world, StoredFlip(id=1, flip=flip), NoticeKind.ALERT).tone

    assert told("northwind").startswith("Their mails have turned cooler since about ")
    assert told("northwind").endswith("which makes this more believable.")
    assert told("contoso") == ""


def test_a_cold_tone_alone_changes_no_standing(store: Store, tmp_path: Path) -> None:
    fill(store, shift=-0.9)
    without = Store.at(tmp_path / "other.db")
    without.partners.set_us(["example.org"])
    without.partners.add(NORTHWIND, now=START)
    without.partners.add(CONTOSO, now=START)
    fill(without, shift=0.0)

    found = [
        {key: (s.state, s.reason, s.chance) for key, s in each.standings.all().items()}
        for each in (store, without)
        if measure(each, Settings(us=("example.org",)), each.partners.directory(("example.org",)), now=NOW)
    ]
    without.close()

    assert len(found[0]) == 2
    assert found[0] == found[1]
    lean = tone_summary(store, Settings(), "northwind", now=NOW)
    assert lean is not None
    assert lean.lean is Leaning.RAISES


def _replayed(store: Store, now: datetime) -> list[tuple[str, Side, bool, datetime]]:
    past = hindsight(store, Settings(), store.partners.directory(), months=6, now=now)
    return [(turn.partner, turn.side, turn.cooler, turn.at) for turn in past.tone]


def test_replay_tells_the_turn_once_and_as_it_was_known(store: Store) -> None:
    fill(store, shift=-0.4)

    turns = _replayed(store, NOW)

    assert [(partner, side, cooler) for partner, side, cooler, _ in turns] == [("northwind", Side.PARTNER, True)]
    assert START + timedelta(days=90) < turns[0][3] < START + timedelta(days=115)
    assert _replayed(store, START + timedelta(days=89)) == []
