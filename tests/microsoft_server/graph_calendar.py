"""The calendar below a user: calendarView with and without delta, and single events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.microsoft_server.agenda import Agenda
from tests.microsoft_server.mailbox import Mailbox, Raw
from tests.microsoft_server.rounds import DELTA, VERSION, Answer, Call, Pages, selected, time_of
from tests.microsoft_server.tenant import Refused, Round, Tenant

WIDEST = timedelta(days=1825)


class CalendarRoutes:
    """Answers below calendarView and events."""

    def __init__(self, tenant: Tenant, pages: Pages) -> None:
        self.tenant, self.pages = tenant, pages

    def answer(self, call: Call, box: Mailbox, head: str, tail: list[str]) -> Answer:
        """One request."""
        agenda = self.tenant.agendas[box.address]
        if head == "events" and len(tail) == 1:
            if DELTA.match(tail[0]):
                raise Refused(
                    400, "ErrorInvalidRequest", "Change tracking is not supported against 'microsoft.graph.event'."
                )
            self.tenant.asked["event"] += 1
            row = agenda.find(tail[0])
            if row is None:
                raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
            return self.pages.shaped("event", (200, {}, selected(self._event(call, row), call.options)))
        if head == "calendarView" and len(tail) == 1 and DELTA.match(tail[0]):
            self.tenant.asked["calendar"] += 1
            return self._view(call, box, agenda)
        if head == "calendarView" and not tail:
            self.tenant.asked["listing"] += 1
            return self._list(call, agenda)
        raise Refused(501, "NotImplemented")

    def _view(self, call: Call, box: Mailbox, agenda: Agenda) -> Answer:
        for option in ("$select", "$filter", "$orderby", "$expand", "$search"):
            if option in call.options:
                raise Refused(
                    400,
                    "ErrorInvalidUrlQuery",
                    f"The following parameters are not supported with change tracking: '{option}'.",
                )
        state = self.pages.state_of(call, "events", box.address)
        if state is None:
            start, end = self._edges(call)
            queue: list[Any] = agenda.view(start, end)
            state = Round("events", box.address, call.options, queue, agenda.seq, start=start, end=end)
        elif not state.queue and "$deltatoken" in call.options:
            queue = agenda.touched(state.since)
            state = Round("events", box.address, state.options, queue, agenda.seq, start=state.start, end=state.end)
        assert state.start is not None
        assert state.end is not None
        rows = []
        taken, link = self.pages.take(call, state)
        for event_id in taken:
            if agenda.inside(event_id, state.start, state.end):
                rows.append(self._event(call, agenda.shown(event_id)))
            else:  # deleted, or touched outside the window: the answer looks the same
                rows.append({"id": event_id, "@removed": {"reason": "deleted"}})
        return self.pages.page("event", call, rows, link, call.path)

    def _list(self, call: Call, agenda: Agenda) -> Answer:
        """Whole instances in order of their start, a page at a time, as they are at that moment."""
        for option in call.options:
            if option not in {"startDateTime", "endDateTime", "$select", "$top", "$skip"}:
                raise Refused(400, "ErrorInvalidUrlQuery", f"'{option}' is not known here.")
        start, end = self._edges(call)
        size, skip = int(call.options.get("$top", 10)), int(call.options.get("$skip", 0))
        if not 1 <= size <= 1000:
            raise Refused(400, "ErrorInvalidUrlQuery", "The value of $top must be between 1 and 1000.")
        ids = agenda.view(start, end)
        rows = [selected(self._event(call, agenda.rows[i]), call.options) for i in ids[skip : skip + size]]
        for row in rows:
            self.pages.check("event", row)
        where = f"{call.base}{VERSION}/{call.path.strip('/')}"
        answered: Raw = {"@odata.context": f"{call.base}{VERSION}/$metadata#Collection(event)", "value": rows}
        if skip + size < len(ids):
            answered["@odata.nextLink"] = f"{where}?{urlencode({**call.options, '$skip': str(skip + size)}, safe='$')}"
        return 200, {}, answered

    @staticmethod
    def _edges(call: Call) -> tuple[datetime, datetime]:
        try:
            start, end = time_of(call.options["startDateTime"]), time_of(call.options["endDateTime"])
        except (KeyError, ValueError) as e:
            raise Refused(400, "ErrorInvalidParameter", "startDateTime and endDateTime are needed.") from e
        if end - start > WIDEST:
            raise Refused(
                400,
                "ErrorCalendarViewRangeTooBig",
                "The difference between the start time and the end time is greater than 1825 days.",
            )
        return start, end

    @staticmethod
    def _event(call: Call, row: Raw) -> Raw:
        shown = {**row, "@odata.etag": 'W/"EWg0A"'}
        if not call.immutable:
            shown["id"] = f"mutable-{row['id']}"
        return shown
