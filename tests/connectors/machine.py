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
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from connectors.base import ConnectorError
from models.records import Message
from tests.connectors.keepers import GRACE, Keeper, Killed, Vendor, is_on

VENDORS = {  # name -> module:class of the bound machine
    "google": "tests.connectors.google.life:GoogleMachine",
    "google-store": "tests.connectors.google.life:GoogleStoreMachine",
    "microsoft": "tests.connectors.microsoft.life:MicrosoftMachine",
    "microsoft-store": "tests.connectors.microsoft.life:MicrosoftStoreMachine",
}


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
