"""When made-up people are at their desk: their own zone, hours and public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Desk:
    """Working days Monday to Friday, from `opens` to `closes` (local hours), less the public holidays of `country`."""

    zone: str
    country: str
    opens: float = 9.0
    closes: float = 17.5
    region: str | None = None

    def is_open_on(self, day: date) -> bool:
        """Whether anybody works on this local date."""
        return day.weekday() <= _FRIDAY and day not in _holidays(self.country, self.region, day.year)

    def moment(self, day: date, hour: float) -> datetime:
        """The UTC time of a local hour (14.5 is half past two) of this date; whole seconds."""
        midnight = datetime.combine(day, time(), ZoneInfo(self.zone))
        whole = int(hour)
        return midnight.replace(hour=whole, minute=int(hour * 60) % 60, second=int(hour * 3600) % 60).astimezone(UTC)

    def local(self, moment: datetime) -> tuple[date, float]:
        """Local date and hour of a UTC time."""
        here = moment.astimezone(ZoneInfo(self.zone))
        return here.date(), here.hour + here.minute / 60 + here.second / 3600

    def next_open(self, day: date) -> date:
        """This date or the first working day after it."""
        while not self.is_open_on(day):
            day += timedelta(days=1)
        return day

    def after(self, moment: datetime, hours: float) -> datetime:
        """The UTC time by which so many working hours have passed at this desk."""
        day, hour = self.local(moment)
        if not self.is_open_on(day) or hour >= self.closes:
            day, hour = self.next_open(day + timedelta(days=1)), self.opens
        hour = max(hour, self.opens)
        while hour + hours >= self.closes:
            hours -= self.closes - hour
            day, hour = self.next_open(day + timedelta(days=1)), self.opens
        return self.moment(day, hour + max(hours, 0.0))


@lru_cache(maxsize=256)
def _holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415  the demo alone needs it here

    return frozenset(country_holidays(country, subdiv=region, years=year))
