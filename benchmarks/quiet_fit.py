"""Fit the weights of the quiet detector's level, as they are shipped, and see how they carry over.

    .venv/bin/python -m benchmarks.quiet_fit [FILE] [--all] [--see FILE ...] [--steps 600] [--seed 1]

FILE is the training stream; without it, linux.csv.xz of the evaluation data. Nothing else is read: not the synthetic
files, not the mailing list. The stream is read in many ways (benchmarks/quiet_readings.py), each half of the own
companies by itself; partners with a rhythm that mailing lists do not have are made up (benchmarks/quiet_made_up.py,
drawn from --seed and the next) and are side conditions. What is asked is in benchmarks/quiet_objective.py.

It prints the thirteen weights beside the shipped ones, and for every reading of each half "worst class, delay, ends"
with the reference, with the shipped weights, with those fitted on both halves, and with those fitted on the other half
alone. --all adds the readings that are not fitted on; --see looks at whole files, once the fit is done. The start is
one level for everybody, the descent is plain Adam, and nothing is random but the made-up partners: the same arguments
give the same weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.quiet import DATA
from benchmarks.quiet_made_up import KINDS, made_up
from benchmarks.quiet_objective import SHIPPED, Aims, Array, Sample, lived, loss, sample_of
from benchmarks.quiet_protocol import Outcome, corpus_of
from benchmarks.quiet_readings import READINGS, Rows, half, rows_of

# How much each reading counts. The file as it is first; short histories and other habits next; what hides words last.
IMPORTANCE = {
    "company with company": 4.0,
    "pairs with few long gaps": 1.5,
    "pairs with many long gaps": 1.5,
    "three years of each": 1.3,
    "early years": 1.2,
    "late years": 1.2,
    "two years of each": 1.0,
    "company with persons": 0.8,
    "one line a day, no names": 0.8,
    "person with person": 0.6,
    "everybody with company": 0.5,
    "everybody with persons": 0.5,
    "a quarter of the mails": 0.4,
    "busiest person of each": 0.4,
    "answers to us only": 0.4,
}
# Made-up kinds: importance, the most false alarms a partner-year, the delay in working days.
BARS = {
    "weekly call": (1.0, 0.85, 10.5),
    "weekly call and mail": (1.0, 0.5, 10.8),
    "fortnightly call": (1.0, 0.8, 20.5),
    "monthly report": (1.0, 0.2, 33.0),
    "daily chatter": (1.0, 0.2, 12.5),
    "short projects": (4.0, 1.5, 30.0),
    "long projects": (1.0, 1.6, 40.0),
}
NAMES = (
    "everybody", "pace", "pace squared", "regularity", "scares a year", "words on the last day", "words on a usual day",
    "days within 5", "days within 65", "longest gap", "people on a usual day", "bursts", "clockwork",
)  # fmt: skip
_STEP, _LEAST_SCALE, _RIDGE = 0.1, 0.1, 0.005
_WIDTH, _FIRST_WIDTH = 0.1, 0.25  # of the smoothing, on the scale of logs: from wide to narrow


def samples(rows: Rows, names: Sequence[str]) -> Iterator[Sample]:
    """Each of these readings, with the product's rhythms run over it."""
    for name in names:
        read = READINGS[name](rows)
        of = corpus_of((row.us, row.partner, row.ts, row.inbound, row.person) for row in read)
        yield sample_of(of, name, IMPORTANCE.get(name, 0.0))


def side_conditions(seed: int) -> list[Sample]:
    """Two draws of every made-up kind."""
    return [
        sample_of(made_up(kind, draw), kind, BARS[kind][0], BARS[kind][1:])
        for kind in KINDS
        for draw in (seed, seed + 1)
    ]


