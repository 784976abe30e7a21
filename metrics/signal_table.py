"""The page docs/signals.md, made from the registry: `python -m metrics.signal_table > docs/signals.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from metrics.bands import BANDS
from metrics.concerns import HOLD_DAYS, LOOK_DAYS, TOPICS
from metrics.registry import METRICS
from models.records import Side

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

_FINDINGS = """
## Where a signal asks for attention

Start values. Beside these, findings tell the answers each side owes (a concern past twice what is due), who keeps whom
waiting (3 times), stuck conversations (3), a missing or inactive owner, a backup not in contact for half a year,
a key person (over 70 % of a contact, or fewer than 1.5 people in effect), fallen-silent and unreachable people,
one person only on a side, beginnings by one side only, over-contact (two of three weeks far above the usual together
with early reminders or a lopsided dialogue, or twice the meeting load), no meeting ahead where meetings are usual, and
trend alarms: answers slower, fewer in time, fewer meetings held, more of them moved (metrics/drift.py).
"""

_CONCERNS = """
## Concerns: what stands out, with its dates

A finding that reaches the level of a concern is kept with the date on which it began (metrics/concerns.py). It ends
only when the figure is back in its healthy range: between the two limits it stays as it was, so that a figure trembling
on its limit is told once. One about which too little can be said stays for {hold} days; one about a person ends when that
person is heard of. What began before the partner was watched, or was there when its history was first read, is shown
and never mailed. A partner's signals are looked at when mail comes, when an answer turns too old, and at least every
{look} days. `gonequiet explain`, `status --json` and `export concerns` show them all; these are worth a mail to
our owner:

| topic | concerns |
| --- | --- |
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
            parts.append(_row(cells))
    parts.append(_FINDINGS)
    parts.append("| metric | about | healthy | concern |")
    parts.append("| --- | --- | --- | --- |")
    for band in BANDS:
        whose = "us" if band.side is Side.US else "them"
        parts.append(_row([f"`{band.metric}`", whose, _inside(band.healthy), _outside(band.concern)]))
    parts.append(_CONCERNS.format(hold=HOLD_DAYS, look=LOOK_DAYS).rstrip("\n"))
    for topic, names in TOPICS.items():
        parts.append(_row([topic.value, ", ".join(f"`{name}`" for name in names)]))
    return "\n".join(parts) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inside(limits: tuple[float | None, float | None]) -> str:
    low, high = limits
    if low is None:
        return f"up to {high:g}"
    return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def _outside(limits: tuple[float | None, float | None]) -> str:
    low, high = limits
    parts = [f"below {low:g}"] if low is not None else []
    return " or ".join(parts + ([f"above {high:g}"] if high is not None else []))


if __name__ == "__main__":
    sys.stdout.write(signal_table())
