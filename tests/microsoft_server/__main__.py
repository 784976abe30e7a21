"""`make microsoft-server`: a tenant of made-up mailboxes on this machine, until Ctrl-C.

    python -m tests.microsoft_server --port 8443 --mailboxes 50 --messages 40

The admin door makes things happen:

    door=https://localhost:8443/admin
    curl -k -d '{"mailbox": "user1@example.org", "sender": "ann@northwind.example", "subject": "Hello"}' $door/deliver
    curl -k -d '{"mailbox": "user1@example.org", "id": "...", "folder": "archive"}' $door/move
    curl -k -d '{"mailbox": "user1@example.org", "id": "..."}' $door/delete
    curl -k -d '{"mailbox": "user1@example.org", "start": "2026-12-01T09:00:00+00:00"}' $door/event
    curl -k -d '{"user": "user1@example.org", "number": "65001"}' $door/problem      # the consent is withdrawn
    curl -k -d '{"plan": ["429", "503"]}' $door/faults                              # the next two requests
    curl -k -d '{}' $door/age                                                       # every position is forgotten
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from tests.microsoft_server.agenda import attendee
from tests.microsoft_server.server import MicrosoftServer
from tests.microsoft_server.tenant import CLIENT_ID, SECRET, Tenant

PARTNERS = ("ann@northwind.example", "bo@contoso.example", "cy@fabrikam.example", "di@tailspin.example")


def populate(tenant: Tenant, mailboxes: int, messages: int) -> None:
    """Mailboxes user1@example.org ... with mail to and from four partners, and a weekly meeting each."""
    dice, now = random.Random(7), tenant.clock().replace(microsecond=0)
    for number in range(1, mailboxes + 1):
        address = f"user{number}@example.org"
        box = tenant.add_mailbox(address)
        for _ in range(messages):
            partner, at = dice.choice(PARTNERS), now - timedelta(hours=dice.randint(1, 24 * 90))
            first = box.deliver(at=at, sender=partner)
            if dice.random() < 0.6:
                box.deliver(
                    "sentitems",
                    at=at + timedelta(hours=dice.randint(1, 20)),
                    sender=address,
                    toRecipients=[{"emailAddress": {"address": partner, "name": partner}}],
                    conversationId=box.messages[first]["conversationId"],
                )
        starts = [now + timedelta(days=7 * week) for week in range(-6, 7)]
        guests = (attendee(dice.choice(PARTNERS), "accepted", at="2026-01-02T08:00:00Z"),)
        tenant.agendas[address].add_series(starts, attendees=guests, now=now)


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C, and say what to put into the settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--mailboxes", type=int, default=50)
    parser.add_argument("--messages", type=int, default=40)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "gonequiet-microsoft", help="for ca.pem"
    )
    parser.add_argument("--approve", action="store_true", help="sign user1 in as soon as a device code is asked for")
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with MicrosoftServer(port=chosen.port, folder=chosen.folder) as server:
        server.tenant.latency = 0.0
        populate(server.tenant, chosen.mailboxes, chosen.messages)
        (chosen.folder / "mailboxes.txt").write_text("\n".join(server.tenant.mailboxes) + "\n", encoding="utf-8")
        sys.stdout.write(
            f"""Microsoft, on this machine, with {chosen.mailboxes} mailboxes. Settings for it:

export GONEQUIET_MICROSOFT__AUTHORITY={server.base}
export GONEQUIET_MICROSOFT__GRAPH_ROOT={server.graph_root}
export GONEQUIET_MICROSOFT__INSTANCE_DISCOVERY=false
export GONEQUIET_MICROSOFT__CA_FILE={server.ca_file.resolve()}
export GONEQUIET_MICROSOFT__CLIENT_ID={CLIENT_ID}
export GONEQUIET_MICROSOFT__TENANT={server.tenant.id}
export GONEQUIET_MICROSOFT__CLIENT_SECRET={SECRET}

Mailboxes: {chosen.folder / "mailboxes.txt"} (for --app-only). To sign somebody in, open the page that
`gonequiet connect microsoft` names, or: curl -k -d '{{"user": "user1@example.org"}}' {server.base}/admin/approve
A new mail: curl -k -d '{{"mailbox": "user1@example.org", "sender": "{PARTNERS[0]}"}}' {server.base}/admin/deliver
More of that kind stands at the top of tests/microsoft_server/__main__.py.
Ctrl-C ends it.
"""
        )
        sys.stdout.flush()
        try:
            while True:
                time.sleep(0.2)
                if chosen.approve:
                    with server.tenant.lock:
                        server.authority.approve_device("user1@example.org")
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
