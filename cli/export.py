"""`gonequiet export`: standings, signals, flips and coverage as CSV or Parquet, for a spreadsheet or a notebook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.errors import Refusal
from cli.opening import opened
from cli.output import count_of, say

if TYPE_CHECKING:
    from models.settings import Settings
    from models.store.store import Store

COLUMNS: dict[str, tuple[str, ...]] = {
    "standings": (
        "partner",
        "title",
        "state",
        "since",
        "judged_at",
        "last_inbound",
        "last_outbound",
        "late_after",
        "quiet_after",
        "chance",
        "reason",
    ),
    "overview": (
        "partner",
        "title",
        "at",
        "mails_from_them",
        "mails_from_us",
        "contact_days",
        "usual_gap",
        "slow_gap",
        "their_answers",
        "their_usual_answer_hours",
        "their_slow_answer_hours",
        "our_answers",
        "our_usual_answer_hours",
        "our_slow_answer_hours",
    ),
    "readings": ("partner", "metric", "unit", "at", "value", "n", "at_least"),
    "concerns": (
        "partner",
        "name",
        "topic",
        "side",
        "person",
        "since",
        "ended_at",
        "sentence",
        "value",
        "n",
        "historical",
    ),
    "flips": ("partner", "old", "new", "turned_at", "reason", "historical"),
    "sources": ("source", "live", "read_until", "pulled_at", "failed_at", "failure", "needs_person"),
}


@click.command()
@click.argument("table", type=click.Choice(list(COLUMNS)), metavar="TABLE")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(table: str, file: Path) -> None:
    """Write a TABLE to FILE, as CSV or Parquet by the ending of its name.

    \b
    standings  where every partner stands, as `gonequiet status` shows it
    overview   contact and answers over 180 days, a row a partner, measured now
    readings   every stored signal, a row a partner, metric and week
    concerns   what asked for attention on either side, from when until when
    flips      every change of state
    sources    accounts and archives, and up to when each was read

    Columns are listed in docs/json.md, units in docs/signals.md; gaps are in working days of both sides. Times are UTC.
    Nothing of a mail is in any of them.
    """
    kind = file.suffix.lower()
    if kind not in {".csv", ".parquet"}:
        raise Refusal(f"The name {file} tells no format: end it in .csv or .parquet")
    with opened() as house:
        rows = list(_rows(house.store, table) if table != "overview" else _overview(house.store, house.settings))
    try:
        (_write_csv if kind == ".csv" else _write_parquet)(file, COLUMNS[table], rows)
    except OSError as e:
        raise Refusal(f"The file {file} cannot be written: {e.strerror or e}") from e
    say(f"Wrote {count_of(len(rows), 'row')} to {file}.")


def _rows(store: Store, table: str) -> Iterable[tuple[Any, ...]]:
    if table == "standings":
        titles = {partner.key: partner.title for partner in store.partners.all()}
        for key, s in store.standings.all().items():
            yield (
                key,
                titles[key],
                s.state,
                s.since,
                s.judged_at,
                s.last_inbound,
                s.last_outbound,
                s.late_after,
                s.quiet_after,
                s.chance,
                s.reason,
            )
    elif table == "readings":
        from metrics.registry import BY_NAME  # noqa: PLC0415  for the units

        for partner in store.partners.all():
            for r in store.standings.readings(partner.key):
                unit = BY_NAME[r.metric].unit if r.metric in BY_NAME else ""
                yield partner.key, r.metric, unit, r.at, r.value, r.n, r.at_least
    elif table == "concerns":
        from metrics.topics import topic_of  # noqa: PLC0415

        for c in store.concerns.all():
            person = c.subject or None
            yield (
                c.partner,
                c.name,
                topic_of(c.name),
                c.side,
                person,
                c.since,
                c.until,
                c.sentence,
                c.value,
                c.n,
                c.historical,
            )
    elif table == "flips":
        for f in reversed(store.standings.flips(limit=1_000_000)):
            yield f.partner, f.old, f.new, f.turned_at, f.reason, f.historical
    else:
        for source in store.sources.all():
            yield (
                source.name,
                source.live,
                source.read_until,
                source.pulled_at,
                source.failed_at,
                source.failure,
                source.needs_person,
            )


def _overview(store: Store, settings: Settings) -> Iterable[tuple[Any, ...]]:
    from flows.overview import overview  # noqa: PLC0415  numpy, only here

    def hours(seconds: float | None) -> float | None:
        return None if seconds is None else round(seconds / 3600, 3)

    for row in overview(store, settings):
        core = row.core
        yield (
            row.partner.key,
            row.partner.title,
            row.at,
            core.inbound,
            core.outbound,
            core.contact_days,
            core.usual_gap,
            core.slow_gap,
            core.theirs.n,
            hours(core.theirs.median),
            hours(core.theirs.slow),
            core.ours.n,
            hours(core.ours.median),
            hours(core.ours.slow),
        )


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.value if isinstance(value, Enum) else value


def _write_parquet(file: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415  a tenth of a second, only here
    from pyarrow import parquet  # noqa: PLC0415

    types = {
        "chance": pa.float64(),
        "value": pa.float64(),
        "n": pa.int64(),
        **dict.fromkeys(COLUMNS["overview"][3:6], pa.int64()),
        **dict.fromkeys(COLUMNS["overview"][6:], pa.float64()),
        "their_answers": pa.int64(),
        "our_answers": pa.int64(),
        "live": pa.bool_(),
        "needs_person": pa.bool_(),
        "historical": pa.bool_(),
        "at_least": pa.bool_(),
    }
    times = {
        c for c in columns if c.endswith(("_at", "_until", "_after", "_inbound", "_outbound")) or c in {"at", "since"}
    }
    fields = [pa.field(c, pa.timestamp("s", tz="UTC") if c in times else types.get(c, pa.string())) for c in columns]
    values = [[v.value if isinstance(v, Enum) else v for v in column] for column in zip(*rows, strict=True)]
    arrays = [pa.array(v, type=f.type) for v, f in zip(values or [[] for _ in columns], fields, strict=True)]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), file)
