"""The page docs/signals.md, made from the registry: `python -m metrics.signal_table > docs/signals.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from metrics.bands import BANDS
from metrics.concerns import HOLD_DAYS, LOOK_DAYS
from metrics.registry import METRICS
from metrics.topics import TOPICS
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

Whether too much is open to know a value is told by "at least": 12 of 30 answers outstanding give "at least 3 days".

What this page cannot see: whether work is good, whether an answer answers, why somebody is silent, trust, and whether
goals, contract and price are clear. Telephone, chat and tools that are not connected are not seen. A no-show (M3) is
told only from attendance records, never from an unanswered invitation, and how late a meeting started (M4) takes the
minute at which each person joined. No source that can be connected today tells either: Gmail, Google Calendar, Outlook
and Exchange calendars, mailbox archives and calendar files hold invitations and answers; attendance reports belong to
the meeting service itself, need an administrator's rights there and expire. So M3 is ready for such a record and says
nothing without one, and M4 is not measured at all.
That somebody left is guessed from undeliverable mail; without it and without text, their silence is all there is.
"""

_FINDINGS = """
## Where a signal asks for attention

Start values. Beside these, findings tell the answers each side owes (a concern past twice what is due), who keeps whom
waiting (3 times), stuck conversations (3), a missing or inactive owner, a backup not in contact for half a year,
a key person (over 70 % of a contact, or fewer than 1.5 people in effect), fallen-silent and unreachable people,
one person only on a side, beginnings by one side only, the same side in most turns (beyond 0.4 either way), contact
below half the level of the first 90 days, mail only after months with meetings, meetings only made on the spot, two
called off running at short notice, moves that push back by more than the meetings' rhythm, over-contact (two of three
weeks far above the usual together with early reminders or a lopsided dialogue, or twice the meeting load), no meeting
ahead where meetings are usual or agreed, and trend alarms: answers slower, fewer in time, fewer meetings held, more of
them moved (metrics/drift.py). What a trend alarm tells is no second concern.

Three more hold a partner against its own past (metrics/own_bands.py), which takes half a year of it: days with contact
in four weeks (R4: healthy from the own lower quarter, a concern below the own twentieth), time since you last met (R6:
a concern past twice the usual, with nothing booked) and the evenness of the rhythm (R3: burstiness up by more than
0.3). One look in twenty falls below the own twentieth by chance. So a concern also has to be rarer than the budget of
false alarms allows: `alerts.budget_per_month` is shared by the seven rows of the trend alarms and these three, over
all partners. On made-up partners who do not change (`python -m benchmarks.own_bands STREAM`; a chance of 0.01 promises
0.13 false concerns a partner-year), R4 gave 0.126 for daily, 0.038 for bursty and none for weekly rhythms, R3 at most
0.013.
"""

_AGREED = """
## What was agreed

Answers are due after `targets.our_answer_hours` (8) and `targets.their_answer_hours` (16) business hours, by the
settings. With one partner something else may have been agreed:

| `gonequiet partners edit KEY` | what it sets | signals it is used by |
| --- | --- | --- |
| `--answer-within 2d` | when their answers are due; 4h, 90m, or working days of 8 hours | T4, T6, T10 of theirs |
| `--we-answer-within 4h` | when ours are | T5, T6, T10 of ours |
| `--meet-every 10` | working days between meetings | M1 |
| `--cadence 5` | working days within which we should hear from them | R1, P1, the standing |
| `--sponsor ADDRESS` | who answers for the relationship, on either side | P5 |
| `--series ID=review` | a standing meeting is a review, goals, status or none; `partners show` has ids | M9, M10, B5 |
| `--settle ID` | a mail that needs no answer; `explain` prints the ids | T4, T5, T6, T9 |

`--clear` takes each back. Like a changed calendar (zone, hours, country, closed days, on either side), a changed target
measures everything anew at the next `gonequiet run`: the signals of today, and the stored weeks of the last half year,
each at its end. Weeks older than that stay as they were measured.
"""

_CONCERNS = """
## Concerns: what stands out, with its dates

A finding that reaches the level of a concern is kept with the date on which it began (metrics/concerns.py). It ends
only when the figure is back in its healthy range: between the two limits it stays as it was, so that a figure that
trembles on its limit is told once. One about which too little can be said stays for {hold} days; one about a person
ends when that person is heard of. What began before the partner was watched, or was there when its history was first
read, is shown and never mailed. A partner's signals are looked at when mail comes, when an answer turns too old, when
a calendar or target changed, and at least every {look} days. `gonequiet explain`, `status --json` and
`export concerns` show them all; these are worth a mail to our owner:

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
    parts.append(_AGREED)
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
