"""Is a strictness worked out from the own history better than the shipped map? Year by year, company by company.

    .venv/bin/python -m benchmarks.quiet_calibration [FILE]

Each own company of the stream is a user with its partners. At each New Year the strictness is worked out from the year
before, by the shipped map alone, by history alone, and by history that leans on the map as shipped; then the next year
is lived through. `off` is how far the false alarms of that year are from what the budget grants, as a factor.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import exp, log
from pathlib import Path

from benchmarks.quiet import DATA
from benchmarks.quiet_readings import rows_of
from flows.replay import DAY, working_index
from metrics.quiet_budget import LEAN, Life, Word, false_alarms, strictness_from
from metrics.rhythm import YEAR_DAYS
from metrics.strictness import MOST, strictness_for

_YEAR = round(YEAR_DAYS)
_GRANTS = (0.5, 0.25)  # false alarms per partner-year


def users(path: Path) -> Mapping[str, list[Life]]:
    """Each own company's partners: the words of each."""
    words: dict[str, dict[str, list[Word]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(path):
        if row.inbound:
            words[row.us][row.partner].append((working_index(row.ts // DAY), row.person))
    return {us: [Life(told) for told in partners.values()] for us, partners in words.items()}


def decided(lives: Sequence[Life], granted: float, year: int) -> dict[str, float]:
    """The strictness by each rule at the end of a year, from that year; empty where there is too little history.

    granted  false alarms per partner-year that the budget grants
    """
    budget = granted * len(lives) / 12
    past = strictness_from(lives, len(lives), budget, since=year - _YEAR, until=year).past
    if past is None:
        return {}
    shipped = strictness_for(len(lives), budget)
    expected = granted * past.partner_years
    share = expected / (expected + LEAN)  # of the history in the answer: solved for the history alone
    alone = exp((log(past.strictness) - (1 - share) * log(shipped)) / share)
    return {"shipped map": shipped, "history alone": min(MOST, alone), "history, leaning": past.strictness}


def main() -> None:
    """Print one row a rule and grant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "linux.csv.xz")
    everybody = users(parser.parse_args().file)
    offs: dict[tuple[float, str], list[float]] = defaultdict(list)
    rates: dict[tuple[float, str], list[float]] = defaultdict(list)
    for lives in everybody.values():
        first = min(life.words[0][0] for life in lives)
        last = max(life.words[-1][0] for life in lives)
        needed = [(day, strictness) for life in lives for day, strictness in false_alarms(life.words)]
        for year in range(first + _YEAR, last - _YEAR + 1, _YEAR):
            known = [life for life in lives if life.words[0][0] <= year]
            years = sum(
                max(0, min(life.words[-1][0], year + _YEAR) - max(life.words[0][0], year)) / YEAR_DAYS for life in known
            )
            for grant in _GRANTS:
                for rule, strictness in decided(known, grant, year).items():
                    came = sum(1 for day, least in needed if year < day <= year + _YEAR and least <= strictness)
                    offs[grant, rule].append(abs(log((came + 0.5) / (grant * years + 0.5))))
                    rates[grant, rule].append(came / years)
    print("granted  rule               users x years  came (mean)  off (factor)")
    for (grant, rule), found in offs.items():
        mean = sum(rates[grant, rule]) / len(found)
        print(f"{grant:7}  {rule:18} {len(found):13}  {mean:11.2f}  {exp(sum(found) / len(found)):12.2f}")


if __name__ == "__main__":
    main()
