"""Hours that count: business time on one side's own calendar, in closed form.

C(t) is the business time before t, read from a table of open intervals; the business time in [a, b) is C(b) - C(a).
Intervals are half-open, laid out in the calendar's zone and subtracted in UTC. A shift over midnight belongs to the
local date it starts on, and a holiday removes the shifts that start on it. A wall time that a clock change skips or
repeats is read with the offset in force before the change. All instants are whole Unix seconds unless typed datetime.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from metrics.opening_hours import holidays_version, public_holidays, weekly_shifts
from models.records import WorkingHours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1950, 2150  # no mail or meeting is older or later; beyond, no business time passes
_FAR_PAST = -(10**12)


def seconds_of(moment: datetime) -> int:
    """Whole Unix seconds of an aware time, rounded down."""
    return int(moment.timestamp() // 1)


def moment_of(seconds: int) -> datetime:
    """The aware UTC time of Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class _Table:
    """Open intervals and local days of some whole years; `before[i]` is the business time before interval i."""

    since: int
    until: int
    years: tuple[int, int]
    starts: list[int]
    ends: list[int]
    before: list[int]
    first_day: int  # ordinal of the first local date
    midnights: list[int]  # the instant each local date starts
    open_days: list[int]  # business days on or before each local date

    @cached_property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        import numpy as np  # noqa: PLC0415  a status line is shown without it

        starts = np.array(self.starts, dtype=np.int64)
        return starts, np.array(self.ends, dtype=np.int64) - starts, np.array(self.before, dtype=np.int64)

    @cached_property
    def midnight_array(self) -> NDArray[np.int64]:
        import numpy as np  # noqa: PLC0415

        return np.array(self.midnights, dtype=np.int64)


