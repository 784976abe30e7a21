"""A primary calendar: single events, series with occurrences and exceptions, and a log of what was touched.

With `hole`, every fourth id is one of which the delta says nothing once its window was read: no such hole is
documented for calendars, but a reader that trusts the delta alone would never know.
"""

from __future__ import annotations

import itertools
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.microsoft_server.mailbox import Raw, instant, person

_GOID = "040000008200E00074C5B7101A82E008"


def wall(moment: datetime) -> Raw:
    """A start or end as Graph writes it under Prefer: outlook.timezone="UTC"."""
    return {"dateTime": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": "UTC"}


def unwall(value: Raw) -> datetime:
    """Back to a time."""
    return datetime.fromisoformat(str(value["dateTime"])[:19]).replace(tzinfo=UTC)


def attendee(address: str, response: str = "none", *, kind: str = "required", at: str = "0001-01-01T00:00:00Z") -> Raw:
    """An invitee as Graph writes it."""
    return {"type": kind, "status": {"response": response, "time": at}, **person(address)}


class Agenda:
    """One user's primary calendar; `rows` holds what a calendar view can show: single, occurrence, exception."""

    def __init__(self, address: str, number: int = 0) -> None:
        self.address = address
        self.number = number
        self.rows: dict[str, Raw] = {}
        self.masters: dict[str, Raw] = {}
        self.log: list[tuple[int, str]] = []
        self.seq = 0
        self.hole = False
        self.sparse_occurrences = True  # occurrences carry only ids, type and times; the rest stands on the master
        self._count = itertools.count(1)

    def add(
        self,
        start: datetime,
        *,
        length: timedelta = timedelta(hours=1),
        organiser: str | None = None,
        attendees: tuple[Raw, ...] = (),
        now: datetime,
        **more: Any,
    ) -> str:
        """A single event; gives its id."""
        n = next(self._count)
        row = {**self._body(n, organiser, attendees, now), "type": "singleInstance", "seriesMasterId": None}
        row.update({"start": wall(start), "end": wall(start + length)})
        row.update(more)
        self._put(row)
        return str(row["id"])

    def add_series(
        self,
        starts: list[datetime],
        *,
        length: timedelta = timedelta(hours=1),
        organiser: str | None = None,
        attendees: tuple[Raw, ...] = (),
        now: datetime,
        **more: Any,
    ) -> str:
        """A series with these occurrences; gives the id of its master."""
        n = next(self._count)
        master = {
            **self._body(n, organiser, attendees, now),
            "type": "seriesMaster",
            "seriesMasterId": None,
            "start": wall(starts[0]),
            "end": wall(starts[0] + length),
            "recurrence": {
                "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "sunday"},
                "range": {"type": "noEnd", "startDate": starts[0].date().isoformat()},
            },
            **more,
        }
        self.masters[master["id"]] = master
        for start in starts:
            self._put(self._occurrence(master, start, length))
        return str(master["id"])

    def _occurrence(self, master: Raw, start: datetime, length: timedelta) -> Raw:
        day = f"{start.year:04X}{start.month:02X}{start.day:02X}"
        uid = str(master["iCalUId"])
        return {
            **{k: v for k, v in master.items() if k != "recurrence"},
            "id": f"{master['id'][:-1]}-o{start:%Y%m%d%H%M}=",
            "type": "occurrence",
            "seriesMasterId": master["id"],
            "iCalUId": uid[:32] + day + uid[40:] if uid.startswith(_GOID) else uid,
            "originalStart": instant(start),
            "start": wall(start),
            "end": wall(start + length),
        }

    def change(self, event_id: str, *, now: datetime, **props: Any) -> None:
        """Properties of one instance change; an occurrence becomes an exception."""
        row = self.rows[event_id]
        row.update(props)
        row["lastModifiedDateTime"] = instant(now)
        if row["type"] == "occurrence":
            row["type"] = "exception"
        self._put(row)

    def change_series(self, master_id: str, *, now: datetime, **props: Any) -> None:
        """Properties of the master change, and with them those of every plain occurrence."""
        self.masters[master_id].update(props, lastModifiedDateTime=instant(now))
        for row in list(self.rows.values()):
            if row["seriesMasterId"] == master_id and row["type"] == "occurrence":
                row.update(props, lastModifiedDateTime=instant(now))
                self._put(row)

    def delete(self, event_id: str) -> None:
        """One instance vanishes."""
        del self.rows[event_id]
        self._touch(event_id)

    def delete_series(self, master_id: str) -> None:
        """The master and all its instances vanish."""
        del self.masters[master_id]
        for event_id in [i for i, row in self.rows.items() if row["seriesMasterId"] == master_id]:
            self.delete(event_id)

    def find(self, event_id: str) -> Raw | None:
        """An instance or a master."""
        return self.rows.get(event_id) or self.masters.get(event_id)

    def inside(self, event_id: str, start: datetime, end: datetime) -> bool:
        """Whether the instance exists and overlaps [start, end)."""
        row = self.rows.get(event_id)
        return row is not None and unwall(row["start"]) < end and unwall(row["end"]) > start

    def view(self, start: datetime, end: datetime) -> list[str]:
        """Ids of the instances in [start, end)."""
        found = [i for i in self.rows if self.inside(i, start, end)]
        return sorted(found, key=lambda i: str(self.rows[i]["start"]["dateTime"]))

    def touched(self, since: int) -> list[str]:
        """Ids named after `since`, each once: inside the window or not."""
        return list(dict.fromkeys(event_id for seq, event_id in self.log if seq > since))

    def shown(self, event_id: str) -> Raw:
        """The row as a calendar view shows it."""
        row = self.rows[event_id]
        if row["type"] == "occurrence" and self.sparse_occurrences:
            return {k: row[k] for k in ("id", "type", "seriesMasterId", "start", "end")}
        return row

    def _body(self, n: int, organiser: str | None, attendees: tuple[Raw, ...], now: datetime) -> Raw:
        who = organiser or self.address
        return {
            "id": f"AAkALgCal{self.number:04d}{n:08d}=",
            "iCalUId": f"{_GOID}{'0' * 8}{'0' * 32}10000000{self.number:016X}{n:016X}",
            "createdDateTime": instant(now),
            "lastModifiedDateTime": instant(now),
            "changeKey": "EWg0A",
            "subject": f"Meeting {n}",
            "bodyPreview": "",
            "body": {"contentType": "html", "content": "<p>Agenda</p>"},
            "organizer": person(who),
            "isOrganizer": who == self.address,
            "attendees": [*attendees] if attendees else [],
            "isAllDay": False,
            "isCancelled": False,
            "isDraft": False,
            "showAs": "busy",
            "sensitivity": "normal",
            "importance": "normal",
            "hasAttachments": False,
            "originalStartTimeZone": "W. Europe Standard Time",
            "originalEndTimeZone": "W. Europe Standard Time",
            "responseStatus": {
                "response": "organizer" if who == self.address else "none",
                "time": "0001-01-01T00:00:00Z",
            },
            "recurrence": None,
        }

    def _put(self, row: Raw) -> None:
        self.rows[row["id"]] = row
        self._touch(row["id"])

    def _touch(self, event_id: str) -> None:
        if self.hole and zlib.crc32(event_id.encode()) % 4 == 0:
            return
        self.seq += 1
        self.log.append((self.seq, event_id))
