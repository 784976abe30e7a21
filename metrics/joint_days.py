"""The dates on which both sides work: the unit in which silences and gaps are counted."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from metrics.working_time import BusinessClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class JointDays:
    """The dates on which both sides work, numbered: gaps between contacts are counted in them.

    Sun-Thu with Mon-Fri leaves four joint days a week: that is intended.
    """

    def __init__(self, ours: BusinessClock, theirs: BusinessClock) -> None:
        self.ours, self.theirs = ours, theirs
        self._array: NDArray[np.int64] | None = None
        self._ends: dict[int, datetime | None] = {}  # by day number: deadlines of many partners fall on few days
        self._build(2024, 2027)

    def number(self, day: date | int) -> int:
        """How many joint business days lie on or before a date: equal for two dates with none between them.

        A week-end counts to the Friday before it. Only differences mean anything.
        """
        ordinal = day if isinstance(day, int) else day.toordinal()
        self._reach(ordinal)
        return self._numbers[ordinal - self._first] + self._base

    def numbers(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """`number` of many ordinals at once."""
        import numpy as np  # noqa: PLC0415

        if len(days) == 0:
            return np.zeros(0, dtype=np.int64)
        self._reach(int(days.min()))
        self._reach(int(days.max()))
        if self._array is None:
            self._array = np.array(self._numbers, dtype=np.int64)
        return self._array[days - self._first] + self._base

    def between(self, since: date, until: date) -> int:
        """Joint business days in (since, until]; negative when `until` is the earlier."""
        return self.number(until) - self.number(since)

    def nth_after(self, day: date, n: int) -> date:
        """The n-th joint business day after a date; n >= 1. ValueError when the two never work on one day."""
        if n < 1:
            raise ValueError("the n-th day after starts at 1")
        wanted = self.number(day) + n
        ahead = day.toordinal() + n + 14
        while True:
            self._reach(ahead)
            found = bisect_left(self._numbers, wanted - self._base)
            if found < len(self._numbers):
                return date.fromordinal(self._first + found)
            if ahead > day.toordinal() + 3 * n + 2000:
                raise ValueError("the two sides have no working day in common")
            ahead += 366

    def end_of(self, day: date, n: int) -> datetime | None:
        """The midnight in our zone, as UTC, that ends the n-th joint business day after a date; None = beyond time."""
        wanted = self.number(day) + n
        if wanted not in self._ends:
            try:
                morrow = self.nth_after(day, n) + timedelta(days=1)
                self._ends[wanted] = datetime.combine(morrow, datetime.min.time(), self.ours.zone).astimezone(UTC)
            except (ValueError, OverflowError):
                self._ends[wanted] = None
        return self._ends[wanted]

    def is_joint(self, day: date) -> bool:
        """Whether both sides work on this date."""
        return self.ours.is_business_day(day) and self.theirs.is_business_day(day)

    def _reach(self, ordinal: int) -> None:
        if not self._first <= ordinal < self._first + len(self._numbers):
            year = date.fromordinal(ordinal).year
            self._build(min(year, self._years[0]), max(year, self._years[1]))

    def _build(self, first_year: int, last_year: int) -> None:
        numbers, count = [], 0
        first = date(first_year, 1, 1).toordinal()
        for ordinal in range(first, date(last_year + 1, 1, 1).toordinal()):
            count += self.is_joint(date.fromordinal(ordinal))
            numbers.append(count)
        # Day numbers stay what they were when an earlier year is added: stored ones remain comparable.
        anchor = date(2024, 1, 1).toordinal()
        self._base = -numbers[anchor - first]
        self._first, self._numbers, self._years = first, numbers, (first_year, last_year)
        self._array = None


def overlap_hours(ours: BusinessClock, theirs: BusinessClock, since: date, until: date) -> float:
    """Mean hours per joint business day in which both offices are open, over local dates [since, until).

    0.0 where there are none. New York 9-17 with Kolkata 9:30-18:30 in January: 0; Berlin 9-17 with Kolkata: 5.
    """
    first, last = ours.midnight(since), ours.midnight(until)
    left, right = ours.intervals(first, last), theirs.intervals(first, last)
    shared = i = j = 0
    while i < len(left) and j < len(right):
        shared += max(0, min(left[i][1], right[j][1]) - max(left[i][0], right[j][0]))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    days = joint_days_of(ours, theirs).between(since - timedelta(days=1), until - timedelta(days=1))
    return shared / 3600 / days if days else 0.0


@lru_cache(maxsize=2048)
def joint_days_of(ours: BusinessClock, theirs: BusinessClock) -> JointDays:
    """The joint days of two clocks; made once and shared."""
    return JointDays(ours, theirs)
