"""Microsoft Graph v1.0 as far as this product uses it: users, mail, folders, events, batches, subscriptions, sendMail.

What Graph refuses is refused: delta over all of a mailbox, options that calendarView/delta does not know, filters
other than on the time of receipt, a fifth request at once, tokens that may not see a mailbox. Without
`Prefer: IdType="ImmutableId"` the answer carries mutable ids, as Graph's does.
"""

from __future__ import annotations

import json
from typing import Any

from tests.microsoft_server.graph_calendar import CalendarRoutes
from tests.microsoft_server.graph_mail import MailRoutes
from tests.microsoft_server.hooks import Hooks
from tests.microsoft_server.mailbox import Mailbox, Raw
from tests.microsoft_server.rounds import Answer, Call, Pages
from tests.microsoft_server.tenant import Grant, Refused, Tenant


class Graph:
    """Answers below https://host/v1.0/."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.hooks = Hooks(tenant)
        self.pages = Pages(tenant)
        self.mail = MailRoutes(tenant, self.pages)
        self.calendar = CalendarRoutes(tenant, self.pages)

    def user_of(self, call: Call) -> str:
        """The mailbox a request is about: what the four at once are counted by."""
        if call.parts[:1] == ["users"] and len(call.parts) > 1:
            return call.parts[1].lower()
        grant = self.tenant.grants.get(call.token)
        return (grant.user if grant else None) or "-"

    def answer(self, call: Call) -> Answer:
        """Status, headers and JSON; every row is held against the published shapes."""
        if call.parts == ["$batch"]:
            return self._batch(call)
        status, headers, answered = self._one(call)
        return status, headers, answered

    def _batch(self, call: Call) -> Answer:
        asked = call.body["requests"]
        if len(asked) > 20:
            raise Refused(400, "BadRequest", "Batch request contains more than 20 requests.")
        answers = []
        for part in asked:
            path, _, query = part["url"].partition("?")
            headers = {k.lower(): v for k, v in part.get("headers", {}).items()}
            headers["authorization"] = f"Bearer {call.token}"
            inner = Call(part["method"], path, query, headers, part.get("body"), call.base)
            try:
                status, _, answered = self._one(inner)
            except Refused as e:
                status, answered = e.status, error_body(e)
                if e.headers:
                    answers.append({"id": part["id"], "status": status, "headers": e.headers, "body": answered})
                    continue
            answers.append({"id": part["id"], "status": status, "body": answered})
        self.tenant.dice.shuffle(answers)  # replies come in any order
        return 200, {}, {"responses": answers}

    def _one(self, call: Call) -> Answer:
        grant = self._grant(call)
        if call.parts[:1] == ["subscriptions"]:
            self.tenant.asked["subscriptions"] += 1
            return self.pages.shaped("subscription", self.hooks.answer(call.method, call.parts, call.body, grant))
        if call.parts[0] == "me":
            if grant.user is None:
                raise Refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
            box, rest = self.tenant.mailbox(grant.user), call.parts[1:]
        elif call.parts[0] == "users" and len(call.parts) > 1:
            box, rest = self.tenant.mailbox(call.parts[1]), call.parts[2:]
        else:
            raise Refused(400, "BadRequest", "Resource not found for the segment.")
        self._may_see(grant, box)
        self.tenant.charge(box.address)
        return self._mailbox(call, grant, box, rest)

    def _mailbox(self, call: Call, grant: Grant, box: Mailbox, rest: list[str]) -> Answer:
        if not rest:
            self.tenant.asked["user"] += 1
            row = {"id": box.id, "mail": box.address, "userPrincipalName": box.address, "displayName": box.address}
            return self.pages.shaped("user", (200, {}, row))
        head, tail = rest[0], rest[1:]
        if head == "sendMail" and call.method == "POST":
            self._needs(grant, "Mail.Send")
            self.tenant.asked["sendMail"] += 1
            box.send(call.body, self.tenant.clock())
            return 202, {}, None
        if head in ("mailFolders", "messages"):
            self._needs(grant, "Mail.Read", "Mail.ReadBasic", "Mail.ReadWrite")
            return self.mail.answer(call, grant, box, head, tail)
        if head in ("calendarView", "events", "calendar"):
            self._needs(grant, "Calendars.Read", "Calendars.ReadBasic", "Calendars.ReadWrite")
            return self.calendar.answer(call, box, head, tail)
        raise Refused(400, "BadRequest", f"Resource not found for the segment '{head}'.")

    # --- who may ---

    def _grant(self, call: Call) -> Grant:
        grant = self.tenant.grants.get(call.token)
        if grant is None or grant.expires < self.tenant.clock():
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        return grant

    def _may_see(self, grant: Grant, box: Mailbox) -> None:
        allowed = self.tenant.apps[grant.client_id].allowed
        if grant.user is None:
            if allowed is not None and box.address not in allowed:
                raise Refused(
                    403,
                    "ErrorAccessDenied",
                    "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
                )
        elif grant.user != box.address:
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    @staticmethod
    def _needs(grant: Grant, *scopes: str) -> None:
        held = {s.removesuffix(".All") for s in grant.scopes}
        if not held & set(scopes):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def error_body(e: Refused) -> Raw:
    """An error as Graph writes it."""
    return {"error": {"code": e.code, "message": str(e), "innerError": {"request-id": "0", "date": "0"}}}


def body_of(text: str) -> Any:
    """The JSON of a request; None for an empty one."""
    try:
        return json.loads(text) if text else None
    except ValueError as e:
        raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from e
