"""Disconnecting leaves nothing of an account in any table, on either database, and nothing of the others is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flows.disconnect import disconnect
from flows.listen_google import listen
from flows.measure import measure
from flows.notify import notify
from flows.round import jobs, pull_job
from models.records import Partner
from models.settings import AlertSettings, GoogleSettings, Settings
from models.store.accounts import Account
from models.store.store import Store
from models.tables import metadata
from models.vault import Vault
from tests.alerts.mailbox import Mailbox
from tests.connectors.google.accounts import TEXT_TIER
from tests.google_server import people
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer, ServerClock

pytestmark = pytest.mark.long

ANA, BEN = "ana@example.org", "ben@example.org"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
HERS, BOTH = "carol.only-hers@northwind.example", "mia@northwind.example"


class Scene:
    """Two accounts that share one mail, read, judged, pushed and told."""

    def __init__(self, store: Store, front: Front, folder: Path) -> None:
        self.store, self.google = store, front.google
        root = front.root
        self.settings = Settings(
            us=("example.org",),
            data=folder,
            alerts=AlertSettings(operator=BEN, digest=False),
            google=GoogleSettings(
                gmail_root=root,
                calendar_root=root,
                token_uri=f"{root}token",
                revoke_uri=f"{root}revoke",
                topic="projects/quiet/topics/mail",
                push_address="https://quiet.example.org/",
            ),
        )
        store.partners.add(Partner(key="northwind", title="Northwind", domains=("northwind.example",)), now=NOW)
        self.accounts = [self._connect(address) for address in (ANA, BEN)]

    def _connect(self, address: str) -> Account:
        secret = {
            "kind": "person",
            "refresh_token": self.google.desk.standing(address, TEXT_TIER),
            "client_id": "local-client",
            "client_secret": "local-secret",
        }
        sealed = Vault.of(self.settings.data, {}).seal(secret)
        return self.store.accounts.connect("google", address, tier="text", config={}, sealed=sealed, now=NOW)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.google.clock.now(), UTC)

    def fill(self) -> None:
        ana, ben = self.google.mailbox(ANA), self.google.mailbox(BEN)
        text = "Thank you so much, this is wonderful work and we are very happy with it."
        for day in range(30, 0, -3):
            people.write(ana, NOW - timedelta(days=day), sender=HERS, to=ANA, text=text)
        people.write(ana, NOW - timedelta(days=2), sender="x@hers-alone.example", to=ANA)
        people.write(ana, NOW - timedelta(days=2, hours=1), sender=ANA, to="x@hers-alone.example")
        people.write(ana, NOW - timedelta(days=2), sender="x@both.example", to=ANA)
        shared = people.write(ana, NOW - timedelta(days=1), sender=BOTH, to=BEN)
        ben.arrive(shared.headers, at_ms=shared.internal_ms)
        people.write(ben, NOW - timedelta(days=3), sender="x@both.example", to=BEN)
        people.meet(self.google.agenda(ANA), NOW + timedelta(days=1), NOW, with_whom=HERS)
        self.google.agenda(BEN)

    def read(self) -> None:
        directory = self.store.partners.directory(self.settings.us)
        for job in jobs(self.store, self.settings, directory, clock=self.now):
            pull_job(self.store, job, directory, self.settings, clock=self.now)

    def live(self) -> None:
        """Everything that happens to an account before it is disconnected."""
        self.fill()
        self.read()
        listen(self.store, self.settings, clock=self.now)
        self.google.clock.sleep(3600)
        self.read()  # audits, and the first look at the channels
        for channel in self.store.channels.all():
            self.store.channels.heard(channel.id, now=self.now())
        people.write(self.google.mailbox(ANA), self.now(), sender=HERS, to=ANA)
        self.google.clock.sleep(1800)
        self.read()
        directory = self.store.partners.directory(self.settings.us)
        measure(self.store, self.settings, directory, now=self.now(), signals=True)
        for kind in ("gmail", "gcal"):
            self.store.sources.failed(f"{kind}:{ANA}", "access was withdrawn", now=self.now(), needs_person=True)
        measure(self.store, self.settings, directory, now=self.now() + timedelta(days=4), signals=True)
        notify(self.store, self.settings, now=self.now() + timedelta(days=1), mailer=Mailbox())


@pytest.fixture
def front() -> Iterator[Front]:
    with Front(GoogleServer(ServerClock(NOW.timestamp()))) as opened:
        yield opened


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.database.read() as conn:
        return {table.name: [tuple(row) for row in conn.execute(select(table))] for table in metadata.sorted_tables}


def traces(store: Store, *marks: object) -> list[tuple[str, object]]:
    """Tables in which one of these texts or numbers stands."""
    return [
        (table, mark)
        for table, held in rows(store).items()
        for row in held
        for value in row
        for mark in marks
        if value == mark or (isinstance(mark, str) and mark in str(value))
    ]


def test_nothing_of_the_account_remains_in_any_table(store: Store, front: Front, tmp_path: Path) -> None:
    scene = Scene(store, front, tmp_path)
    scene.live()
    ana = scene.accounts[0]
    source_ids = [store.sources.ensure(f"{kind}:{ANA}", live=True).id for kind in ("gmail", "gcal")]
    items = [row for row in rows(store)["item"] if row[0] in source_ids]
    others = {key for row in rows(store)["item"] if row[0] not in source_ids for key in (row[1], row[4])}
    keys = [key for row in items for key in (row[1], row[4]) if key is not None and key not in others]
    assert len(keys) > 20
    before = {table for table, _ in traces(store, ANA, HERS, "hers-alone.example", *keys)}
    assert {"account", "source", "address", "item", "message", "outside", "domain", "letter", "flip"} <= before
    with_source = [name for name, table in metadata.tables.items() if "source_id" in table.columns]
    held = {name for name in with_source if any(i in row for i in source_ids for row in rows(store)[name])}
    assert {"audit", "carries", "channel", "item", "meeting", "push_mark"} <= held

    left = disconnect(store, scene.settings, ana, clock=scene.now)

    assert left.revoked is True
    assert [grant.address for grant in front.google.desk.refresh.values()] == [BEN]
    assert left.erased > 10
    assert set(traces(store, ANA, HERS, "hers-alone.example", *keys)) == set()
    for name in with_source:
        table = metadata.tables[name]
        with store.database.read() as conn:
            assert conn.execute(select(table).where(table.c.source_id.in_(source_ids))).all() == []
    assert not [bucket for bucket, *_ in rows(store)["budget"] if ":user:" in bucket and bucket not in buckets_of(BEN)]
    if store.database.path is not None:
        store.close()
        written = store.database.path.read_bytes()
        assert not [mark for mark in (ANA, HERS, "hers-alone.example") if mark.encode() in written]


def buckets_of(mailbox: str) -> list[str]:
    from connectors.google.costs import NEW, calendar_limits  # noqa: PLC0415

    return [NEW.limits(mailbox, "")[0].bucket, calendar_limits(mailbox, "")[0].bucket]


def test_what_another_account_has_too_stays(store: Store, front: Front, tmp_path: Path) -> None:
    scene = Scene(store, front, tmp_path)
    scene.live()

    disconnect(store, scene.settings, scene.accounts[0], clock=scene.now)

    kept = rows(store)
    assert len(kept["message"]) == 1
    names = {row[1] for row in kept["address"]}
    assert BOTH in names
    assert {row[1] for row in kept["domain"]} == {"both.example"}
    assert len(kept["outside"]) == 1
    directory = store.partners.directory(scene.settings.us)
    assert measure(store, scene.settings, directory, now=scene.now(), signals=True).judged == 1
    known = {row[0] for row in kept["address"]}
    assert {address for _, address, _ in kept["recipient"]} <= known


def test_a_running_process_forgets_the_ids_of_erased_people(store: Store, front: Front, tmp_path: Path) -> None:
    scene = Scene(store, front, tmp_path)
    scene.live()
    elsewhere = Store(store.database.url.render_as_string(hide_password=False))
    disconnect(elsewhere, scene.settings, scene.accounts[0], clock=scene.now)
    elsewhere.close()

    people.write(front.google.mailbox(BEN), scene.now(), sender=HERS, to=BEN)
    people.write(front.google.mailbox(BEN), scene.now(), sender="new@northwind.example", to=BEN)
    scene.read()

    with store.database.read() as conn:
        address, message = metadata.tables["address"], metadata.tables["message"]
        joined = select(address.c.address).join(message, message.c.sender_id == address.c.id)
        assert sorted(conn.scalars(joined)) == sorted([BOTH, HERS, "new@northwind.example"])


def test_keeping_the_data_keeps_it_and_withdraws_the_consent(store: Store, front: Front, tmp_path: Path) -> None:
    scene = Scene(store, front, tmp_path)
    scene.live()
    mails = len(rows(store)["message"])

    left = disconnect(store, scene.settings, scene.accounts[0], clock=scene.now, keep=True)

    assert (left.revoked, left.erased) == (True, 0)
    assert len(rows(store)["message"]) == mails
    assert rows(store)["account"] == [row for row in rows(store)["account"] if BEN in row]
