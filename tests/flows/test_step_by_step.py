"""Judging step by step, in whatever order news comes, gives the standings that judging anew would.

Random lives of two partners in two mailboxes and a calendar: late and shuffled mail, out-of-office replies, meetings
moved and dropped, mail that vanishes, calendars, cadences and pauses changed, people erased, rounds of all or of one.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Page
from flows.measure import measure
from flows.pull import GRACE
from models.records import (
    Absence,
    Attendee,
    Interaction,
    Meeting,
    MeetingStatus,
    Message,
    MessageClass,
    Partner,
    Person,
    Response,
)
from models.settings import Settings
from models.store.persons import NamedPartner
from models.store.store import Store

START = datetime(2026, 2, 2, 9, tzinfo=UTC)
US = ("ana@us.example", "bo@us.example")
THEM = ("raj@northwind.example", "kim@northwind.example", "eve@contoso.example")
MAILBOXES = {"gmail:ana": US[0], "gmail:bo": US[1]}
CALENDAR = "gcal:ana"


class Life:
    """A store and what happens to it, by the seed alone."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.dice = store, random.Random(seed)
        self.now = START
        self.settings = Settings(
            us=("us.example",), zone=self.dice.choice(["UTC", "Europe/Berlin", "America/New_York"])
        )
        since = START + timedelta(days=self.dice.choice([0, 60]))
        cadence = self.dice.choice([None, None, 5.0])
        store.partners.add(
            Partner(key="northwind", title="Northwind", domains=("northwind.example",), cadence=cadence), now=since
        )
        store.partners.add(Partner(key="contoso", title="Contoso", domains=("contoso.example",)), now=START)
        self.waiting: dict[str, list[Interaction]] = {name: [] for name in MAILBOXES}
        self.read: dict[str, list[str]] = {name: [] for name in MAILBOXES}
        self.meetings: list[str] = []
        self.silent_from = self.dice.randint(60, 150)
        self.count = 0

    def step(self) -> None:
        dice = self.dice
        self.now += timedelta(days=dice.choice([0.01, 0.3, 1, 1, 2, 5]), hours=dice.random() * 5)
        for _ in range(dice.randint(0, 4)):
            self._write()
        if dice.random() < 0.3:
            self._invite()
        if self.meetings and dice.random() < 0.08:
            self._save(CALENDAR, gone=(dice.choice(self.meetings),), read_until=self.now)
        for name in MAILBOXES:
            if dice.random() < 0.7:
                self._pull(name)
        if self.store.sources.find(CALENDAR) is not None and dice.random() < 0.8:
            self._save(CALENDAR, read_until=self.now)
        act = dice.random()
        if act < 0.15:
            name = dice.choice(list(MAILBOXES))
            vanished = dice.sample(self.read[name], min(len(self.read[name]), 3))
            self._save(name, gone=tuple(vanished))
        elif act < 0.18:
            with suppress(NamedPartner):
                self.store.persons.erase(dice.choice(THEM + US))
        elif act > 0.9:
            self._change_the_calendar()
        for name in MAILBOXES:
            self.store.pages.lapse(self.store.sources.ensure(name, live=True), before=self.now - GRACE, now=self.now)
        if dice.random() < 0.75:
            keys = None if dice.random() < 0.7 else {dice.choice(["northwind", "contoso"])}
            self.judge(keys, signals=dice.random() < 0.2)

    def judge(self, keys: set[str] | None = None, *, signals: bool = False) -> None:
        directory = self.store.partners.directory(self.settings.us)
        measure(self.store, self.settings, directory, now=self.now, keys=keys, signals=signals)

    def _write(self) -> None:
        dice, self.count = self.dice, self.count + 1
        at = self.now - timedelta(hours=dice.random() * 30)
        sender = dice.choice(THEM if dice.random() < 0.6 else US)
        to = dice.sample([one for one in US + THEM if one != sender], dice.randint(1, 3))
        kind = dice.choices([MessageClass.HUMAN, MessageClass.AUTO_REPLY, MessageClass.BULK], [9, 1, 1])[0]
        back = (at + timedelta(days=dice.randint(1, 9))).date() if kind is MessageClass.AUTO_REPLY else None
        if (at - START).days > self.silent_from:
            return
        for name, own in MAILBOXES.items():
            if own in (sender, *to):
                mail = Message(
                    source=name,
                    external_id=f"{name}-{self.count}",
                    uid=f"<{self.count}@mail.example>",
                    at=at,
                    sender=Person(address=sender),
                    to=tuple(Person(address=one) for one in to),
                    message_class=kind,
                    back_on=back,
                )
                self.waiting[name].append(mail)

    def _invite(self) -> None:
        dice, self.count = self.dice, self.count + 1
        key = dice.choice(self.meetings) if self.meetings and dice.random() < 0.6 else f"event-{self.count}"
        self.meetings.append(key)
        at = self.now + timedelta(hours=dice.randint(-40, 300))
        guest = Attendee(person=Person(address=dice.choice(THEM)), response=dice.choice(list(Response)))
        meeting = Meeting(
            source=CALENDAR,
            external_id=key,
            uid=key,
            at=at,
            until=at + timedelta(hours=1),
            seen_at=self.now,
            organiser=Person(address=US[0]),
            attendees=(guest,),
            status=dice.choice([MeetingStatus.CONFIRMED] * 3 + [MeetingStatus.CANCELLED]),
        )
        self._save(CALENDAR, interactions=(meeting,), read_until=self.now)

    def _pull(self, name: str) -> None:
        mails, self.waiting[name] = self.waiting[name], []
        self.dice.shuffle(mails)
        self._save(name, interactions=tuple(mails), read_until=self.now)
        self.read[name] += [mail.external_id for mail in mails]
        fingerprint = self.store.partners.directory(self.settings.us).fingerprint
        self.store.sources.finished(name, now=self.now, directory=fingerprint)

    def _save(self, name: str, **page: Any) -> None:
        directory = self.store.partners.directory(self.settings.us)
        source = self.store.sources.ensure(name, live=True)
        self.store.pages.save(source, Page(cursor="1", **page), directory, now=self.now)

    def _change_the_calendar(self) -> None:
        dice, partner = self.dice, self.store.partners.find("northwind")
        assert partner is not None
        closed = frozenset({(START + timedelta(days=dice.randint(0, 100))).date()})
        changes: list[dict[str, Any]] = [
            {"hours": replace(partner.hours, zone=dice.choice(["Asia/Kolkata", "Europe/Berlin", "UTC"]))},
            {"hours": replace(partner.hours, country=dice.choice(["IN", "DE", None]), region=None)},
            {"hours": replace(partner.hours, closed=closed)},
            {"cadence": dice.choice([None, 4.0])},
        ]
        self.store.partners.change(replace(partner, **dice.choice(changes)))
        if dice.random() < 0.5:
            self.store.partners.add_absence(Absence(partner="northwind", since=self._day(-9, 0), until=self._day(1, 9)))
        self.store.standings.touch_all()

    def _day(self, first: int, last: int) -> date:
        return (self.now + timedelta(days=self.dice.randint(first, last))).date()


@pytest.mark.parametrize("seed", range(12))
def test_judging_step_by_step_equals_judging_anew(sqlite_store: Store, seed: int) -> None:
    life = Life(sqlite_store, seed)
    for _ in range(30):
        life.step()
    life.judge()
    stepwise = sqlite_store.standings.all()

    sqlite_store.standings.forget_memories(stepwise)
    life.judge()

    assert sqlite_store.standings.all() == stepwise
