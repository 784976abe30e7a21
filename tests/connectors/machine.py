"""Random lives of a mailbox: after the faults stop and one pull, the store equals the service's truth.

One machine, any vendor. A vendor is a local server with an admin door (`Vendor`); a keeper is where pages are saved
(`Keeper`: in memory, or the real store with a kill between any two statements). Hypothesis invents the life: mail and
meetings appear, move, change, vanish; tokens age; requests fail in every way the vendor's server knows; the puller is
killed in the middle. A subclass binds the two:

    class GmailMachine(MailboxMachine):
        vendor_type = GoogleVendor
        keeper_type = MemoryKeeper

Long runs: `python -m tests.connectors.machine --vendor google --steps 100000 --seed 7`.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from connectors.base import Connector, ConnectorError, CursorExpired, Known, Page
from models.records import Interaction, Meeting, MeetingStatus, Message

VENDORS = {  # name -> module:class of the bound machine
    "google": "tests.connectors.google.life:GoogleMachine",
    "google-store": "tests.connectors.google.life:GoogleStoreMachine",
    "microsoft": "tests.connectors.microsoft.life:MicrosoftMachine",
}


# Long against the day that each pull takes, so that most settled moments lie within one grace of each other.
GRACE = timedelta(days=40)


class Killed(BaseException):
    """The process dies here; nothing catches it but the machine."""


class Vendor(ABC):
    """A vendor's local server and the connectors over it, made anew for each life."""

    changes: ClassVar[tuple[str, ...]]
    """Names of the changes that `change` knows: "mail arrives", "instance moves", ..."""

    faults: ClassVar[tuple[str, ...]]
    """Names of the faults that `inject` knows: "429", "html body", "timeout", ..."""

    @abstractmethod
    def change(self, what: str, dice: random.Random) -> None:
        """Make one change at the service; `dice` picks the victim. Nothing to change: do nothing."""

    @abstractmethod
    def age(self, dice: random.Random) -> None:
        """Age a token, cursor or history so that its next use may be refused."""

    @abstractmethod
    def inject(self, faults: Sequence[str], rate: float, dice: random.Random) -> None:
        """From now on each request suffers one of the faults with this probability."""

    @abstractmethod
    def calm(self) -> None:
        """No faults any more, and no quota left in debt."""

    @abstractmethod
    def connectors(self, known: Callable[[str], Known]) -> Sequence[Connector]:
        """A fresh connector for each source, as after a restart; `known` gives what a source holds.

        They never sleep: waiting moves the vendor's own clock.
        """

    @abstractmethod
    def truth(self) -> Mapping[str, Mapping[str, Interaction]]:
        """What a perfect reader would hold now: by source, by external id. Nothing that is withdrawn or left out."""

    def lingering(self) -> Mapping[str, frozenset[str]]:
        """Those ids of the truth that count only for a reader who held them before: mail in the bin."""
        return {}


class Keeper(ABC):
    """Where pages are saved. A day passes with each pull; mail that vanished counts for GRACE."""

    now: datetime
    """The time of the last pull."""

    @abstractmethod
    def pull(self, connector: Connector) -> None:
        """One pull of one source, a day later, as flows.pull does it; raises the connector's errors, or Killed."""

    @abstractmethod
    def vanished(self, source: str) -> Collection[str]:
        """Mails that the source no longer shows and that still count, as `live` names them."""

    @abstractmethod
    def wait(self) -> None:
        """A grace passes, and whatever vanished stops counting."""

    @abstractmethod
    def kill_after(self, statements: int | None) -> None:
        """Die after so many further statements; None = live on."""

    @abstractmethod
    def restart(self) -> None:
        """Open again after a kill: only what was committed is left."""

    @abstractmethod
    def known(self, source: str) -> Known:
        """What this source already holds."""

    @abstractmethod
    def live(self, source: str) -> Mapping[str, object]:
        """What is held and not withdrawn, by external id, each in the form that `expected` gives."""

    def name_of(self, external_id: str) -> str:
        """How this keeper names an external id."""
        return external_id

    def expected(self, external_id: str, interaction: Interaction) -> object | None:
        """The form in which this keeper holds an interaction; None = it would not keep it."""
        return essence(interaction)

    def close(self) -> None:  # noqa: B027 - a keeper in memory has nothing to give back
        """Give everything back."""


