"""Windows names of time zones, as Exchange writes them, to zones of the tz database."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

# Unicode CLDR maps a Windows zone to one place for each territory; this table holds its default.
_MORE = {"utc": "UTC", "tzone://microsoft/utc": "UTC", "greenwich": "UTC"}
_BY_NAME = {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()} | _MORE


@cache
def zone_of(name: str | None) -> ZoneInfo | None:
    """The zone of a Windows name ("W. Europe Standard Time") or an IANA name; None for a home-made or unknown one."""
    if not name:
        return None
    bare = name.strip().strip('"')
    try:
        return ZoneInfo(_BY_NAME.get(bare.lower(), bare))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