class BusinessClock:
    """One side's calendar: how much working time lies between two instants. Make it with `clock_of`."""

    def __init__(self, hours: WorkingHours) -> None:
        self.hours = hours
        try:
            self.zone = ZoneInfo(hours.zone)
        except (KeyError, ValueError, OSError) as e:
            raise ValueError(f"{hours.zone!r} is not a time zone name such as Europe/Berlin") from e
        self._week = weekly_shifts(hours.hours)
        if hours.country is not None:
            public_holidays(hours.country, hours.region, 2026)  # an unknown country is refused here, not on a later day
        self._table = self._built(2024, 2027)

    @cached_property
    def version(self) -> str:
        """Changes whenever any duration could change: stored readings of another version are recomputed."""
        hours = self.hours
        said = [hours.zone, hours.hours, hours.country or "", hours.region or ""]
        said += [day.isoformat() for day in sorted(hours.closed)]
        said += [holidays_version()] if hours.country else []
        return hashlib.blake2b("\0".join(said).encode(), digest_size=8).hexdigest()

    @cached_property
    def day_seconds(self) -> int:
        """Business time of a usual working day: the mean over the weekdays that have any."""
        days = [sum(end - start for start, end in shifts) * 60 for shifts in self._week if shifts]
        return round(sum(days) / len(days))

    def seconds(self, start: datetime, end: datetime) -> int:
        """Business seconds in [start, end); negative when `end` is the earlier."""
        return self.between(seconds_of(start), seconds_of(end))

    def between(self, start: int, end: int) -> int:
        """Business seconds in [start, end), both Unix seconds."""
        table = self._covering(start, end)
        starts, ends, before = table.starts, table.ends, table.before
        i = bisect_right(starts, start) - 1
        j = bisect_right(starts, end) - 1
        return before[j] - before[i] + min(end, ends[j]) - starts[j] - min(start, ends[i]) + starts[i]

    def between_many(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Business seconds of many pairs at once; the same numbers as `between`."""
        import numpy as np  # noqa: PLC0415

        if len(start) == 0:
            return np.zeros(0, dtype=np.int64)
        table = self._covering(int(min(start.min(), end.min())), int(max(start.max(), end.max())))
        starts, lengths, before = table.arrays
        i = np.searchsorted(starts, start, side="right") - 1
        j = np.searchsorted(starts, end, side="right") - 1
        closed_at: NDArray[np.int64] = before[j] + np.minimum(end - starts[j], lengths[j])
        closed_at -= before[i] + np.minimum(start - starts[i], lengths[i])
        return closed_at

    def is_open(self, at: int) -> bool:
        """Whether this instant lies in working time."""
        table = self._covering(at, at)
        i = bisect_right(table.starts, at) - 1
        return at < table.ends[i]

    def next_opening(self, at: int) -> int:
        """The first instant at or after `at` that lies in working time."""
        return at if self.is_open(at) else self.after(at, 1) - 1

    def after(self, at: int, seconds: int) -> int:
        """The earliest instant by which `seconds` of business time have passed since `at`; inverse of `between`."""
        if seconds <= 0:
            return at
        ahead = at + _DAY * (2 + seconds * 7 // max(1, self.day_seconds))
        table = self._covering(at, ahead)
        i = bisect_right(table.starts, at) - 1
        wanted = table.before[i] + min(at, table.ends[i]) - table.starts[i] + seconds
        while True:
            j = bisect_left(table.before, wanted) - 1
            if wanted <= table.before[j] + table.ends[j] - table.starts[j]:
                return table.starts[j] + wanted - table.before[j]
            if table.years[1] >= _LAST_YEAR:
                raise ValueError("the calendar has no working time left")
            grown = self._covering(at, table.until + 366 * _DAY)
            # A table that also grew backwards counts from an earlier day.
            wanted += grown.before[bisect_right(grown.starts, at) - 1]
            wanted -= table.before[bisect_right(table.starts, at) - 1]
            table = grown

    def is_business_day(self, day: date) -> bool:
        """Whether a shift starts on this local date."""
        return bool(self._shifts_on(day))

    def is_holiday(self, day: date) -> bool:
        """Whether this side would work on the date but for a public holiday or a closing."""
        return bool(self._week[day.weekday()]) and not self._shifts_on(day)

    def day_of(self, at: int) -> int:
        """The local date of an instant, as a proleptic ordinal (`date.fromordinal`)."""
        table = self._covering(at, at)
        return table.first_day + bisect_right(table.midnights, at) - 1

    def days_of(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The local dates of many instants, as ordinals."""
        import numpy as np  # noqa: PLC0415

        if len(at) == 0:
            return np.zeros(0, dtype=np.int64)
        table = self._covering(int(at.min()), int(at.max()))
        return np.searchsorted(table.midnight_array, at, side="right") + (table.first_day - 1)

    def local_date(self, at: datetime) -> date:
        """The date on this side's wall calendar."""
        return date.fromordinal(self.day_of(seconds_of(at)))

    def midnight(self, day: date) -> int:
        """The instant a local date starts."""
        near = (day.toordinal() - _EPOCH) * _DAY
        table = self._covering(near, near)
        return table.midnights[min(max(day.toordinal() - table.first_day, 0), len(table.midnights) - 1)]

    def business_days(self, since: date, until: date) -> int:
        """Business days in (since, until]; negative when `until` is the earlier."""
        return self.open_days_up_to(until.toordinal()) - self.open_days_up_to(since.toordinal())

    def open_days_up_to(self, day: int) -> int:
        """Business days on or before the date with this ordinal, counted from the start of 2024; negative before.

        Take differences within one calendar.
        """
        near = (day - _EPOCH) * _DAY
        table = self._covering(near, near)
        return table.open_days[min(max(day - table.first_day, 0), len(table.open_days) - 1)]

    def intervals(self, since: int, until: int) -> list[tuple[int, int]]:
        """The open intervals that meet [since, until), cut to it, ascending."""
        table = self._covering(since, until)
        found = []
        for i in range(max(1, bisect_right(table.ends, since)), len(table.starts)):
            if table.starts[i] >= until:
                break
            found.append((max(since, table.starts[i]), min(until, table.ends[i])))
        return found

    def cover(self, since: int, until: int) -> None:
        """Build the table for a known stretch at once instead of growing into it."""
        self._covering(since, until)

    def _covering(self, first: int, last: int) -> _Table:
        table = self._table
        low, high = (first, last) if first <= last else (last, first)
        if table.since <= low and high < table.until:
            return table
        years = [_year(low), _year(high), *table.years]
        wanted = (max(_FIRST_YEAR, min(years)), min(_LAST_YEAR, max(years)))
        if wanted != table.years:
            table = self._table = self._built(*wanted)
        return table

    def _shifts_on(self, day: date) -> tuple[tuple[int, int], ...]:
        shifts = self._week[day.weekday()]
        if not shifts or day in self.hours.closed:
            return ()
        country = self.hours.country
        if country is not None and day in public_holidays(country, self.hours.region, day.year):
            return ()
        return shifts

    def _built(self, first_year: int, last_year: int) -> _Table:
        # A shift that started on the last date of the year before reaches into the first.
        first, last = date(first_year, 1, 1) - timedelta(days=2), date(last_year + 1, 1, 3)
        starts, ends, before = [_FAR_PAST], [_FAR_PAST], [0]
        midnights, open_days, total, opened = [], [], 0, 0
        offsets = self._offsets(first, last)
        for number, ordinal in enumerate(range(first.toordinal(), last.toordinal())):
            day = date.fromordinal(ordinal)
            wall = (ordinal - _EPOCH) * _DAY
            steady = offsets[number] if offsets[number] == offsets[number + 2] else None
            midnights.append(wall - offsets[number])
            shifts = self._shifts_on(day)
            opened += bool(shifts)
            open_days.append(opened)
            for from_minute, to_minute in shifts:
                start = wall + from_minute * 60 - (self._offset(ordinal, from_minute) if steady is None else steady)
                end = wall + to_minute * 60 - (self._offset(ordinal, to_minute) if steady is None else steady)
                start = max(start, ends[-1])  # shifts that overlap across midnight count once
                if end <= start:
                    continue
                starts.append(start)
                ends.append(end)
                before.append(total)
                total += end - start
        # The count stays the same when the table grows backwards.
        anchor = open_days[date(2024, 1, 1).toordinal() - first.toordinal()]
        open_days = [count - anchor for count in open_days]
        return _Table(
            since=midnights[2],
            until=midnights[-2],
            years=(first_year, last_year),
            starts=starts,
            ends=ends,
            before=before,
            first_day=first.toordinal(),
            midnights=midnights,
            open_days=open_days,
        )

    def _offsets(self, first: date, last: date) -> list[int]:
        return [self._offset(day, 0) for day in range(first.toordinal(), last.toordinal() + 2)]

    def _offset(self, ordinal: int, minute: int) -> int:
        """Seconds east of UTC at a wall time, by the rule in force before a clock change."""
        day, minute = ordinal + minute // 1440, minute % 1440
        wall = datetime.combine(date.fromordinal(day), datetime.min.time(), self.zone)
        offset = wall.replace(hour=minute // 60, minute=minute % 60).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


@lru_cache(maxsize=1024)
def clock_of(hours: WorkingHours) -> BusinessClock:
    """The clock of these working hours; made once and shared. ValueError says what in them cannot be used."""
    return BusinessClock(hours)


def _year(at: int) -> int:
    return moment_of(min(max(at, -(10**9)), 10**10)).year
