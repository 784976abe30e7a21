"""`make google-server`: a local Gmail and Calendar with a believable past, to connect, pull and run against.

Everything is in memory and only on this machine. The admin door makes things happen:

    curl -d '{"from": "mia@northwind.example", "subject": "Hello"}' http://127.0.0.1:4300/admin/mail
    curl -d '{"with": "mia@northwind.example"}' http://127.0.0.1:4300/admin/meeting
    curl -d '{"kinds": ["429", "503"], "rate": 0.2}' http://127.0.0.1:4300/admin/faults
    curl -d '{}' http://127.0.0.1:4300/admin/age        # every position is forgotten
    curl -d '{}' http://127.0.0.1:4300/admin/revoke     # the consent is withdrawn
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.google_server import people
from tests.google_server.files import write_client, write_key, write_settings
from tests.google_server.front import Front
from tests.google_server.server import GoogleServer

ANA, BEN = "ana@example.org", "ben@example.org"


class RealClock:
    """The time on the wall."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        if seconds > 0:
            time.sleep(seconds)


def filled(mails: int) -> GoogleServer:
    """A server with two people's mail and meetings up to this moment."""
    server = GoogleServer(RealClock())
    server.validate = True
    now = datetime.now(UTC).replace(microsecond=0)
    for seed, address in enumerate((ANA, BEN)):
        people.fill(server.mailbox(address), server.agenda(address), now, mails=mails, seed=seed)
    return server


def main() -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=4300)
    parser.add_argument("--mails", type=int, default=250, help="mails in each mailbox")
    parser.add_argument("--folder", type=Path, help="where the client file, key and settings are written")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="gonequiet-google-"))
    folder.mkdir(parents=True, exist_ok=True)
    server = filled(chosen.mails)
    with Front(server, chosen.port) as front:
        write_client(folder / "client.json", front.root)
        write_key(folder / "key.json", server, front.root)
        (folder / "mailboxes.txt").write_text(f"{ANA}\n{BEN}\n", encoding="utf-8")
        write_settings(folder / "gonequiet.toml", front.root, folder)
        sys.stdout.write(
            json.dumps({"root": front.root, "folder": str(folder)}) + "\n"
            f"A local Google at {front.root}; Ctrl-C ends it. In another terminal:\n\n"
            f"  export GONEQUIET_CONFIG={folder}/gonequiet.toml\n"
            "  export BROWSER='curl -sLo /dev/null %s &'   # consents for you; leave it out to click yourself\n"
            "  gonequiet connect google\n"
            "  gonequiet pull\n"
            "  gonequiet partners suggest\n"
            "  gonequiet run\n\n"
            f"or a whole Workspace: gonequiet connect google --service-account {folder}/key.json "
            f"--mailboxes {folder}/mailboxes.txt\n"
        )
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
