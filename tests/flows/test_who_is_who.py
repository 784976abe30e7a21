"""Who is who may change at any time: the store ends as one that never knew another directory."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Known, Page
from flows.measure import measure
from flows.pull import Ending, pull
from models.directory import Directory
from models.records import Message, Partner, Person, Side, State
from models.settings import Settings
from models.store.ledger import Knowledge
from models.store.store import Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = "ana@us.example"


@dataclass
class Box:
    """A mailbox; a live one that is read from the start asks which mails need no reading, as the services' do."""

    name: str
    live: bool = True
    mails: list[Message] = field(default_factory=list)
    known: Callable[[], Known] | None = None

    @property
    def source(self) -> str:
        return self.name

    def pages(self, cursor: str | None) -> Iterator[Page]:
        todo, kept = self.mails[int(cursor or 0) :], ()
        if cursor is None and self.known is not None:
            settled = self.known()([m.external_id for m in todo])
            kept = tuple(sorted(settled))
            todo = [m for m in todo if m.external_id not in settled]
        until = self.mails[-1].at if self.mails else START
        yield Page(
            interactions=tuple(todo), kept=kept, cursor=str(len(self.mails)), read_until=until, sweep=cursor is None
        )


class House:
    """A store with its mailboxes."""

    def __init__(self, store: Store, us: tuple[str, ...] = ("us.example",)) -> None:
        self.store, self.us = store, us
        self.now = START + timedelta(days=400)

    @property
    def directory(self) -> Directory:
        return self.store.partners.directory(self.us)

    def watch(self, *partners: Partner, us: tuple[str, ...] | None = None) -> None:
        """Exactly these from now on, said as the commands say it."""
        self.us = us or self.us
        wanted = {partner.key: partner for partner in partners}
        for known in self.store.partners.all():
            if known.key not in wanted:
                self.store.partners.remove(known.key)
        for partner in partners:
            if not self.store.partners.change(partner):
                self.store.partners.add(partner, now=START)
        self.store.standings.touch_all()
        place = self.directory.side
        counted = self.store.outside.domains()
        self.store.outside.forget(c.name for c in counted if place(f"x@{c.name}") is Side.PARTNER)

    def read(self, box: Box) -> None:
        directory = self.directory
        source = self.store.sources.ensure(box.name, live=box.live)
        box.known = (lambda: Knowledge(self.store.database, source, directory)) if box.live else None
        pulled = pull(self.store, box, directory, clock=lambda: self.now, worker="w", live=box.live)
        assert pulled.ending is Ending.COMPLETE

    def holds(self) -> dict[str, Any]:
        """What it holds of each partner: words of both sides, the mails they stand in, and absences.

        Not what a third party wrote with a partner in copy: that is nobody's word.
        """
        ids = {watched.id: watched.partner.key for watched in self.store.partners.watched()}
        contacts = self.store.interactions.contacts(dict.fromkeys(ids, -1))
        found: dict[str, Any] = {}
        for id_, key in ids.items():
            mails = [i for i in self.store.interactions.of(key) if isinstance(i, Message) and self._is_word(i, key)]
            found[key] = (
                [word for word in contacts[id_] if word[1] < 2],
                sorted((m.uid, m.at, str(m.sender), sorted(p.address for p in m.to)) for m in mails),
                sorted((a.person or "", a.since) for a in self.store.partners.absences(key)),
            )
        return found

    def _is_word(self, mail: Message, key: str) -> bool:
        place = self.directory.place(mail.sender.address if mail.sender else "")
        return place.side is Side.US or place.partner == key

    def judged(self) -> dict[str, State]:
        measure(self.store, Settings(us=self.us), self.directory, now=self.now)
        return {key: standing.state for key, standing in self.store.standings.all().items()}


def mail(n: int, sender: str, *to: str, box: str = "gmail:ana") -> Message:
    return Message(
        source=box,
        external_id=f"{box}/{n}",
        uid=f"<{n}@mail.example>",
        at=START + timedelta(days=n),
        sender=Person(address=sender),
        to=tuple(Person(address=a) for a in to),
    )


def partner(key: str, *places: str) -> Partner:
    domains = tuple(p for p in places if "@" not in p)
    return Partner(key=key, title=key.title(), domains=domains, addresses=tuple(p for p in places if "@" in p))


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_who_joins_a_partner_has_always_spoken_for_it(house: House) -> None:
    box = Box("gmail:ana", mails=[mail(n, "kim@labs.example", ANA, "raj@north.example") for n in range(9)])
    house.watch(partner("north", "north.example"))
    house.read(box)
    house.watch(partner("north", "north.example", "labs.example"))
    house.read(box)

    ((_, side, _), *rest) = house.holds()["north"][0]

    assert (side, len(rest)) == (1, 8)


PEOPLE = (
    ANA,
    "bo@us.example",
    "pat@sister.example",
    "raj@north.example",
    "kim@labs.example",
    "eve@east.example",
    "liu@cn.east.example",
    "sol@big.example",
    "joe@big.example",
    "mia@gmail.com",
)
PLACES = ("north.example", "labs.example", "east.example", "cn.east.example", "sol@big.example", "mia@gmail.com")


def directories(chance: random.Random) -> tuple[list[Partner], tuple[str, ...]]:
    us = ("us.example", "sister.example") if chance.random() < 0.3 else ("us.example",)
    owners: dict[str, list[str]] = {}
    for place in (*PLACES, "sister.example", "raj@north.example"):
        owner = chance.choice(("one", "two", "three", ""))
        if owner and (place != "raj@north.example" or chance.random() < 0.3):
            owners.setdefault(owner, []).append(place)
    return [partner(key, *places) for key, places in sorted(owners.items())], us


@pytest.mark.parametrize("seed", range(8))
def test_the_store_ends_as_if_it_had_always_known(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lived = House(Store.at(tmp_path / "lived.db"))
    boxes = [Box("gmail:ana"), Box("gmail:bo"), Box("archive:old", live=False)]
    for n in range(60):
        if chance.random() < 0.12:
            partners, us = directories(chance)
            lived.watch(*partners, us=us)
        sender, *to = chance.sample(PEOPLE, chance.randint(2, 4))
        mine = {"gmail:ana": ANA, "gmail:bo": "bo@us.example"}
        for box in boxes:
            # A mailbox holds what its owner sent or got.
            if (mine.get(box.name, ANA) in {sender, *to} and box.live) or (not box.live and chance.random() < 0.4):
                box.mails.append(mail(n, sender, *to, box=box.name))
        if chance.random() < 0.3:
            lived.read(chance.choice(boxes))
    for box in boxes:
        lived.read(box)
    fresh = House(Store.at(tmp_path / "fresh.db"), us=lived.us)
    fresh.watch(*lived.store.partners.all())
    for box in boxes:
        fresh.read(box)

    was, never = lived.holds(), fresh.holds()

    for key in never:
        assert was[key] == never[key], key
    lived.store.close()
    fresh.store.close()
