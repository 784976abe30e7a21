"""The calendar below a user: calendarView/delta over a frozen window, and single events."""

from __future__ import annotations

from typing import Any

from tests.microsoft_server.agenda import Agenda
from tests.microsoft_server.mailbox import Mailbox, Raw
from tests.microsoft_server.rounds import DELTA, Answer, Call, Pages, selected, time_of
from tests.microsoft_server.tenant import Refused, Round, Tenant


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
            try:
                start, end = time_of(call.options["startDateTime"]), time_of(call.options["endDateTime"])
            except (KeyError, ValueError) as e:
                raise Refused(400, "ErrorInvalidParameter", "startDateTime and endDateTime are needed.") from e
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

    @staticmethod
    def _event(call: Call, row: Raw) -> Raw:
        shown = {**row, "@odata.etag": 'W/"EWg0A"'}
        if not call.immutable:
            shown["id"] = f"mutable-{row['id']}"
        return shown