def fitted(mail: Sequence[Sample], conditions: Sequence[Sample], steps: int, aims: Aims | None = None) -> Array:
    """The weights that the smoothed loss, and a small ridge on them, are least at."""
    aims = aims or Aims()
    total = sum(sample.importance for sample in mail)
    weighed = [(sample, sample.importance / total) for sample in mail]
    weighed += [(sample, sample.importance / len(conditions)) for sample in conditions]
    spread = _spread(mail)
    scale = 1 / np.maximum(spread, _LEAST_SCALE)
    ridge = _RIDGE * spread**2
    ridge[0] = ridge[-1] = 0.0
    weights = np.zeros_like(SHIPPED)
    weights[0] = weights[-1] = -3.2  # a chance of 4 %, the reference's, for everybody
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        width = _WIDTH + (_FIRST_WIDTH - _WIDTH) * max(0.0, 1 - step / (steps * 0.7))
        slope = 2 * ridge * weights
        for sample, importance in weighed:
            slope += importance * loss(sample, weights, aims, width)[1]
        slope *= scale
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        pace = _STEP * min(1.0, (steps - step) / (steps * 0.4) + 0.02)
        weights -= scale * pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def _spread(mail: Sequence[Sample]) -> Array:
    """How much each trait varies from contact to contact; 1 for the two that are levels."""
    found = [
        np.concatenate([part.silences.traits for part in sample.delays if part is not None]).std(0) for sample in mail
    ]
    spread: Array = np.mean(found, axis=0)
    spread[0] = spread[-1] = 1.0
    return spread


def shown(found: Outcome) -> str:
    """Worst class, delay, ends."""
    ends = "-" if found.found is None else f"{found.found:.2f}"
    return f"{found.worst:.2f}, {found.delay:.1f}, {ends}"


def main() -> None:
    """Fit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "linux.csv.xz")
    parser.add_argument("--all", action="store_true", help="show the readings that are not fitted on, too")
    parser.add_argument("--see", nargs="+", type=Path, default=[], metavar="FILE", help="look at these, once fitted")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1, help="of the made-up partners")
    chosen = parser.parse_args()
    rows = rows_of(chosen.file)
    names = list(READINGS) if chosen.all else list(IMPORTANCE)
    halves = [list(samples(half(rows, which), names)) for which in (0, 1)]
    conditions = side_conditions(chosen.seed)
    used = [[sample for sample in part if sample.importance] for part in halves]
    both = fitted([*chain(*used)], conditions, chosen.steps)
    others = [fitted(used[1 - which], conditions, chosen.steps) for which in (0, 1)]
    print("| weight | shipped | fitted | on half 0 | on half 1 |")
    print("| --- | --- | --- | --- | --- |")
    for name, *values in zip(NAMES, SHIPPED, both, others[1], others[0], strict=True):
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |")
    print("\n| half | reading | reference | shipped | fitted on both | fitted on the other half |")
    print("| --- | --- | --- | --- | --- | --- |")
    for which, part in enumerate(halves):
        for sample in part:
            ways = [lived(sample, weights) for weights in (SHIPPED, both, others[which])]
            star = "" if sample.importance else " (not fitted on)"
            cells = " | ".join(shown(way) for way in (sample.reference, *ways))
            print(f"| {which} | {sample.name}{star} | {cells} |")
    _print_both("made up", conditions, both)
    if chosen.see:
        _print_both("file", [seen(path) for path in chosen.see], both)


def seen(path: Path) -> Sample:
    """A file as it is, not fitted on."""
    read = rows_of(path)
    return sample_of(corpus_of((row.us, row.partner, row.ts, row.inbound, row.person) for row in read), path.name)


def _print_both(caption: str, found: Sequence[Sample], weights: Array) -> None:
    print(f"\n| {caption} | reference | shipped | fitted |")
    print("| --- | --- | --- | --- |")
    for sample in found:
        cells = " | ".join(shown(way) for way in (sample.reference, lived(sample, SHIPPED), lived(sample, weights)))
        print(f"| {sample.name} | {cells} |")


if __name__ == "__main__":
    main()
