"""Which instances a series has: its rule expanded locally, on the wall clock of its own zone. Pure.

Asking Google for single events would need an invented end; masters come as one row each, and the rule is expanded here
with `recurring_ical_events`. Google's id of an instance is made of the series' id and the start the rule gave it, so
ids are the same as Google's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import icalendar
import recurring_ical_events

MOST_INSTANCES = 4000  # of one series: a daily one over ten years; a hostile rule ends here
_LINE = re.compile(r"^(?:RRULE|EXRULE|RDATE|EXDATE)[:;][\x20-\x7e]+$")
# What reading a hostile rule may raise; it becomes one skipped series.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a series takes place: Google's start, end and recurrence, and the zone of the calendar."""

    start: dict[str, str]
    end: dict[str, str]
    recurrence: tuple[str, ...]
    zone: str

    @classmethod
    def of(cls, event: dict[str, Any], zone: str) -> Schedule:
        """From a master event; KeyError if it tells no time."""
        return cls(_bare(event["start"]), _bare(event["end"]), tuple(event["recurrence"]), zone)

    def written(self) -> list[Any]:
        """As JSON."""
        return [self.start, self.end, list(self.recurrence), self.zone]

    @classmethod
    def read(cls, value: list[Any]) -> Schedule:
        """From JSON."""
        return cls(value[0], value[1], tuple(value[2]), value[3])

    @property
    def all_day(self) -> bool:
        """Whether it has dates, not times."""
        return "date" in self.start

    @property
    def length(self) -> timedelta:
        """How long an instance is, on the wall."""
        if self.all_day:
            return date.fromisoformat(self.end["date"]) - date.fromisoformat(self.start["date"])
        return max(timedelta(), moment(self.end, self.zone) - moment(self.start, self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance as the rule gives it: Google's id, start and end in UTC."""

    id: str
    at: datetime
    until: datetime


def instances(series_id: str, schedule: Schedule, *, since: datetime, until: datetime) -> list[Instance]:
    """What the rule gives that ends after `since` and starts before `until`; one of UNREADABLE for a broken rule."""
    calendar = icalendar.Calendar.from_ical(_as_ical(schedule))
    length, found = schedule.length, []
    query = recurring_ical_events.of(calendar)
    for number, event in enumerate(query.after(since - length - timedelta(days=1))):
        begin = event["DTSTART"].dt
        at = _placed(begin, schedule.zone)
        if number >= MOST_INSTANCES or at >= until:
            break
        end = _placed(begin + length, schedule.zone) if schedule.all_day else at + length
        if end > since:
            found.append(Instance(id=instance_id(series_id, begin), at=at, until=end))
    return found


def instance_id(series_id: str, original: date | datetime) -> str:
    """Google's id of the instance that the rule first placed here."""
    if isinstance(original, datetime):
        return f"{series_id}_{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{series_id}_{original:%Y%m%d}"


def moment(place: dict[str, str], zone: str) -> datetime:
    """A start or end in UTC; a date is midnight in the calendar's zone. KeyError or ValueError if it is none."""
    if "dateTime" in place:
        found = datetime.fromisoformat(place["dateTime"])
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone_of(place.get("timeZone", zone)))
        return found.astimezone(UTC)
    return _placed(date.fromisoformat(place["date"]), zone)


def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name; UTC for one we do not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _placed(value: date | datetime, zone: str) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.combine(value, time(), zone_of(zone)).astimezone(UTC)


def _bare(place: dict[str, str]) -> dict[str, str]:
    return {key: place[key] for key in ("date", "dateTime", "timeZone") if key in place}


def _as_ical(schedule: Schedule) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:series", "DTSTAMP:20200101T000000Z"]
    if schedule.all_day:
        lines.append(f"DTSTART;VALUE=DATE:{date.fromisoformat(schedule.start['date']):%Y%m%d}")
    else:
        zone = zone_of(schedule.start.get("timeZone", schedule.zone))
        local = moment(schedule.start, schedule.zone).astimezone(zone)
        lines.append(f"DTSTART;TZID={zone.key}:{local:%Y%m%dT%H%M%S}")
    for line in schedule.recurrence:
        if _LINE.match(line) is None:
            raise ValueError("a recurrence line that is none")
        if re.search(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", line):
            raise ValueError("a rule too dense for meetings")
        lines.append(line)
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])