def essence(interaction: Interaction) -> object:
    """An interaction without what depends on when we looked: a meeting's seen_at, moved_by and answered_at."""
    if not isinstance(interaction, Meeting):
        return interaction
    invitees = tuple(sorted((a.person.address, a.response, a.optional, a.resource) for a in interaction.attendees))
    return (
        interaction.uid,
        interaction.at,
        interaction.until,
        interaction.status,
        interaction.original_start,
        interaction.organiser,
        invitees,
        interaction.all_day,
        interaction.free,
    )


def is_on(interaction: Interaction) -> bool:
    """Whether it takes place: a cancelled meeting is as good as gone, however we heard of it."""
    return not (isinstance(interaction, Meeting) and interaction.status is MeetingStatus.CANCELLED)


class MemoryKeeper(Keeper):
    """Pages in dictionaries, by the same rules as the store: a page and its cursor fall together."""

    def __init__(self) -> None:
        self.now = datetime(2027, 1, 1, tzinfo=UTC)
        self.cursors: dict[str, str | None] = {}
        self.generation: dict[str, int] = {}
        self.items: dict[str, dict[str, tuple[Interaction | None, int]]] = {}
        self.away: dict[str, dict[str, datetime]] = {}  # source -> vanished mail -> since when
        self._fuse: int | None = None

    def pull(self, connector: Connector) -> None:
        """One pull; an expired cursor is read again from None, once."""
        source = connector.source
        self.now += timedelta(days=1)
        try:
            self._read(connector, self.cursors.get(source))
        except CursorExpired:
            self.cursors[source] = None
            self._read(connector, None)
        self._lapse(source)

    def vanished(self, source: str) -> Collection[str]:
        """Those marked."""
        return self.away.get(source, {}).keys()

    def wait(self) -> None:
        """A grace and a day."""
        self.now += GRACE + timedelta(days=1)
        for source in self.away:
            self._lapse(source)

    def _lapse(self, source: str) -> None:
        away = self.away.get(source, {})
        for external_id in [i for i, since in away.items() if self.now - since >= GRACE]:
            del away[external_id]
            self.items[source].pop(external_id, None)

    def _read(self, connector: Connector, cursor: str | None) -> None:
        source = connector.source
        if cursor is None:
            self.generation[source] = self.generation.get(source, 0) + 1
        for page in connector.pages(cursor):
            self._burn()
            self._save(source, page)
            self._burn()

    def _save(self, source: str, page: Page) -> None:
        if page.census:
            self.generation[source] += 1
        items, generation = self.items.setdefault(source, {}), self.generation[source]
        away = self.away.setdefault(source, {})

        def vanish(external_id: str) -> bool:
            if not isinstance(items.get(external_id, (None,))[0], Message):
                return False
            away.setdefault(external_id, self.now)
            return True

        for external_id in page.gone:
            if not vanish(external_id):
                items.pop(external_id, None)
        for skipped in page.skipped:
            if not vanish(skipped.external_id):
                items[skipped.external_id] = (None, generation)
        for external_id in page.kept:
            away.pop(external_id, None)
            if external_id in items:
                items[external_id] = (items[external_id][0], generation)
        for interaction in page.interactions:
            assert interaction.source == source
            away.pop(interaction.external_id, None)
            items[interaction.external_id] = (interaction, generation)
        if page.sweep:
            for external_id in [k for k, v in items.items() if v[1] != generation]:
                if not vanish(external_id):
                    del items[external_id]
        if page.cursor is not None:
            self.cursors[source] = page.cursor

    def _burn(self) -> None:
        if self._fuse is not None:
            self._fuse -= 1
            if self._fuse < 0:
                raise Killed

    def kill_after(self, statements: int | None) -> None:
        """Here a page is two statements."""
        self._fuse = statements

    def restart(self) -> None:
        """Everything saved is still there."""
        self._fuse = None

    def known(self, source: str) -> Known:
        """Ids that hold an interaction and have not vanished."""

        def known(external_ids: Sequence[str]) -> frozenset[str]:
            items, away = self.items.get(source, {}), self.away.get(source, {})
            return frozenset(i for i in external_ids if i not in away and i in items and items[i][0] is not None)

        return known

    def live(self, source: str) -> Mapping[str, object]:
        """Essences of what is held."""
        return {k: essence(v[0]) for k, v in self.items.get(source, {}).items() if v[0] is not None and is_on(v[0])}


