"""Who is told what and when, over random lives of partners: rules that hold whatever happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.due import due
from alerts.episodes import TROUBLE
from alerts.plan import COUNTED, EAR, WEEK, Draft, People, Plan, Rules
from models.letters import Answer, AnswerKind, Notice, NoticeKind, StoredFlip
from models.records import Flip, Partner, State

START = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday
ANA, BEN, OPS, THEM = "ana@ourco.example", "ben@ourco.example", "ops@ourco.example", "bo@p0.example"
STATES = [State.ON_RHYTHM, State.FADING, State.LATE, State.QUIET, State.GONE, State.BLIND, State.PAUSED]


class Weekdays:
    """At work on weekdays, all day, UTC."""

    def is_open(self, at: datetime) -> bool:
        return at.weekday() < 5

    def days_between(self, since: datetime, until: datetime) -> int:
        days = (until.date() - since.date()).days
        return sum((since.date() + timedelta(days=n + 1)).weekday() < 5 for n in range(days))

    def date_of(self, at: datetime) -> date:
        return at.date()


@dataclass
class World:
    """Partners' lives, lived day by day; every letter is accepted at once."""

    owners: list[str | None]
    weekly_limit: int = 5
    flips: list[StoredFlip] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    letters: list[tuple[datetime, Draft]] = field(default_factory=list)
    ears: tuple[str, ...] = ()

    @property
    def partners(self) -> dict[str, Partner]:
        return {
            f"p{n}": Partner(key=f"p{n}", title=f"P{n}", domains=(f"p{n}.example",), owner=owner, deputy=BEN)
            for n, owner in enumerate(self.owners)
        }

    def turn(self, key: str, new: State, at: datetime, *, historical: bool = False) -> None:
        old = next((s.flip.new for s in reversed(self.flips) if s.flip.partner == key), State.ON_RHYTHM)
        if old is not new:
            flip = Flip(partner=key, old=old, new=new, turned_at=at, reason="", historical=historical)
            self.flips.append(StoredFlip(id=len(self.flips) + 1, flip=flip))

    def day(self, now: datetime) -> Plan:
        plan = due(
            self.flips,
            self.notices,
            self.answers,
            partners=self.partners,
            people=People(
                operator=OPS,
                fallback=None,
                is_partner=lambda address: not address.endswith("@ourco.example"),
                calendar=lambda _reader: Weekdays(),
                ears=self.ears,
            ),
            rules=Rules(weekly_limit=self.weekly_limit),
            sent={reader: self.counted(reader, now - WEEK) for reader in (ANA, BEN, OPS)},
            now=now,
        )
        for skip in plan.skips:
            self.notices.append(
                Notice(
                    about=skip.flip.id,
                    partner=skip.flip.flip.partner,
                    reader=skip.reader,
                    kind=skip.kind,
                    made_at=now,
                    skipped=skip.reason,
                )
            )
        for draft in plan.letters:
            self.letters.append((now, draft))
            for item in draft.items:
                self.notices.append(
                    Notice(
                        about=item.flip.id,
                        partner=item.flip.flip.partner,
                        reader=item.reader,
                        kind=item.kind,
                        made_at=now,
                        told_at=now,
                    )
                )
        return plan

    def counted(self, reader: str, since: datetime) -> int:
        return sum(at > since and draft.reader == reader and draft.kind in COUNTED for at, draft in self.letters)

    def items(self) -> Iterable[tuple[datetime, str, NoticeKind, StoredFlip]]:
        for at, draft in self.letters:
            for item in draft.items:
                yield at, item.reader, item.kind, item.flip


DAYS = st.lists(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STATES), st.booleans()), max_size=3), min_size=5, max_size=45
)
OWNERS = st.lists(st.sampled_from([ANA, BEN, THEM, None]), min_size=3, max_size=3)
SAID = st.dictionaries(st.integers(0, 44), st.tuples(st.integers(0, 2), st.sampled_from(list(AnswerKind))), max_size=6)


def lived(
    days: list[list[tuple[int, State, bool]]],
    owners: list[str | None],
    limit: int,
    said: dict[int, tuple[int, AnswerKind]],
) -> World:
    world = World(owners, weekly_limit=limit)
    for n, turns in enumerate(days):
        now = START + timedelta(days=n)
        for hour, (number, state, historical) in enumerate(turns):
            world.turn(f"p{number}", state, now - timedelta(hours=8 - hour), historical=historical and n < 3)
        if n in said:
            number, kind = said[n]
            until = (now + timedelta(days=4)).date() if kind in {AnswerKind.SNOOZE, AnswerKind.LEAVE} else None
            world.answers.append(
                Answer(id=n, partner=f"p{number}", flip_id=None, kind=kind, until=until, who=ANA, at=now)
            )
        world.day(now)
    return world


@given(DAYS, OWNERS, st.integers(1, 6), SAID)
def test_whatever_happens_the_rules_hold(
    days: list[list[tuple[int, State, bool]]],
    owners: list[str | None],
    limit: int,
    said: dict[int, tuple[int, AnswerKind]],
) -> None:
    world = lived(days, owners, limit, said)

    keys = [(flip.id, reader, kind) for _, reader, kind, flip in world.items()]
    assert len(keys) == len(set(keys))  # never twice
    for at, reader, kind, stored in world.items():
        assert reader.endswith("@ourco.example")  # never to a partner
        assert at.weekday() < 5  # in working hours
        assert not stored.flip.historical  # history alerts nobody
        assert (kind is NoticeKind.BLIND) == (stored.flip.new is State.BLIND)
        assert kind is not NoticeKind.BLIND or reader == OPS  # blind is for the operator alone
        if kind in COUNTED:
            assert stored.flip.new in {State.QUIET, State.GONE}
        if kind is NoticeKind.RECOVERY:
            assert stored.flip.new not in TROUBLE
    for at, draft in world.letters:
        in_the_week = [earlier for earlier in world.letters if at - WEEK < earlier[0] <= at]
        mine = [each for _, each in in_the_week if each.reader == draft.reader and each.kind in COUNTED]
        assert len(mine) <= limit


@given(DAYS, OWNERS, SAID)
def test_no_flip_is_lost(
    days: list[list[tuple[int, State, bool]]], owners: list[str | None], said: dict[int, tuple[int, AnswerKind]]
) -> None:
    world = lived(days, owners, 5, said)

    plan = world.day(START + timedelta(days=60))  # a Friday, long after

    waiting = {item.flip.id for item, _ in plan.held}
    heard = {notice.about for notice in world.notices}
    for stored in world.flips:
        if not stored.flip.historical and stored.flip.new in TROUBLE | {State.BLIND}:
            assert stored.id in heard | waiting


@given(DAYS, OWNERS)
def test_the_same_moment_twice_tells_nothing_new(
    days: list[list[tuple[int, State, bool]]], owners: list[str | None]
) -> None:
    world = lived(days, owners, 5, {})
    now = START + timedelta(days=len(days))
    world.day(now)

    again = world.day(now)

    assert (again.letters, again.skips) == ((), ())


def test_a_program_hears_every_alert_at_once_and_by_itself() -> None:
    world = World([ANA, ANA, ANA], ears=(f"{EAR}webhook",))
    saturday = START + timedelta(days=5)
    world.turn("p0", State.QUIET, saturday)
    world.turn("p1", State.GONE, saturday)

    world.day(saturday)

    assert [(draft.reader, len(draft.items)) for _, draft in world.letters] == [(f"{EAR}webhook", 1)] * 2
