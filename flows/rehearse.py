"""The demo as a Prefect flow: fourteen months are read at once, then six weeks are lived through day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from connectors.demo.connector import monday_of, open_demo
from connectors.demo.people import demo_partners
from flows.measure import measure
from flows.notify import notify
from flows.pull import pull
from flows.watch import publish
from models.settings import Settings, load
from models.store.store import Store
from models.worker import worker_name

WEEKS = 6
_MORNING = 9  # UTC


def days_of(until: datetime) -> list[datetime]:
    """The mornings of the last weeks, 09:00 UTC, oldest first, and `until` itself at the end."""
    first = until.date() - timedelta(weeks=WEEKS)
    mornings = [
        datetime(d.year, d.month, d.day, _MORNING, tzinfo=UTC)
        for d in (first + timedelta(n) for n in range(WEEKS * 7 + 1))
    ]
    return [morning for morning in mornings if morning < until] + [until]


def _same(moment: datetime) -> datetime:
    return moment


def live_through(store: Store, settings: Settings, moments: Sequence[datetime], anchor: date) -> dict[str, int]:
    """At each moment: read the demo's mailboxes, judge, tell. Gives mails, meetings, flips and mails sent."""
    totals = {"mails": 0, "meetings": 0, "changed": 0, "sent": 0}
    for moment in moments:
        # Once a week every signal is read; on the other days judging alone, as after a push.
        is_weekly = moment.weekday() == 0 or moment.hour != _MORNING or moment.minute != 0
        directory = store.partners.directory(settings.us)
        for connector in open_demo(Path(anchor.isoformat()), now=moment):
            pulled = pull(
                store,
                connector,
                directory,
                clock=partial(_same, moment),
                worker=worker_name(),
                location=anchor.isoformat(),
            )
            totals["mails"] += pulled.saved.new
            totals["meetings"] += pulled.saved.meetings
        totals["changed"] += len(measure(store, settings, directory, now=moment, signals=is_weekly).flips)
        totals["sent"] += notify(store, settings, now=moment).sent
    return totals


@task(name="read the past", cache_policy=NO_CACHE, persist_result=False)
def read_the_past(config: str, start: datetime, anchor: date) -> dict[str, int]:
    """Everything up to the start; nobody is alerted by what lies behind."""
    return _with_store(config, [start], anchor)


@task(name="live through", task_run_name="week {number}", cache_policy=NO_CACHE, persist_result=False)
def live_a_week(
    number: int,  # noqa: ARG001  it stands in the name of the task run
    config: str,
    moments: Sequence[datetime],
    anchor: date,
) -> dict[str, int]:
    """Seven daily rounds."""
    return _with_store(config, moments, anchor)


def _with_store(config: str, moments: Sequence[datetime], anchor: date) -> dict[str, int]:
    settings = load(Path(config))
    store = Store(settings.database_url)
    try:
        return live_through(store, settings, moments, anchor)
    finally:
        store.close()


@flow(name="demo", flow_run_name="demo", persist_result=False, validate_parameters=False)
def rehearse(config: str, until: datetime) -> dict[str, int]:
    """The main job on made-up people: pull, judge and tell, daily for six weeks, after one first reading."""
    settings = load(Path(config))
    store = Store(settings.database_url)
    try:
        start, *rest = days_of(until)
        for partner in demo_partners():
            store.partners.add(partner, now=start)
    finally:
        store.close()
    anchor = monday_of(until.date())
    totals = dict(read_the_past(config, start, anchor))
    for number, begin in enumerate(range(0, len(rest), 7), start=1):
        week = live_a_week(number, config, rest[begin : begin + 7], anchor)
        totals = {name: totals[name] + count for name, count in week.items()}
    publish(config)
    return totals