class MailboxMachine(RuleBasedStateMachine):
    """The life itself. A subclass names a vendor and a keeper; `tally` counts what was run."""

    vendor_type: ClassVar[Callable[[], Vendor]]
    keeper_type: ClassVar[Callable[[], Keeper]]
    tally: ClassVar[dict[str, int]] = {"steps": 0, "lives": 0, "settled": 0, "kills": 0, "errors": 0}

    def __init__(self) -> None:
        super().__init__()
        self.vendor = type(self).vendor_type()
        self.keeper = type(self).keeper_type()
        self.faulty = False
        self.settled_at = self.keeper.now
        self.mails_then: dict[str, frozenset[str]] = {}  # what counted when life was settled last
        self.tally["lives"] += 1

    @rule(data=st.data(), dice=st.integers(0, 2**32 - 1), times=st.integers(1, 8))
    def something_changes(self, data: st.DataObject, dice: int, times: int) -> None:
        """Mail or meetings appear, move, change or vanish."""
        self.tally["steps"] += 1
        rolled = random.Random(dice)
        for _ in range(times):
            self.vendor.change(data.draw(st.sampled_from(self.vendor.changes)), rolled)

    @rule(dice=st.integers(0, 2**32 - 1))
    def a_token_ages(self, dice: int) -> None:
        """The service forgets a position."""
        self.tally["steps"] += 1
        self.vendor.age(random.Random(dice))

    @rule(data=st.data(), rate=st.sampled_from([0.05, 0.2, 0.5]), dice=st.integers(0, 2**32 - 1))
    def faults_begin(self, data: st.DataObject, rate: float, dice: int) -> None:
        """Requests fail at random from now on, the next pull's first."""
        self.tally["steps"] += 1
        chosen = data.draw(st.lists(st.sampled_from(self.vendor.faults), min_size=1, max_size=4, unique=True))
        self.vendor.inject(chosen, rate, random.Random(dice))
        self.faulty = True
        self._pull_all()

    @precondition(lambda self: self.faulty)
    @rule()
    def faults_end(self) -> None:
        """The service is well again."""
        self.tally["steps"] += 1
        self.vendor.calm()
        self.faulty = False

    @rule()
    def pull(self) -> None:
        """Pull every source; errors of the three kinds are the connector's right, others are not."""
        self.tally["steps"] += 1
        self._pull_all()

    @rule(statements=st.integers(0, 60))
    def pull_and_die(self, statements: int) -> None:
        """Pull, and die between two statements."""
        self.tally["steps"] += 1
        self.keeper.kill_after(statements)
        try:
            self._pull_all()
        except Killed:
            self.tally["kills"] += 1
        self.keeper.restart()

    @rule()
    def settle(self) -> None:
        """The faults stop, one pull, and the store equals the truth: at once but for mail in its grace, then whole."""
        self.tally["steps"] += 1
        self._settle()

    def teardown(self) -> None:
        """Every life ends settled."""
        try:
            self._settle()
        finally:
            self.keeper.close()

    def _pull_all(self) -> None:
        for connector in self.vendor.connectors(self.keeper.known):
            try:
                self.keeper.pull(connector)
            except ConnectorError:
                if not self.faulty:
                    raise
                self.tally["errors"] += 1

    def _settle(self) -> None:
        self.vendor.calm()
        self.faulty = False
        before = {source: self._counting(source) for source in self.vendor.lingering()}
        self._pull_all()
        self.tally["settled"] += 1
        told, missed = self.vendor.truth(), self.vendor.lingering()
        wanted = {
            source: {
                self.keeper.name_of(k): facts
                for k, v in items.items()
                if is_on(v)
                and (k not in missed.get(source, ()) or self.keeper.name_of(k) in before.get(source, ()))
                and (facts := self.keeper.expected(k, v)) is not None
            }
            for source, items in told.items()
        }
        soon = self.keeper.now - self.settled_at < GRACE
        for source, facts in wanted.items():
            held, away = dict(self.keeper.live(source)), set(self.keeper.vanished(source))
            _same_ids(source, held.keys(), facts.keys() | away)
            assert not away & facts.keys(), (source, {"called vanished": sorted(away & facts.keys())})
            early = self.mails_then.get(source, frozenset()) - held.keys() if soon else frozenset()
            assert not early, (source, {"withdrawn before the grace was over": sorted(early)})
            for name, value in facts.items():
                assert held[name] == value, (source, name)
        self.keeper.wait()
        for source, facts in wanted.items():
            _same_ids(source, self.keeper.live(source).keys(), facts.keys())
            mails = {self.keeper.name_of(k) for k, v in told[source].items() if isinstance(v, Message)}
            self.mails_then[source] = frozenset(mails & facts.keys())
        self.settled_at = self.keeper.now

    def _counting(self, source: str) -> frozenset[str]:
        return frozenset(self.keeper.live(source).keys() - set(self.keeper.vanished(source)))


