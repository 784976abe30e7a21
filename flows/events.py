"""What the pipeline tells Prefect, for automations of your own: keys, ids, states and times; never an address.

The events and their payloads are described in docs/events.md, and stay as they are. They are told inside a flow run
only, each under an id that follows from what happened (twice is the same event), and never stand in the pipeline's
way: what cannot be told is logged. What drives the service itself is in the database; an event lost costs minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from prefect.context import FlowRunContext, TaskRunContext
from prefect.events import emit_event

from models.records import Flip, State
from models.settings import Settings
from models.store.sources import Source
from models.store.store import Store

log = logging.getLogger(__name__)

CHANGED = "source.changed"
CHANGED_RESOURCE = "gonequiet.sources"

_SILENT = {State.LATE: "partner.late", State.QUIET: "partner.quiet", State.GONE: "partner.gone"}
_WELL = frozenset({State.ON_RHYTHM, State.FADING, State.NEW})
_ASIDE = frozenset({State.BLIND, State.PAUSED})
_NAMESPACE = UUID("6c1b6f5e-2f0a-4b53-9d3a-0a6f5f3f7a11")


def announce(store: Store, settings: Settings, flips: Sequence[Flip], *, now: datetime) -> int:
    """Tell Prefect of these flips, if a flow is running; gives how many events were told."""
    if FlowRunContext.get() is None and TaskRunContext.get() is None:
        return 0
    told = 0
    for flip in flips:
        event = None if flip.historical else event_of(flip, _stood(store, flip))
        if event is not None:
            told += _tell(event, f"gonequiet.partner.{flip.partner}", payload_of(flip), flip.turned_at, now)
    blind = [flip for flip in flips if flip.new is State.BLIND and not flip.historical]
    if blind:
        told += _tell_blind(store, settings, blind, now)
    return told


def ring(sources: Sequence[int]) -> None:
    """Tell Prefect that these sources have news: the trigger of `catch-up` waits for it."""
    emit_event(
        event=CHANGED,
        resource={"prefect.resource.id": CHANGED_RESOURCE, "prefect.resource.name": "Mailboxes and calendars"},
        payload={"sources": sorted(sources)},
    )


def event_of(flip: Flip, stood: State) -> str | None:
    """The event that a flip is; `stood` is where the partner was before being blind or paused. None = no event."""
    if flip.new in _SILENT:
        return _SILENT[flip.new] if flip.new is not stood else None
    if flip.new in _WELL and stood in _SILENT:
        return "partner.back"
    return None


def payload_of(flip: Flip) -> dict[str, Any]:
    """What an event about a partner carries."""
    return {
        "partner": flip.partner,
        "old": flip.old.value,
        "new": flip.new.value,
        "turned_at": flip.turned_at.isoformat(),
    }


def _stood(store: Store, flip: Flip) -> State:
    if flip.old not in _ASIDE:
        return flip.old
    for earlier in store.standings.flips(flip.partner, limit=50):
        if earlier.turned_at < flip.turned_at and earlier.new not in _ASIDE:
            return earlier.new
    return State.NEW


def _tell_blind(store: Store, settings: Settings, flips: Sequence[Flip], now: datetime) -> int:
    carriers = store.sources.carriers()
    stale = timedelta(hours=settings.judge.stale_after_hours)
    told = 0
    for source in store.sources.all():
        if not _is_blind(source, stale, now):
            continue
        partners = sorted(f.partner for f in flips if any(n == source.name for n, _ in carriers.get(f.partner, ())))
        payload = {
            "source": source.id,
            "service": source.name.partition(":")[0],
            "read_until": source.read_until.isoformat() if source.read_until is not None else None,
            "needs_person": source.needs_person,
            "partners": partners,
        }
        since = source.failed_at or source.read_until or now
        told += _tell("source.blind", f"gonequiet.source.{source.id}", payload, since, now)
    return told


def _is_blind(source: Source, stale: timedelta, now: datetime) -> bool:
    if not source.live:
        return False
    return source.read_until is None or now - source.read_until > stale or source.needs_person


def _tell(event: str, resource: str, payload: Mapping[str, Any], happened: datetime, now: datetime) -> bool:
    try:
        emitted = emit_event(
            event=event,
            resource={"prefect.resource.id": resource},
            payload=dict(payload),
            id=uuid5(_NAMESPACE, f"{event}|{resource}|{happened.isoformat()}"),
            occurred=now,
        )
    except Exception:  # nobody's alert may fail because an automation could not be told
        log.exception("%s could not be told to Prefect", event)
        return False
    return emitted is not None
