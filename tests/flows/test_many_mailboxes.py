"""A partner in several mailboxes: a word from them counts at once, silence only where every mailbox was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Page
from flows.measure import measure
from models.directory import Directory
from models.records import Flip, Message, Partner, Person, Standing, State
from models.settings import Settings
from models.store.standings import Judgement
from models.store.store import Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SETTINGS = Settings(us=("us.example",))
THEM = Person(address="raj@acme.example")


def mail(name: str, at: datetime, mailbox: str) -> Message:
    reader = Person(address=f"{mailbox}@us.example")
    return Message(source=f"gmail:{mailbox}", external_id=name, uid=f"<{name}@acme>", at=at, sender=THEM, to=(reader,))


class House:
    """Ana and Ben, who both hear from Acme on most working days; then nothing for three weeks."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.partners.add(Partner(key="acme", title="Acme", domains=("acme.example",)), now=START)
        self.directory: Directory = store.partners.directory(SETTINGS.us)
        for mailbox, first in (("ana", 0), ("ben", 1)):
            days = [START + timedelta(days=day) for day in range(first, 60, 2)]
            mails = [mail(f"{mailbox}-{n}", day, mailbox) for n, day in enumerate(days) if day.weekday() < 5]
            self.read(mailbox, START + timedelta(days=60), *mails)

    def read(self, mailbox: str, until: datetime, *mails: Message) -> set[str]:
        source = self.store.sources.ensure(f"gmail:{mailbox}", live=True)
        page = Page(interactions=mails, read_until=until)
        return self.store.pages.save(source, page, self.directory, now=until).touched

    def judged(self, now: datetime, keys: set[str] | None = None) -> Standing:
        measure(self.store, SETTINGS, self.directory, now=now, keys=keys)
        return self.store.standings.all()["acme"]


@pytest.fixture
def house(sqlite_store: Store) -> House:
    return House(sqlite_store)


SILENT = START + timedelta(days=81)


def test_a_word_in_one_mailbox_ends_the_silence_before_the_others_are_read(house: House) -> None:
    for mailbox in ("ana", "ben"):
        house.read(mailbox, SILENT)
    before = house.judged(SILENT)
    word = SILENT + timedelta(minutes=4)

    touched = house.read("ana", SILENT + timedelta(minutes=5), mail("word", word, "ana"))
    after = house.judged(SILENT + timedelta(minutes=5), touched)

    assert before.state in {State.QUIET, State.GONE}
    assert (after.state, after.last_inbound, after.judged_at) == (State.ON_RHYTHM, word, word)
    assert next(flip.new for flip in house.store.standings.flips("acme")) is State.ON_RHYTHM


def test_silence_is_judged_only_up_to_where_every_mailbox_was_read(house: House) -> None:
    lagging = START + timedelta(days=61)
    house.read("ben", lagging)
    now = lagging + timedelta(hours=40)
    house.read("ana", now)

    standing = house.judged(now)

    assert standing.judged_at == lagging
    assert standing.quiet_after is None or standing.quiet_after > standing.judged_at


def test_a_later_round_does_not_take_the_word_back(house: House) -> None:
    for mailbox in ("ana", "ben"):
        house.read(mailbox, SILENT)
    house.judged(SILENT)
    touched = house.read("ana", SILENT + timedelta(minutes=5), mail("word", SILENT + timedelta(minutes=4), "ana"))
    house.judged(SILENT + timedelta(minutes=5), touched)

    again = house.judged(SILENT + timedelta(minutes=6))

    assert (again.state, again.judged_at) == (State.ON_RHYTHM, SILENT + timedelta(minutes=4))


