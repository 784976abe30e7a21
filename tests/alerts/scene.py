"""A small store with partners and flips, for tests of telling. Wednesday 18 November 2026, 09:00 UTC is `NOW`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.records import Concern, Flip, Partner, Side, Standing, State
from models.settings import AlertSettings, Settings
from models.store.standings import Judgement
from models.store.store import Store
from models.tables import partner as partner_table

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
ANA, BEN, OPERATOR = "ana@ourco.example", "ben@ourco.example", "ops@ourco.example"
BO = "bo@northwind.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVIDENCE: dict[str, object] = {
    "model": "a model",
    "model_version": "3",
    "gaps": {"recent": [2, 3, 2, 4, 3], "median": 3, "p90": 4, "longest": 4, "count": 5},
    "silence": 11,
    "chance": 0.01,
}


def settings(**alerts: Any) -> Settings:
    """Settings without a digest, so that a test sees only the mails it is about."""
    chosen = {"operator": OPERATOR, "digest": False, "sender": "gonequiet@ourco.example", **alerts}
    return Settings(us=("ourco.example",), zone="UTC", alerts=AlertSettings(**chosen))


def add_partner(store: Store, key: str, **said: Any) -> Partner:
    """A partner of ana's, with ben as deputy."""
    chosen = {"title": key.title(), "domains": (f"{key}.example",), "owner": ANA, "deputy": BEN, **said}
    made = Partner(key=key, **chosen)
    store.partners.add(made, now=NOW - 300 * DAY)
    return made


def turn(
    store: Store, key: str, new: State, *, old: State = State.ON_RHYTHM, at: datetime = NOW - HOUR, **said: Any
) -> Flip:
    """A change of state, as judging stores it."""
    flip = Flip(partner=key, old=old, new=new, turned_at=at, reason="Silent.", evidence=EVIDENCE, **said)
    standing = Standing(
        partner=key, state=new, since=at, judged_at=at, last_inbound=at - 15 * DAY, evidence=EVIDENCE, reason="Silent."
    )
    with store.database.read() as conn:
        partner_id = conn.execute(select(partner_table.c.id).where(partner_table.c.key == key)).scalar_one()
    store.standings.save([Judgement(partner_id=partner_id, standing=standing, flips=[flip])], now=at)
    return flip


def put(store: Store, *concerns: Concern, key: str = "northwind") -> None:
    """Concerns as judging stores them, beside a partner that is on rhythm."""
    with store.database.read() as conn:
        number = conn.execute(select(partner_table.c.id).where(partner_table.c.key == key)).scalar_one()
    standing = Standing(partner=key, state=State.ON_RHYTHM, since=NOW - 90 * DAY, judged_at=NOW, reason="On rhythm.")
    store.standings.save([Judgement(partner_id=number, standing=standing, concerns=concerns)], now=NOW)


def silent(**said: object) -> Concern:
    made = Concern(
        partner="northwind",
        name="silent_person",
        subject=BO,
        side=Side.PARTNER,
        since=NOW - 6 * DAY,
        until=None,
        seen_at=NOW,
        sentence=f"{BO} has been silent for 14 working days, usually 2, while others of theirs go on.",
        value=14,
        n=1,
    )
    return replace(made, **said)  # type: ignore[arg-type]


def pressed() -> Concern:
    words = "In 3 of the last 3 weeks you wrote far more than usual: consider bundling."
    return silent(name="over_contact", subject="", side=Side.US, sentence=words, value=3)
