"""After 100 new mails among many stored: how long until everyone they touch is judged (bars G1 and G2).

    .venv/bin/python -m benchmarks.judging [--stored 100000,1000000] [--rounds 40] [--folder bench-data]

For each size a SQLite store is made once (2,000 partners, a seeded generator) and kept in the folder: a million mails
take some two minutes, ten million half an hour and 1.6 GB. A round stores one page of 100 new mails in one
transaction and judges the partners that it touched. The sizes take turns, round by round. Every eighth round the same
is done by reading the touched partners' whole history again. Medians and 95th percentiles of wall time, the CPU time
of the median round, and what moving the write-ahead log into the file takes afterwards, when nobody waits.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.base import Page
from flows.measure import measure
from models.records import Message, Partner, Person
from models.settings import Settings
from models.store.sources import Source
from models.store.store import Store

PARTNERS = 2_000
START = datetime(2024, 1, 8, 9, tzinfo=UTC)
SPAN = timedelta(days=720)
US = Person(address="ana@us.example")
_PAGE = 10_000


def partner(n: int) -> Partner:
    """The n-th partner of the benchmark."""
    return Partner(key=f"p{n}", title=f"Partner {n}", domains=(f"p{n}.example",))


def mails(dice: random.Random, count: int, first: int, since: datetime, span: timedelta) -> Iterator[Message]:
    """Mails spread over the span, ascending; a few partners are busy and most are not."""
    for n in range(count):
        number = int(PARTNERS * dice.random() ** 2)
        them = Person(address=f"x{dice.randrange(5)}@p{number}.example")
        inbound = dice.random() < 0.55
        yield Message(
            source="gmail:bench",
            external_id=f"b{first + n}",
            uid=f"<b{first + n}@bench.example>",
            at=since + span * (n / count),
            sender=them if inbound else US,
            to=(US,) if inbound else (them,),
            references=(f"<b{first + n - dice.randrange(1, 50)}@bench.example>",) if dice.random() < 0.6 else (),
        )


def built(folder: Path, size: int) -> Store:
    """A store with `size` mails, made if it is not there yet, every partner judged."""
    path = folder / f"judging-{size}.db"
    ready = path.with_suffix(".ready")
    if not ready.exists():
        path.unlink(missing_ok=True)
    store = Store.at(path)
    if ready.exists():
        known = store.sources.find("gmail:bench")
        assert known is not None
        assert known.read_until is not None
        # Another model or calendar than the store was made with: everybody is judged anew once, before the clock runs.
        measure(store, Settings(), store.partners.directory(["us.example"]), now=known.read_until)
        return store
    for n in range(PARTNERS):
        store.partners.add(partner(n), now=START)
    directory = store.partners.directory(["us.example"])
    source = store.sources.ensure("gmail:bench", live=True)
    page: list[Message] = []
    for message in mails(random.Random(5), size, 0, START, SPAN):
        page.append(message)
        if len(page) == _PAGE:
            store.pages.save(source, Page(interactions=tuple(page)), directory, now=START)
            page.clear()
    store.pages.save(source, Page(interactions=tuple(page), read_until=START + SPAN), directory, now=START)
    measure(store, Settings(), directory, now=START + SPAN)
    ready.touch()
    return store


class Rounds:
    """One store and what its rounds took, in seconds."""

    def __init__(self, store: Store, size: int) -> None:
        self.size = size
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.again: list[float] = []
        self.settling: list[float] = []
        self.touched = 0
        self._store = store
        self._settings = Settings()
        self._directory = store.partners.directory(["us.example"])
        source = store.sources.find("gmail:bench")
        assert source is not None
        self._source: Source = source
        self._dice = random.Random(time.time_ns())
        self._first = size + 10_000_000 + int(time.time()) % 1_000_000 * 1_000
        self._begin = (source.read_until or START + SPAN) + timedelta(minutes=1)
        self._done = 0

    def one(self, *, anew: bool) -> None:
        """Store 100 new mails and judge whom they touch; `anew`: from their whole history."""
        store = self._store
        since = self._begin + self._done * timedelta(hours=1)
        new = tuple(mails(self._dice, 100, self._first + 100 * self._done, since, timedelta(minutes=50)))
        until = since + timedelta(minutes=55)
        self._done += 1
        started, cpu = time.perf_counter(), time.process_time()
        saved = store.pages.save(self._source, Page(interactions=new, read_until=until), self._directory, now=until)
        stored = time.perf_counter() - started
        if anew:
            store.standings.forget_memories(saved.touched)
        started_judging = time.perf_counter()
        measure(store, self._settings, self._directory, now=until, keys=saved.touched)
        seconds = stored + time.perf_counter() - started_judging
        if anew:
            self.again.append(seconds)
        else:
            self.wall.append(seconds)
            self.cpu.append(time.process_time() - cpu)
            self.touched += len(saved.touched)
        started = time.perf_counter()
        store.settle()
        self.settling.append(time.perf_counter() - started)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="100000,1000000", help="how many mails are stored, with commas between")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("bench-data"), help="where the stores are kept")
    chosen = parser.parse_args()
    chosen.folder.mkdir(exist_ok=True)
    stores = {size: built(chosen.folder, size) for size in (int(text) for text in chosen.stored.split(","))}
    every = [Rounds(store, size) for size, store in stores.items()]
    for rounds in every:  # the first round of a process prepares its statements
        rounds.one(anew=True)
        rounds.again.clear()
    for n in range(chosen.rounds):
        for rounds in every:
            rounds.one(anew=False)
            if n % 8 == 0:
                rounds.one(anew=True)
    for store in stores.values():
        store.close()
    print("| stored | touched a round | p50 ms | p95 ms | CPU ms | settling ms | reading again, p50 ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for one in every:
        p50, p95 = _median(one.wall), sorted(one.wall)[int(len(one.wall) * 0.95)] * 1000
        again = _median(one.again)
        print(
            f"| {one.size:,} | {one.touched / chosen.rounds:.0f} | {p50:.1f} | {p95:.1f} | {_median(one.cpu):.1f} "
            f"| {_median(one.settling):.1f} | {again:.0f} | {again / p50:.0f}x |"
        )
    for small, large in itertools.pairwise(every):
        print(f"{large.size:,} / {small.size:,}: {_median(large.wall) / _median(small.wall):.2f}")


def _median(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return statistics.median(seconds) * 1000


if __name__ == "__main__":
    main()