def _same_ids(source: str, held: Collection[str], wanted: Collection[str]) -> None:
    lost, invented = set(wanted) - set(held), set(held) - set(wanted)
    assert not lost, (source, {"lost": sorted(lost)})
    assert not invented, (source, {"invented": sorted(invented)})


LIFE = 50


@contextmanager
def _by_the_seed_alone() -> Iterator[None]:
    """Without this Hypothesis also draws numbers that it finds in whatever modules are loaded, and lives differ."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HypothesisProvider, "_maybe_draw_constant", lambda *_, **__: None)
        yield


def run(machine: type[MailboxMachine], steps: int, seeded: int, *, shrink: bool = False) -> dict[str, int]:
    """At least so many steps, in lives of fifty; the tally of this run. AssertionError with the story if one fails.

    `shrink` = look for the shortest such story, which takes minutes.
    """
    before = dict(machine.tally)
    chosen = settings(
        max_examples=max(1, steps // LIFE),
        stateful_step_count=LIFE,
        deadline=None,
        derandomize=False,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,  # the first is enough: looking for others takes as long again
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with _by_the_seed_alone():
        while machine.tally["steps"] - before["steps"] < steps:
            run_state_machine_as_test(seed(seeded)(machine), settings=chosen, _min_steps=LIFE)
            seeded += 1
    return {name: machine.tally[name] - before[name] for name in before}


def main(arguments: Sequence[str]) -> int:
    """The long run of one vendor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendor", choices=sorted(VENDORS), default="google")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--shrink", action="store_true", help="look for the shortest failing story")
    chosen = parser.parse_args(arguments)
    module, _, name = VENDORS[chosen.vendor].partition(":")
    machine = getattr(importlib.import_module(module), name)
    sys.stdout.write(f"{chosen.vendor}: {chosen.steps} steps, seed {chosen.seed}\n")
    started, done, step_seed = time.monotonic(), 0, chosen.seed
    while done < chosen.steps:
        tally = run(machine, min(5000, chosen.steps - done), step_seed, shrink=chosen.shrink)
        done += tally["steps"]
        step_seed += 1000
        sys.stdout.write(f"{done} steps after {time.monotonic() - started:.0f} s: {tally}\n")
        sys.stdout.flush()
    sys.stdout.write("every settled life equals the service's truth\n")
    return 0


if __name__ == "__main__":
    # Run as a script this file is __main__; the vendors subclass the imported one.
    sys.exit(importlib.import_module("tests.connectors.machine").main(sys.argv[1:]))
