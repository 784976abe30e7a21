"""After 100 new mails among many stored: how long until everyone they touch is judged (bars G1 and G2).

    .venv/bin/python -m benchmarks.judging [--stored 100000,1000000] [--rounds 40] [--folder bench-data]

For each size a SQLite store is made once (2,000 partners, a seeded generator) and kept in the folder. A round stores
one page of 100 new mails in one transaction and judges the partners that it touched; beside it, in the same run, the
same partners are judged by reading their whole history again. Medians and 95th percentiles of wall time, and
ratios; a quiet machine gives quiet numbers.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Iterator
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


def rounds(store: Store, size: int, count: int) -> tuple[list[float], list[float], int]:
    """Seconds of each round, seconds of the same by reading histories again, and partners touched in all."""
    directory = store.partners.directory(["us.example"])
    found = store.sources.find("gmail:bench")
    assert found is not None
    source: Source = found
    settings = Settings()
    dice = random.Random(time.time_ns())
    first = size + 10_000_000 + int(time.time()) % 1_000_000 * 1_000
    begin = (source.read_until or START + SPAN) + timedelta(minutes=1)
    fast: list[float] = []
    slow: list[float] = []
    touched = 0
    for n in range(count):
        since = begin + n * timedelta(hours=1)
        new = tuple(mails(dice, 100, first + 100 * n, since, timedelta(minutes=50)))
        until = since + timedelta(minutes=55)
        started = time.perf_counter()
        saved = store.pages.save(source, Page(interactions=new, read_until=until), directory, now=until)
        measure(store, settings, directory, now=until, keys=saved.touched)
        fast.append(time.perf_counter() - started)
        touched += len(saved.touched)
        if n % 8 == 0:
            started = time.perf_counter()
            store.standings.forget_memories(saved.touched)
            measure(store, settings, directory, now=until, keys=saved.touched)
            slow.append(time.perf_counter() - started)
    return fast, slow, touched


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="100000,1000000")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("bench-data"))
    chosen = parser.parse_args()
    chosen.folder.mkdir(exist_ok=True)
    medians: list[tuple[int, float]] = []
    print("| stored | touched a round | p50 ms | p95 ms | reading again, p50 ms | ratio |")
    print("|---|---|---|---|---|---|")
    for size in (int(text) for text in chosen.stored.split(",")):
        store = built(chosen.folder, size)
        fast, slow, touched = rounds(store, size, chosen.rounds)
        store.close()
        p50, p95 = statistics.median(fast) * 1000, sorted(fast)[int(len(fast) * 0.95)] * 1000
        again = statistics.median(slow) * 1000
        medians.append((size, p50))
        print(
            f"| {size:,} | {touched / chosen.rounds:.0f} | {p50:.1f} | {p95:.1f} | {again:.0f} | {again / p50:.0f}x |"
        )
    for (small, quick), (large, slower) in itertools.pairwise(medians):
        print(f"{large:,} / {small:,}: {slower / quick:.2f}")


if __name__ == "__main__":
    main()
