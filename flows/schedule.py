"""What runs when: every deployment of the service, its schedule in the operator's zone, and what starts it beside that.

One run of a deployment at a time, unless the settings allow more: a run that comes while another is under way is
cancelled, because the one under way or the next does its work. Minutes are moved by a number that follows from the
installation, so that many installations do not ask the services at the same moment.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron

from flows.catch_up import catch_up
from flows.daily import clear_up
from flows.events import CHANGED, CHANGED_RESOURCE
from flows.hourly import renew
from flows.tell import tell
from flows.watch import watch
from models.settings import Settings

NAME = "gonequiet"  # every deployment is called FLOW/gonequiet
TAG = "gonequiet"
_GRACE_SECONDS = 60  # the least: a run whose process died holds its place no longer than this


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One deployment: `cron` in the operator's zone, None = only by its trigger.

    `is_shared`: several workers may be at it at once, because sources are leased and letters claimed.
    """

    flow: Flow[..., Any]
    cron: str | None = None
    on_push: bool = False
    is_shared: bool = False
    says: str


def plans(settings: Settings) -> list[Plan]:
    """What runs when, for these settings."""
    minute = zlib.crc32(f"{settings.database_url}|{','.join(settings.us)}".encode())
    every, hour = settings.serve.pull_minutes, settings.serve.daily_hour
    return [
        Plan(flow=watch, is_shared=True, cron=_every(every, minute), says=f"every {every} minutes: pull, judge, tell"),
        Plan(
            flow=catch_up,
            on_push=True,
            is_shared=True,
            says="on a push: pull that mailbox, judge whom it touched, tell",
        ),
        Plan(flow=tell, cron=_every(5, minute + 2), says="every 5 minutes: mails that waited for working hours"),
        Plan(flow=renew, cron=f"{minute % 60} * * * *", says="every hour: push channels renewed"),
        Plan(flow=clear_up, cron=f"{minute % 50} {hour} * * *", says=f"every night at {hour}: old rows dropped"),
    ]


def deployments(settings: Settings, config: str | None) -> list[tuple[Flow[..., Any], dict[str, Any]]]:
    """Each flow with what `Runner.add_flow` is told of it; `config` is the settings file that its runs read."""
    return [
        (
            plan.flow,
            {
                "name": NAME,
                "schedules": [Cron(plan.cron, timezone=settings.zone)] if plan.cron is not None else [],
                "triggers": [_on_push()] if plan.on_push else [],
                "parameters": {"config": config},
                "description": f"{plan.says[:1].upper()}{plan.says[1:]}.",
                "tags": [TAG],
                "concurrency_limit": ConcurrencyLimitConfig(
                    limit=settings.serve.at_once if plan.is_shared else 1,
                    collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW,
                    grace_period_seconds=_GRACE_SECONDS,
                ),
                "enforce_parameter_schema": False,
            },
        )
        for plan in plans(settings)
    ]


def _every(minutes: int, offset: int) -> str:
    return f"{offset % minutes}-59/{minutes} * * * *" if minutes < 60 else f"{offset % 60} * * * *"


def _on_push() -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name="a mailbox has news",
        expect={CHANGED},
        match={"prefect.resource.id": CHANGED_RESOURCE},
        threshold=1,
        within=timedelta(0),
    )
