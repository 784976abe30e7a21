"""The quiet detector beside the usual rules and the reference, on every stream file, in one run.

    .venv/bin/python -m benchmarks.quiet [FILE ...] [--markdown] [--strictness]

Without files: every stream in the evaluation data ($GONEQUIET_SHARED_DATA/streams, else ../shared/data/streams).
"as shipped" is the setting that is used on every file. Every other row is set, with hindsight and on that very file,
to the same number of false alarms per partner-year in its worst class as ours has there: the others get the benefit
of that. The protocol is in benchmarks/quiet_protocol.py; --strictness prints the map behind the alarm budget.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Sequence
from math import inf, nextafter
from pathlib import Path

from benchmarks.quiet_protocol import Contact, Corpus, Outcome, corpus, false_alarm_rates, outcome
from benchmarks.quiet_rules import FixedDays, Ours, Reference, Rule, TimesMean

DATA = Path(os.environ.get("GONEQUIET_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")) / "streams"
_REFERENCE_P = 0.04
_STRICTNESS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02)


def lived(of: Corpus, make: Callable[[], Rule]) -> Iterator[tuple[Contact, Rule]]:
    """Every contact of a phase with the rule's memory right after it."""
    for stream in of.streams:
        rule, before = make(), None
        for i, (day, words) in enumerate(zip(stream.days, stream.words, strict=True)):
            rule.day(None if before is None else day - before, words)
            before = day
            contact = stream.contacts.get(i)
            if contact is not None:
                yield contact, rule


def at_rate(of: Corpus, make: Callable[[], Rule], worst: float) -> float:
    """The setting that alarms earliest with at most so many false alarms per partner-year in every class."""
    needed: list[list[float]] = [[], [], []]
    for contact, rule in lived(of, make):
        if contact.inside and contact.gap > 1:
            needed[contact.kind].append(rule.needed(contact.gap - 1))
    settings = []
    for kind, years in zip(needed, of.years, strict=True):
        allowed = int(worst * years + 1e-9)
        kind.sort()
        settings.append(nextafter(kind[allowed], -inf) if allowed < len(kind) else inf)
    return min(settings)


def at_setting(of: Corpus, make: Callable[[], Rule], setting: float) -> Outcome:
    """What a rule gives at a setting."""
    return outcome(of, [(contact, rule.age(setting)) for contact, rule in lived(of, make)])


def compared(of: Corpus) -> Iterator[tuple[str, Outcome]]:
    """One row a rule."""
    ours = at_setting(of, Ours, 1.0)
    yield "ours, as shipped", ours
    worst = ours.worst
    reference = at_rate(of, Reference, worst)
    yield f"reference (p {reference:.3f})", at_setting(of, Reference, reference)
    yield f"reference as shipped (p {_REFERENCE_P})", at_setting(of, Reference, _REFERENCE_P)
    times = at_rate(of, TimesMean, worst)
    yield f"{-times:.1f} x mean gap", at_setting(of, TimesMean, times)
    yield "10 x mean gap", at_setting(of, TimesMean, -10.0)
    fixed = round(-at_rate(of, FixedDays, worst) + 0.5)
    yield f"{fixed} days for everybody", at_setting(of, FixedDays, -fixed)


def shown(values: Sequence[float | None], digits: int) -> str:
    """fast / mid / slow; "-" where the file has no such partner."""
    return " / ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def main() -> None:
    """Print one table a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--markdown", action="store_true", help="tables for a page")
    parser.add_argument("--strictness", action="store_true", help="false alarms by strictness, ours only")
    chosen = parser.parse_args()
    for path in chosen.files or sorted(DATA.glob("*.csv.xz")):
        started = time.perf_counter()
        of = corpus(path)
        name = path.name.partition(".")[0]
        print(f"\n{name}: {of.phases} phases, {sum(of.years):.0f} partner-years")
        if chosen.strictness:
            _print_map(of)
            continue
        cut, row = (
            ("|", "| {} | {} | {} | {} | {} | {} |")
            if chosen.markdown
            else ("", "{:28} {:>6} {:>20} {:>6} {:>16} {:>6}")
        )
        print(row.format("rule", "worst", "false alarms f/m/s", "delay", "median f/m/s", "ends"))
        if cut:
            print(row.format(*["---"] * 6))
        for rule, found in compared(of):
            ends = "-" if found.found is None else f"{found.found:.2f}"
            print(
                row.format(
                    rule,
                    f"{found.worst:.2f}",
                    shown(found.false_alarms, 2),
                    f"{found.delay:.1f}",
                    shown(found.delays, 0),
                    ends,
                )
            )
        if not cut:
            print(f"({time.perf_counter() - started:.0f} s)")


def _print_map(of: Corpus) -> None:
    print("strictness   false alarms per partner-year: all, by class")
    for setting in _STRICTNESS:
        false = [0, 0, 0]
        for contact, rule in lived(of, Ours):
            if contact.inside and contact.gap > 1 and rule.needed(contact.gap - 1) <= setting:
                false[contact.kind] += 1
        print(f"{setting:10}   {sum(false) / sum(of.years):.3f}   {shown(false_alarm_rates(of, false), 2)}")


if __name__ == "__main__":
    main()
