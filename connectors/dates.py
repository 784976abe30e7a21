"""When a mail was: its dates read from headers, and the choice of the witness to believe."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

FAR_APART = timedelta(hours=24)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before there was such mail: a clock that had lost its battery
_SLACK = timedelta(days=2)  # a clock may run ahead a little, and zones are misnamed
_MONTHS = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_MONTH = "(" + "|".join(_MONTHS) + ")"
_DATE = re.compile(
    rf"\s*(?:[A-Z][a-z][a-z], )? ?(\d\d? {_MONTH} \d{{4}}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) "
    r"([+-](?:[01]\d|2[0-3])[0-5]\d)(?: \([A-Za-z ]+\))?\s*$"
)
_FROM_LINE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+{_MONTH}\s+(\d\d?)\s+(\d\d?):(\d\d)(?::(\d\d))?\s+(.*?)\s*(?<![+-])((?:19|20)\d\d)\b\s*(.*)$"
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")
_ZONE_HOURS = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
}
_DAY_SECONDS: dict[str, int] = {}
_ZONE_SECONDS: dict[str, int] = {}
_MEMO_LIMIT = 20_000


def mail_date(value: str | None) -> datetime | None:
    """The time a Date header tells, UTC; None where it tells none. A date without a zone is taken as UTC."""
    if not value:
        return None
    found = _DATE.match(value)
    if found is None:
        return _slow_date(value)
    day, _, hours, minutes, seconds, zone = found.groups()
    midnight = _DAY_SECONDS.get(day)
    if midnight is None:
        midnight = _midnight(day)
        if midnight is None:
            return None
    offset = _ZONE_SECONDS.get(zone)
    if offset is None:
        size = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
        offset = _ZONE_SECONDS[zone] = -size if zone[0] == "-" else size  # 2,880 of them at the most
    return datetime.fromtimestamp(midnight - offset + int(hours) * 3600 + int(minutes) * 60 + int(seconds), UTC)


def received_date(value: str | None) -> datetime | None:
    """The time in a Received header: what follows its last semicolon, UTC; None where there is none."""
    if not value:
        return None
    _, semicolon, date = value.rpartition(";")
    return mail_date(date) if semicolon else None


def from_line_date(line: str | None) -> datetime | None:
    """The time in an mbox separator ("From ana Tue Jan  2 10:00:00 2024"), UTC; None where there is none.

    Without a zone the line is taken as UTC, as mbox(5) wants.
    """
    found = _FROM_LINE.search(line or "")
    if found is None:
        return None
    month, day, hours, minutes, seconds, zone, year, tail = found.groups()
    try:
        moment = datetime(int(year), _MONTHS[month], int(day), int(hours), int(minutes), int(seconds or 0), tzinfo=UTC)
        return moment - _offset(zone or tail)
    except (ValueError, OverflowError):
        return None


def believable(moment: datetime | None, now: datetime | None) -> bool:
    """Whether mail can have this date: not before 1990, not after `now`; None for `now` = no upper limit."""
    return moment is not None and moment >= EARLIEST and (now is None or moment <= now + _SLACK)


def choose_time(*witnesses: datetime | None, now: datetime | None) -> tuple[datetime, bool] | None:
    """The time to file a mail under and whether it is suspect; None without any believable witness.

    Witnesses stand in order of trust (for an archive: topmost Received, Date, mbox From line). Suspect: a better
    witness said something unbelievable, or the first two that can be believed are more than 24 hours apart.
    """
    chosen: datetime | None = None
    suspect = False
    for moment in witnesses:
        if moment is None:
            continue
        if not (moment >= EARLIEST and (now is None or moment <= now + _SLACK)):
            suspect = True
        elif chosen is None:
            chosen = moment
        else:
            suspect = suspect or abs(chosen - moment) > FAR_APART
            break
    return None if chosen is None else (chosen, suspect)


def _midnight(day: str) -> int | None:
    number, month, year = day.split(" ")
    try:
        midnight = int(datetime(int(year), _MONTHS[month], int(number), tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None
    if len(_DAY_SECONDS) >= _MEMO_LIMIT:
        _DAY_SECONDS.clear()
    _DAY_SECONDS[day] = midnight
    return midnight


def _slow_date(value: str) -> datetime | None:
    if len(value) > 1000:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to load, and most dates never need it

    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    found = _OFFSET.search(zone)
    if found is not None:
        size = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return -size if found[1] == "-" else size
    return timedelta(hours=_ZONE_HOURS.get(zone.strip().strip("()"), 0))