def test_a_word_beyond_the_horizon_is_measured_once_every_mailbox_was_read(house: House) -> None:
    for mailbox in ("ana", "ben"):
        house.read(mailbox, SILENT)
    house.judged(SILENT)
    until = SILENT + timedelta(minutes=5)
    touched = house.read("ana", until, mail("word", SILENT + timedelta(minutes=4), "ana"))
    for signals in (False, True):  # as after a push
        measure(house.store, SETTINGS, house.directory, now=until, keys=touched, signals=signals)

    waiting = house.store.standings.due(until)
    house.read("ben", until)
    measure(house.store, SETTINGS, house.directory, now=until, signals=True)

    assert waiting == ["acme"]
    assert house.store.standings.due(until) == []


def test_what_another_mailbox_brings_later_is_learned_as_if_it_had_come_in_time(house: House) -> None:
    for mailbox in ("ana", "ben"):
        house.read(mailbox, SILENT)
    house.judged(SILENT)
    touched = house.read("ana", SILENT + timedelta(hours=26), mail("late", SILENT + timedelta(hours=25), "ana"))
    house.judged(SILENT + timedelta(hours=26), touched)
    until = SILENT + timedelta(hours=27)
    house.read("ana", until)
    touched = house.read("ben", until, mail("early", SILENT + timedelta(hours=1), "ben"))

    step_by_step = house.judged(until, touched)
    house.store.standings.forget_memories(["acme"])
    at_once = house.judged(until)

    assert step_by_step.evidence == at_once.evidence
    assert (step_by_step.last_inbound, step_by_step.quiet_after) == (at_once.last_inbound, at_once.quiet_after)


def test_a_word_does_not_hide_that_a_mailbox_cannot_be_read(house: House) -> None:
    for mailbox in ("ana", "ben"):
        house.read(mailbox, SILENT)
    now = SILENT + timedelta(days=4)

    touched = house.read("ana", now, mail("word", now - timedelta(hours=1), "ana"))
    standing = house.judged(now, touched)

    assert standing.state is State.BLIND
    assert "gmail:ben" in standing.reason


def test_an_account_whose_mail_an_archive_had_brought_already_carries_its_partners(sqlite_store: Store) -> None:
    sqlite_store.partners.add(Partner(key="acme", title="Acme", domains=("acme.example",)), now=START)
    directory = sqlite_store.partners.directory(SETTINGS.us)
    mails = [mail(str(n), START + timedelta(days=n), "ana") for n in range(40)]
    end, now = mails[-1].at, mails[-1].at + timedelta(days=60)
    archive = sqlite_store.sources.ensure("archive:takeout", live=False)
    sqlite_store.pages.save(archive, Page(interactions=tuple(mails), read_until=end), directory, now=end)
    measure(sqlite_store, SETTINGS, directory, now=end)
    account = sqlite_store.sources.ensure("gmail:ana", live=True)
    sqlite_store.pages.save(account, Page(interactions=tuple(mails), read_until=now), directory, now=now)

    measure(sqlite_store, SETTINGS, directory, now=now)

    standing = sqlite_store.standings.all()["acme"]
    assert (standing.state in {State.QUIET, State.GONE}, standing.judged_at) == (True, now)


def test_a_word_that_comes_while_its_partner_is_judged_is_not_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their word of 11:55 is read from Ben's mailbox after ours of noon was judged, and before that is written."""
    noon = SILENT + timedelta(hours=3)
    ours = Message(
        source="gmail:ana",
        external_id="ours",
        uid="<ours@us>",
        at=noon,
        sender=Person(address="ana@us.example"),
        to=(THEM,),
    )
    house.read("ben", noon)
    house.read("ana", noon, ours)
    word = noon - timedelta(minutes=5)
    standings = house.store.standings
    write = standings.save

    def read_ben_first(judgements: Sequence[Judgement], *, now: datetime) -> list[Flip]:
        monkeypatch.undo()
        house.read("ben", noon, mail("word", word, "ben"))
        return write(judgements, now=now)

    monkeypatch.setattr(standings, "save", read_ben_first)
    assert house.judged(noon).last_inbound != word

    assert house.judged(noon).last_inbound == word
