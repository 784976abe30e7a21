"""How the quiet detector stands other mail than it was fitted on: shifted readings of a stream, ours and the reference.

    .venv/bin/python -m benchmarks.quiet_shift [FILE] [--half 0|1] [--markdown] [--only NAME ...] [--write DIR]

FILE is an events file or a mailing list's mbox; without it, linux.csv.xz of the evaluation data. Each reading
(benchmarks/quiet_readings.py) stands for a corpus that nobody here has seen: other years, thinner or shorter mail, no
names, persons in the place of companies. Both detectors are at the one setting they are shipped with. --half takes the
own companies of one half: the weights were fitted on half 0. --write leaves each reading as an events file for
shared/bin/measure_quiet.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quiet import DATA, at_setting, shown
from benchmarks.quiet_protocol import Corpus, Outcome, corpus_of
from benchmarks.quiet_readings import READINGS, Rows, half, rows_of, write_rows
from benchmarks.quiet_rules import Ours, Reference

_REFERENCE_P = 0.04
_LEAST_PHASES = 20


def corpora(rows: Rows, only: list[str], folder: Path | None) -> Iterator[tuple[str, Corpus]]:
    """Each reading of these rows that has enough phases to say anything."""
    for name, cut in READINGS.items():
        if only and name not in only:
            continue
        read = cut(rows)
        if folder is not None:
            write_rows(read, folder / f"{name.replace(' ', '-').replace(',', '')}.csv")
        of = corpus_of((row.us, row.partner, row.ts, row.inbound, row.person) for row in read)
        if of.phases >= _LEAST_PHASES:
            yield name, of


def line(rule: str, found: Outcome) -> tuple[str, ...]:
    """One row of the table."""
    return (
        rule,
        f"{found.worst:.2f}",
        shown(found.false_alarms, 2),
        f"{found.delay:.1f}",
        shown(found.delays, 0),
        "-" if found.found is None else f"{found.found:.2f}",
    )


def main() -> None:
    """Print two rows a reading."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "linux.csv.xz")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only the own companies of one half")
    parser.add_argument("--markdown", action="store_true", help="a table for a page")
    parser.add_argument("--only", nargs="+", default=[], choices=tuple(READINGS), metavar="NAME")
    parser.add_argument("--write", type=Path, metavar="DIR", help="leave each reading as an events file there")
    chosen = parser.parse_args()
    rows: Rows = rows_of(chosen.file)
    if chosen.half is not None:
        rows = half(rows, chosen.half)
    if chosen.write is not None:
        chosen.write.mkdir(parents=True, exist_ok=True)
    shape = "| {} | {} | {} | {} | {} | {} | {} |" if chosen.markdown else "{:27} {:10} {:>5} {:>19} {:>6} {:>15} {:>5}"
    print(shape.format("reading (phases)", "rule", "worst", "false alarms f/m/s", "delay", "median f/m/s", "ends"))
    if chosen.markdown:
        print(shape.format(*["---"] * 7))
    for name, of in corpora(rows, chosen.only, chosen.write):
        print(shape.format(f"{name} ({of.phases})", *line("ours", at_setting(of, Ours, 1.0))))
        print(shape.format("", *line("reference", at_setting(of, Reference, _REFERENCE_P))), flush=True)


if __name__ == "__main__":
    main()
