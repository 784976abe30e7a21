"""A changed calendar or target recomputes all history: the outcome is that of a store that never knew another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page
from flows.measure import measure
from models.records import Agreed, Interaction, Partner, Standing, WorkingHours
from models.settings import Settings
from models.store.store import Store
from tests.factories import meeting, message, moment, partner
from tests.metrics.busy_partner import busy_partner, busy_year

pytestmark = pytest.mark.long

PARTNER = busy_partner()


def lived(path: Path, settings: Settings, partner: Partner, *, days: list[float], hour: float = 12) -> Store:
    """A store that was judged on these days, all mail there from the first."""
    store = Store.at(path)
    store.partners.add(
        replace(
            partner,
            key="southwind",
            title="Southwind",
            domains=("southwind.example",),
            addresses=(),
            backup=None,
            category=None,
        ),
        now=moment(-400),
    )
    store.partners.add(partner, now=moment(-400))
    for day in days:
        read(store, settings, moment(day, hour))
    return store


def read(store: Store, settings: Settings, now: datetime) -> None:
    directory = store.partners.directory(settings.us)
    source = store.sources.ensure("archive:x", live=False)
    items = tuple(i for i in busy_year() if (i.seen_at if hasattr(i, "seen_at") else i.at) <= now)
    store.pages.save(source, Page(interactions=items, cursor="1", read_until=now), directory, now=now)
    measure(store, settings, directory, now=now, signals=True)


def outcome(store: Store) -> dict[str, Any]:
    """Everything judged and measured at the last look."""
    standings = store.standings.all()
    newest = standings["northwind"].judged_at
    return {
        "standings": {key: replace(s, since=newest) for key, s in standings.items()},
        "readings": {
            (key, r.metric): (r.value, r.n, r.at_least)
            for key in standings
            for r in store.standings.readings(key)
            if (newest - r.at).days < 7
        },
        "concerns": {
            (c.partner, c.name, c.subject, c.sentence) for some in store.concerns.standing().values() for c in some
        },
    }


SETTINGS = Settings(us=("example.org",))
Change = Callable[[Settings, Partner], tuple[Settings, Partner]]
CHANGES: dict[str, Change] = {
    "their zone": lambda s, p: (s, replace(p, hours=replace(p.hours, zone="Asia/Kolkata"))),
    "their holidays": lambda s, p: (s, replace(p, hours=replace(p.hours, country="IN"))),
    "their hours": lambda s, p: (s, replace(p, hours=WorkingHours(zone="Europe/Berlin", hours="Mon-Thu 08:00-18:00"))),
    "a closed day": lambda s, p: (s, replace(p, hours=replace(p.hours, closed=frozenset({date(2026, 10, 6)})))),
    "hours learned": lambda s, p: (s, replace(p, hours=WorkingHours(), learned_hours=True)),
    "a target": lambda s, p: (s, replace(p, agreed=Agreed(our_answer_hours=1.5, their_answer_hours=3))),
    "a sponsor": lambda s, p: (s, replace(p, agreed=Agreed(sponsors=("ed@northwind.example",)))),
    "our zone": lambda s, p: (s.model_copy(update={"zone": "America/New_York"}), p),
    "our holidays": lambda s, p: (s.model_copy(update={"country": "US"}), p),
    "our hours": lambda s, p: (s.model_copy(update={"hours": "Sun-Thu 08:00-16:00"}), p),
    "the usual targets": lambda s, p: (
        s.model_copy(update={"targets": s.targets.model_copy(update={"our_answer_hours": 1.5})}),
        p,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_after_a_change_all_is_as_in_a_store_that_never_knew_another(tmp_path: Path, what: str) -> None:
    settings, changed = CHANGES[what](SETTINGS, PARTNER)
    old = lived(tmp_path / "old.db", SETTINGS, PARTNER, days=[224, 226])
    before = outcome(old)
    old.partners.change(changed)
    read(old, settings, moment(226, 12))

    fresh = lived(tmp_path / "fresh.db", settings, changed, days=[226])

    now, never = outcome(old), outcome(fresh)
    assert now["readings"] != before["readings"]
    assert now["readings"] == never["readings"]
    assert now["standings"] == never["standings"]
    assert now["concerns"] >= never["concerns"]
    old.close()
    fresh.close()


def test_stored_weeks_are_measured_anew(tmp_path: Path) -> None:
    settings, changed = CHANGES["their hours"](SETTINGS, PARTNER)
    days = [210, 217, 224, 226]  # the last looks of three weeks, and one of this
    old = lived(tmp_path / "old.db", SETTINGS, PARTNER, days=days)
    weeks = {r.at for r in old.standings.readings("northwind")}
    old.partners.change(changed)
    read(old, settings, moment(226, 12))

    anew = {(r.metric, r.at): r for r in old.standings.readings("northwind")}
    fresh = lived(tmp_path / "fresh.db", settings, changed, days=[217], hour=-1 / 3600)
    then = {(r.metric, r.at): r for r in fresh.standings.readings("northwind")}

    assert {at for _, at in anew} == weeks
    assert then
    assert {key: r for key, r in anew.items() if key in then and key[0] not in {"backup_age", "category_share"}} == {
        key: r for key, r in then.items() if key[0] not in {"backup_age", "category_share"}
    }
    old.close()
    fresh.close()


def test_nothing_is_measured_anew_while_nothing_changes(tmp_path: Path) -> None:
    store = lived(tmp_path / "x.db", SETTINGS, PARTNER, days=[224])
    ids = [w.id for w in store.partners.watched()]
    rules = {m.rules for m in store.standings.memories(ids).values()}

    measure(store, SETTINGS, store.partners.directory(SETTINGS.us), now=moment(224, 13), signals=True)

    assert {m.rules for m in store.standings.memories(ids).values()} == rules
    assert len(rules) == 2
    assert store.standings.due(moment(224, 13)) == []
    store.close()


def test_a_meeting_moved_after_its_time_is_no_word_any_more(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "x.db")
    store.partners.add(partner(), now=moment(0))
    directory = store.partners.directory(SETTINGS.us)
    mails = [message(day) for day in range(0, 60, 7)]

    def judged(day: float, *items: Interaction) -> Standing:
        source = store.sources.ensure("gmail:ana@example.org", live=True)
        now = moment(day)
        store.pages.save(source, Page(interactions=items, cursor="1", read_until=now), directory, now=now)
        measure(store, SETTINGS, directory, now=now)
        return store.standings.all()["northwind"]

    held = judged(63, *mails, meeting(62, uid="call"))
    moved = judged(64, meeting(70, uid="call", seen=moment(63, 12)))
    store.standings.forget_memories(["northwind"])

    assert held.last_inbound == moment(62, 10.5)
    assert moved.last_inbound == moment(56)
    assert judged(64) == moved
    store.close()
