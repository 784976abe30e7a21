"""The whole walk, day by day: made-up mailboxes in, standings, flips and real mails out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from connectors.demo.connector import monday_of
from connectors.demo.people import demo_partners
from flows.measure import measure
from flows.rehearse import days_of, live_through
from models.records import State
from models.settings import Settings
from models.store.store import Store

pytestmark = pytest.mark.long

UNTIL = datetime(2026, 6, 19, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Settings, list[datetime]]]:
    """Six weeks of the demo, after one first reading."""
    folder = tmp_path_factory.mktemp("walk")
    settings = Settings(
        us=("brightwater.example",),
        data=folder,
        zone="Europe/Dublin",
        country="IE",
        alerts={"operator": "ana@brightwater.example", "fallback": "ana@brightwater.example", "weekly_limit": 20},
    )
    store = Store(settings.database_url)
    moments = days_of(UNTIL)
    for partner in demo_partners():
        store.partners.add(partner, now=moments[0])
    live_through(store, settings, moments[:1], monday_of(UNTIL.date()))
    assert store.standings.flips() == []
    assert not list(folder.glob("outbox/*.eml"))
    live_through(store, settings, moments[1:], monday_of(UNTIL.date()))
    yield store, settings, moments
    store.close()


def subjects(settings: Settings) -> list[str]:
    mails = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in settings.outbox.glob("*.eml")]
    return [str(mail["subject"]) for mail in mails]


def test_the_first_reading_alerts_nobody(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, _, moments = lived  # the fixture itself asserts that there was neither a flip nor a mail

    assert all(flip.turned_at >= moments[0] for flip in store.standings.flips())


def test_the_partner_that_stops_turns_late_then_quiet_and_its_owner_is_told(
    lived: tuple[Store, Settings, list[datetime]],
) -> None:
    store, settings, _ = lived

    turns = [flip.new for flip in reversed(store.standings.flips("sable"))]

    assert turns == [State.LATE, State.QUIET]
    assert store.standings.all()["sable"].state is State.QUIET
    assert any(subject.startswith("Quiet: Sable Systems") for subject in subjects(settings))


def test_a_mailbox_that_cannot_be_read_makes_its_partner_blind_and_never_quiet(
    lived: tuple[Store, Settings, list[datetime]],
) -> None:
    store, settings, _ = lived

    states = {flip.new for flip in store.standings.flips("kestrel")}

    assert store.standings.all()["kestrel"].state is State.BLIND
    assert states.isdisjoint({State.LATE, State.QUIET, State.GONE})
    assert any(subject.startswith("Blind:") for subject in subjects(settings))
    assert not any("Kestrel" in subject for subject in subjects(settings))


def test_a_partner_on_holiday_is_paused_until_it_is_back(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, _, _ = lived

    standing = store.standings.all()["ostara"]

    assert standing.state is State.PAUSED
    assert "expected back on" in standing.reason


def test_the_partner_whose_answers_slow_down_fades(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, _, _ = lived

    assert store.standings.all()["halcyon"].state is State.FADING


def test_regular_partners_stay_on_rhythm(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, _, _ = lived
    standings = store.standings.all()

    assert {standings[key].state for key in ("northwind", "tamarind", "meridian", "larkspur")} == {State.ON_RHYTHM}


def test_no_mail_is_addressed_to_a_partner(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, settings, _ = lived
    directory = store.partners.directory(settings.us)
    mails = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in settings.outbox.glob("*.eml")]

    readers = {address.addr_spec for mail in mails for address in mail["to"].addresses}

    assert readers
    assert {directory.side(reader) for reader in readers} == {"us"}


def test_running_again_at_the_same_moment_changes_nothing(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, settings, moments = lived
    flips, standings = store.standings.flips(), store.standings.all()
    mails = sorted(settings.outbox.glob("*.eml"))

    totals = live_through(store, settings, moments[-1:], monday_of(UNTIL.date()))

    assert totals["mails"] == totals["changed"] == totals["sent"] == 0
    assert store.standings.flips() == flips
    assert {k: (s.state, s.since) for k, s in store.standings.all().items()} == {
        k: (s.state, s.since) for k, s in standings.items()
    }
    assert sorted(settings.outbox.glob("*.eml")) == mails


def test_judging_step_by_step_equals_judging_everything_anew(lived: tuple[Store, Settings, list[datetime]]) -> None:
    store, settings, moments = lived
    directory = store.partners.directory(settings.us)
    keys = [partner.key for partner in store.partners.all()]
    stepwise = store.standings.all()

    store.standings.forget_memories(keys)
    measure(store, settings, directory, now=moments[-1], keys=keys)

    assert store.standings.all() == stepwise


def test_the_walk_leaves_nothing_outside_its_folder(
    lived: tuple[Store, Settings, list[datetime]], tmp_path: Path
) -> None:
    _, settings, _ = lived

    assert {path.name.split(".")[0] for path in settings.data.iterdir()} <= {"gonequiet", "outbox", "key", "prefect"}
    assert not list(tmp_path.iterdir())
