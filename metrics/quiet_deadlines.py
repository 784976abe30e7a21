"""When silence alone will turn a standing: deadlines found forward on the days that both sides work.

A deadline is the midnight, in our zone, after the last working day that the silence may take. Absences and pauses
stop the clock; what was agreed with the partner bounds what was learned, from below and from above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.contacts import Contacts, Limits
from metrics.joint_days import JointDays
from metrics.quantiles import median
from metrics.rhythm import LEAST_GAPS, LEAST_QUIET

LATE_CHANCE = 0.10  # 9 in 10 of their gaps are shorter
_LATE_LEVELS = 2.5  # and where quiet itself comes at a higher chance, late comes well before it
_LATEST_LATE = 0.3
_GRACE = 1
_QUIET_CADENCES = 3  # a declared cadence missed so often in a row is quiet, whatever the mails say
_GONE_MULTIPLE = 8  # Navarro et al. (2017), EPJ Data Science 6:31: silence of eight usual gaps
_GONE_AFTER_QUIET = 3
_LONG_AGO = date(1990, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which silence means nothing: local dates [since, until) on their calendar; None = not known."""

    since: date
    until: date | None
    person: str | None = None
    reason: str = ""

    def covers(self, day: date) -> bool:
        """Whether this date lies in it."""
        return self.since <= day and (self.until is None or day < self.until)


def limits(contacts: Contacts, cadence: float | None, strictness: float) -> Limits | None:
    """The limits of a partner; None while neither a rhythm is known nor a cadence declared.

    They are kept with the contacts and hold until word comes; then they hardly move, and the search starts there.
    """
    if contacts.settled != (strictness, cadence):
        contacts.limits = _limits(contacts, cadence, strictness)
        contacts.settled = strictness, cadence
    return contacts.limits


def _limits(contacts: Contacts, cadence: float | None, strictness: float) -> Limits | None:
    rhythm, near = contacts.rhythm, contacts.limits
    learned = rhythm.seen >= LEAST_GAPS
    if not learned and cadence is None:
        return None
    late = quiet = 0
    if learned:
        quiet = rhythm.quiet_at(strictness, near=near.quiet if near else None)
        chance = min(_LATEST_LATE, max(LATE_CHANCE, _LATE_LEVELS * rhythm.level(quiet, strictness)))
        late = rhythm.silence_at(chance, near=near.late if near else None)
    if cadence is not None:
        soonest = max(1, round(cadence)) + _GRACE
        latest = max(soonest + 1, LEAST_QUIET, round(_QUIET_CADENCES * cadence))
        late = min(max(late, soonest), latest - 1) if learned else soonest
        quiet = min(max(quiet, soonest + 1), latest) if learned else latest
    quiet = max(quiet, LEAST_QUIET)
    usual = cadence if cadence is not None else median(rhythm.recent)
    return Limits(
        late=max(1, min(late, quiet - 1)),
        quiet=quiet,
        gone=max(_GONE_AFTER_QUIET * quiet, round(_GONE_MULTIPLE * usual)),
        threshold=rhythm.level(quiet, strictness) if rhythm.recent else None,
        period=rhythm.period,
    )


class Clock:
    """Counts the working days of one silence: those on which both sides work, less pauses."""

    def __init__(self, joint: JointDays, pauses: Sequence[Pause], *, last: int, last_at: int, today: date) -> None:
        self._joint = joint
        self._last = last
        self._start = datetime.fromtimestamp(last_at, joint.ours.zone).date()
        self._spans = _spans(joint, pauses, today)

    def counted(self, until: date) -> int:
        """Working days of the silence up to the end of a date."""
        end = self._joint.number(until)
        lost = sum(max(0, min(end, b) - max(self._last, a)) for a, b in self._spans)
        return max(0, end - self._last - lost)

    def after(self, days: int) -> datetime | None:
        """The midnight that ends the `days`-th working day of the silence, UTC; None = beyond all time."""
        number = self._last + days
        for a, b in self._spans:
            if a < number and b > self._last:
                number += b - max(a, self._last)
        return self._joint.end_of(self._start, max(1, number - self._joint.number(self._start)))


def _spans(joint: JointDays, pauses: Sequence[Pause], today: date) -> list[tuple[int, int]]:
    """Pauses as half-open spans of day numbers (a, b], merged and ascending."""
    found: list[tuple[int, int]] = []
    for pause in pauses:
        begins = joint.number(max(pause.since, _LONG_AGO) - timedelta(days=1))
        ends = joint.number((pause.until or today + timedelta(days=1)) - timedelta(days=1))
        if ends > begins:
            found.append((begins, ends))
    merged: list[tuple[int, int]] = []
    for a, b in sorted(found):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged
