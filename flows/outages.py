"""When everybody falls silent at once it is not them: mailboxes whose sync looks broken though no error says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from metrics.quiet_outage import mailbox_gaps, outage
from metrics.working_time import BusinessClock
from models.store.sources import Source
from models.store.store import Store

_LOOK_BACK = timedelta(days=120)


def outages(
    store: Store,
    sources: Sequence[Source],
    carriers: Mapping[str, Sequence[tuple[str, datetime]]],
    *,
    clock: BusinessClock,
    now: datetime,
) -> dict[str, str]:
    """For each live source whose inbound mail stopped improbably: the sentence for the operator.

    Inbound mail of all partners that a source carries is one rhythm, counted in our working hours.
    """
    live = {source.name: source for source in sources if source.live and source.read_until is not None}
    if not live:
        return {}
    words = store.interactions.inbound(since=now - _LOOK_BACK)
    found: dict[str, str] = {}
    for name, source in live.items():
        mine = {key for key, names in carriers.items() if any(carrier == name for carrier, _ in names)}
        heard = sorted(at for key, at in words if key in mine)
        until = int(source.read_until.timestamp()) if source.read_until is not None else 0
        heard = [at for at in heard if at <= until]
        if not heard:
            continue
        hours = [clock.between(heard[0], at) / 3600 for at in heard]
        broken = outage(mailbox_gaps(hours), clock.between(heard[-1], until) / 3600)
        if broken is not None:
            found[name] = broken.sentence
    return found
