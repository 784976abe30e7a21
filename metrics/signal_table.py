"""The page docs/signals.md, made from the registry: `python -m metrics.signal_table > docs/signals.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from metrics.registry import METRICS

_GROUPS = {
    "R": "Contact and rhythm",
    "M": "Meetings",
    "T": "Responsiveness, both ways",
    "B": "Balance, load and pressure",
    "P": "People, ownership, dependence",
}

_INTRO = """\
# Signals

What Gonequiet measures of each partner, from mail and calendar metadata alone. Made from the registry by
`python -m metrics.signal_table > docs/signals.md`; a test keeps it true.

Business hours are those of the side that has to act, on its own calendar. Joint business days are dates on which
both sides work. "Held" means attended where an attendance record exists, else presumed held: it ended, was not
cancelled, and somebody of each side had accepted. A metric that has too little to go on says nothing; what it needs is
its least n. Limits called a concern are start values, not proven ones.

No metric tells whether work is good, whether an answer answers, or why somebody is silent. Telephone, chat and tools
that are not connected are not seen. A no-show is told only from attendance records. How late a meeting started cannot
be told at all, for no source says when people joined.
"""


def signal_table() -> str:
    """The whole page as Markdown."""
    parts = [_INTRO]
    for letter, group in groupby(
        sorted(METRICS, key=lambda m: list(_GROUPS).index(m.signal[0])), lambda m: m.signal[0]
    ):
        parts.append(f"\n## {_GROUPS[letter]}\n")
        parts.append("| metric | signal | what it says | unit | range | better | least n | example |")
        parts.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for metric in group:
            facts = metric.facts
            cells = [f"`{metric.name}`", metric.signal, metric.meaning, metric.unit]
            cells += [facts[name] for name in ("Range", "Better", "Least n", "Example")]
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(signal_table())
