"""A reader's working time: when a mail may come, and which date lies so many working days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.working_time import BusinessClock, clock_of
from models.records import WorkingHours


@dataclass(frozen=True, slots=True)
class ReaderCalendar:
    """The working time of one reader of alerts, as `alerts.due` asks for it."""

    clock: BusinessClock

    @classmethod
    def of(cls, hours: WorkingHours) -> ReaderCalendar:
        """The calendar of these hours. ValueError says what in them cannot be used."""
        return cls(clock_of(hours))

    @property
    def zone(self) -> str:
        """The name of the reader's time zone."""
        return self.clock.hours.zone

    def is_open(self, at: datetime) -> bool:
        """Whether the reader is at work."""
        return self.clock.is_open(int(at.timestamp()))

    def days_between(self, since: datetime, until: datetime) -> int:
        """Working days in (since, until], by local date."""
        return self.clock.business_days(self.date_of(since), self.date_of(until))

    def date_of(self, at: datetime) -> date:
        """The local date."""
        return self.clock.local_date(at)

    def nth_after(self, day: date, n: int) -> date:
        """The n-th working day after a date; n < 1 gives the date itself."""
        while n > 0:
            day += timedelta(days=1)
            n -= self.clock.is_business_day(day)
        return day
