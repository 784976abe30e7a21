"""The admin door over HTTP: things that happen to the mailboxes while somebody looks on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.google_server import people
from tests.google_server.faults import Reply
from tests.google_server.server import GoogleServer


def happen(server: GoogleServer, what: str, body: bytes) -> Reply:
    """One of mail, meeting, delete, faults, calm, age, revoke; the answer says what was done."""
    asked: dict[str, Any] = json.loads(body.strip() or b"{}")
    address = str(asked.get("mailbox") or min(server.mailboxes))
    now = datetime.fromtimestamp(server.clock.now(), UTC).replace(microsecond=0)
    done: dict[str, Any] = {}
    if what == "mail":
        mail = people.write(
            server.mailbox(address),
            now,
            sender=str(asked.get("from", people.PARTNERS[0])),
            to=str(asked.get("to", address)),
            labels=tuple(asked.get("labels", ["INBOX"])),
            subject=str(asked.get("subject", "Hello")),
        )
        done = {"id": mail.id}
    elif what == "meeting":
        at = now + timedelta(hours=float(asked.get("in_hours", 24)))
        done = {"id": people.meet(server.agenda(address), at, now, with_whom=str(asked.get("with")))["id"]}
    elif what == "delete":
        server.mailbox(address).delete(str(asked["id"]))
    elif what == "faults":
        server.faults.begin(asked["kinds"], float(asked.get("rate", 1.0)), server.faults.dice)
    elif what == "calm":
        server.calm()
    elif what == "age":
        server.mailbox(address).age()
        server.agenda(address).age()
    elif what == "revoke":
        for token in [t for t, grant in server.desk.refresh.items() if grant.address == address]:
            del server.desk.refresh[token]
        server.desk.access.clear()
    else:
        return Reply(404, b'{"error": "no such door"}')
    return Reply(200, json.dumps({"done": what, **done}).encode())
