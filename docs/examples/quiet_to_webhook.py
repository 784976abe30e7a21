"""An automation of your own: whenever a partner turns quiet, Prefect calls a web address.

    PREFECT_API_URL=http://127.0.0.1:4200/api python docs/examples/quiet_to_webhook.py https://hooks.example.org/quiet

Gonequiet has a signed webhook of its own (alerts.webhook), which carries the whole alert. This one shows the other way:
any action of Prefect can hang on the events of docs/events.md, and nothing of Gonequiet has to change for it. Run
twice, it replaces what it made before.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import timedelta

from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.events.actions import CallWebhook
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

NAME = "A partner turned quiet"
PAYLOAD = '{"partner": "{{ event.payload.partner }}", "since": "{{ event.payload.turned_at }}"}'


def main(url: str) -> None:
    """Make the automation; the address is kept as a block, because it is often a secret."""
    block = Webhook(method="POST", url=url).save("gonequiet-quiet", overwrite=True)
    with suppress(ValueError, ObjectNotFound):
        Automation.read(name=NAME).delete()
    Automation(
        name=NAME,
        description="Made by docs/examples/quiet_to_webhook.py of Gonequiet.",
        trigger=EventTrigger(
            expect={"partner.quiet"},
            match={"prefect.resource.id": "gonequiet.partner.*"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[CallWebhook(block_document_id=block, payload=PAYLOAD)],
    ).create()
    sys.stdout.write(f"{NAME}: Prefect calls {url}\n")


if __name__ == "__main__":
    main(sys.argv[1])
