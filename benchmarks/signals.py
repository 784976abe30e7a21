"""The signals' cost: a full recompute against SQLite's window functions, and the packed state against a recompute.

    python benchmarks/signals.py [--messages 1000000] [--partners 2000]

CPU time of one process, so that a busy machine changes little. One database of made-up mail. G4: the core signals of
all partners from arrays, loading included, over the same as SQL (which knows no business hours: the easier job).
G3: 100 new mails at a time into packed states of the touched
partners, compared with a recompute of everything. Last, what all registered metrics cost for one partner.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import chain

import numpy as np

from metrics.base import measured
from metrics.core import CoreState, Mail
from metrics.core_columns import Columns, recompute
from metrics.findings import findings
from metrics.folding import fold
from metrics.registry import METRICS
from metrics.trend import trend_alarms
from metrics.working_time import BusinessClock, clock_of
from models.directory import Directory
from models.records import Message, Partner, Person, WorkingHours

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())
WINDOW = 180 * 86_400
OURS = WorkingHours(zone="Europe/Berlin", country="DE")
ZONES = (("Asia/Kolkata", "IN"), ("America/New_York", "US"), ("Europe/London", "GB"), ("Asia/Tokyo", "JP"))

SQL = f"""
with recent as (select * from mail where at > {NOW - WINDOW}),
days as (select distinct partner, at / 86400 as day from recent),
gaps as (select partner, day - lag(day) over (partition by partner order by day) as gap from days),
ranked_gaps as (select partner, gap, row_number() over (partition by partner order by gap) as place,
                count(*) over (partition by partner) as n from gaps where gap is not null),
answers as (select a.partner, a.side, a.at - q.at as took from recent a join recent q
            on q.key = a.parent and q.partner = a.partner and q.side <> a.side and a.at > q.at),
ranked as (select partner, side, took, row_number() over (partition by partner, side order by took) as place,
           count(*) over (partition by partner, side) as n from answers),
counts as (select partner, sum(side = 0) as inbound, sum(side = 1) as outbound,
           max(case when side = 0 then at end) as li, max(case when side = 1 then at end) as lo,
           count(distinct at / 86400) as days from recent group by partner)
select c.*, (select max(gap) from ranked_gaps g where g.partner = c.partner and g.place = (g.n + 1) / 2),
       (select max(gap) from ranked_gaps g where g.partner = c.partner and g.place = (9 * g.n + 9) / 10),
       t.n, t.median, t.slow, o.n, o.median, o.slow
from counts c
left join (select partner, max(n) as n, max(case when place = (n + 1) / 2 then took end) as median,
           max(case when place = (9 * n + 9) / 10 then took end) as slow from ranked where side = 0 group by partner) t
       on t.partner = c.partner
left join (select partner, max(n) as n, max(case when place = (n + 1) / 2 then took end) as median,
           max(case when place = (9 * n + 9) / 10 then took end) as slow from ranked where side = 1 group by partner) o
       on o.partner = c.partner
"""


def made_up(messages: int, partners: int, seed: int = 1) -> sqlite3.Connection:
    """A database of mails, all within the window, busy and quiet partners, two thirds of them answers."""
    rng = np.random.default_rng(seed)
    weight = rng.lognormal(0, 1, partners)
    partner = rng.choice(partners, messages, p=weight / weight.sum())
    at = np.sort(rng.integers(NOW - WINDOW + 1, NOW, messages))
    side = rng.integers(0, 2, messages)
    key = rng.permutation(np.arange(1, messages + 1)) * 7_919
    newest: dict[int, int] = {}
    parent = np.zeros(messages, dtype=np.int64)
    for i, (whose, is_answer) in enumerate(zip(partner.tolist(), (rng.random(messages) < 0.67).tolist(), strict=True)):
        if is_answer and whose in newest:
            parent[i] = key[newest[whose]]
        newest[whose] = i
    base = sqlite3.connect(":memory:")
    base.execute("create table mail (partner integer, key integer, at integer, side integer, parent integer)")
    rows = zip(*(column.tolist() for column in (partner, key, at, side, parent)), strict=True)
    base.executemany("insert into mail values (?, ?, ?, ?, ?)", rows)
    base.execute("create index mail_partner on mail (partner, at)")
    base.execute("create index mail_key on mail (key)")
    base.execute("analyze")
    return base


def clocks(partners: int) -> list[BusinessClock]:
    """One of four calendars each."""
    return [clock_of(WorkingHours(zone=ZONES[i % 4][0], country=ZONES[i % 4][1])) for i in range(partners)]


def load(base: sqlite3.Connection) -> Columns:
    """All rows as arrays."""
    rows = base.execute("select partner, key, at, side, parent from mail")
    table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, 5)
    return Columns(*(np.ascontiguousarray(table[:, i]) for i in range(5)))


def incremental(columns: Columns, theirs: list[BusinessClock], trials: int) -> tuple[list[float], int, int, int]:
    """Milliseconds per batch of 100 new mails, touched partners, and states that differ from a recompute."""
    ours = clock_of(OURS)
    new = trials * 100
    old = Columns(*(column[:-new] for column in columns))
    states = {}
    for i in range(len(theirs)):
        rows = np.flatnonzero(old.partner == i)
        state = CoreState(ours, theirs[i])
        state.add(_mails(old, rows), now=NOW)
        states[i] = state.pack()
    took, touched_in_all, stored = [], 0, len(columns.at) - new
    for trial in range(trials):
        rows = np.arange(stored + trial * 100, stored + trial * 100 + 100)
        batch: dict[int, list[Mail]] = {}
        for mail, whose in zip(_mails(columns, rows), columns.partner[rows].tolist(), strict=True):
            batch.setdefault(whose, []).append(mail)
        start = time.process_time()
        for whose, mails in batch.items():
            state = CoreState.unpack(states[whose], ours, theirs[whose])
            state.add(mails, now=NOW)
            state.read(now=NOW)
            states[whose] = state.pack()
        took.append((time.process_time() - start) * 1000)
        touched_in_all += len(batch)
    everything = recompute(columns, ours=ours, theirs=theirs, now=NOW)
    differs = sum(
        CoreState.unpack(states[i], ours, theirs[i]).read(now=NOW) != everything[i] for i in range(len(theirs))
    )
    return took, touched_in_all, differs, sum(map(len, states.values()))


def _mails(columns: Columns, rows: np.ndarray) -> list[Mail]:
    picked = [column[rows].tolist() for column in columns[1:]]
    return [Mail(*row) for row in zip(*picked, strict=True)]


def all_metrics(messages: int) -> tuple[float, float]:
    """Milliseconds to fold one partner of so many mails, and to measure everything of it."""
    rng = random.Random(2)
    mails, at, last = [], datetime(2025, 1, 1, tzinfo=UTC), None
    people = (("ana@example.org", "bo@northwind.example"), ("bo@northwind.example", "ana@example.org"))
    for i in range(messages):
        at += timedelta(hours=rng.expovariate(messages / 11_000))
        sender, to = people[rng.randrange(2)]
        references = (last,) if last and rng.random() < 0.67 else ()
        last = f"<{i}@example.org>"
        mails.append(
            Message(
                source="mbox:a",
                external_id=str(i),
                uid=last,
                at=at,
                sender=Person(address=sender),
                to=(Person(address=to),),
                references=references,
            )
        )
    partner = Partner(key="northwind", title="Northwind", domains=("northwind.example",), learned_hours=False)
    directory = Directory(["example.org"], [partner])
    start = time.process_time()
    history = fold(mails, partner=partner, directory=directory, ours=OURS, now=at)
    assert history.waits
    middle = time.process_time()
    readings = measured(history, METRICS)
    findings(history, readings, trends=trend_alarms(history))
    return (middle - start) * 1000, (time.process_time() - middle) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--partners", type=int, default=2_000)
    options = parser.parse_args()
    out = sys.stdout.write
    base = made_up(options.messages, options.partners)
    theirs = clocks(options.partners)
    best = {"sql": float("inf"), "load": float("inf"), "compute": float("inf")}
    for _ in range(2):
        start = time.process_time()
        by_sql = base.execute(SQL).fetchall()
        best["sql"] = min(best["sql"], time.process_time() - start)
        start = time.process_time()
        columns = load(base)
        best["load"] = min(best["load"], time.process_time() - start)
        start = time.process_time()
        found = recompute(columns, ours=clock_of(OURS), theirs=theirs, now=NOW)
        best["compute"] = min(best["compute"], time.process_time() - start)
    agree = sum(
        (row[1], row[2], row[3], row[4]) == (core.inbound, core.outbound, core.last_inbound, core.last_outbound)
        and ((row[8] or 0), (row[11] or 0)) == (core.theirs.n, core.ours.n)
        for row in by_sql
        for core in (found[row[0]],)
    )
    ratio = (best["load"] + best["compute"]) / best["sql"]
    out(f"{options.messages} mails, {options.partners} partners\n")
    out(f"SQLite windows          {best['sql']:6.2f} s\n")
    out(f"arrays: load + compute  {best['load']:6.2f} + {best['compute']:.2f} s")
    out(f" = {ratio:.2f} x SQLite (G4: at most 0.40)\n")
    out(f"counts agree for {agree} of {len(by_sql)} partners\n")
    took, touched, differs, size = incremental(columns, theirs, trials=40)
    took.sort()
    each = sum(took) / touched
    out(f"100 new mails: p50 {took[len(took) // 2]:.1f} ms, p95 {took[int(len(took) * 0.95)]:.1f} ms; ")
    out(f"{touched / len(took):.0f} partners touched, {each:.3f} ms each; ")
    out(f"packed {size / len(theirs) / 1024:.0f} KB each\n")
    out(f"G3: {differs} of {len(theirs)} states differ from a recompute\n")
    for count in (500, 5_000):
        folding, measuring = all_metrics(count)
        out(f"all {len(METRICS)} metrics, trends and findings of a partner with {count} mails: ")
        out(f"fold {folding:.0f} ms, measure {measuring:.0f} ms\n")
    return int(differs > 0 or agree < len(by_sql))


if __name__ == "__main__":
    sys.exit(main())
