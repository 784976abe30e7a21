"""Every partner in one row, measured in one pass over all mails of the last 180 days: a million mails in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from metrics.core import OURS, THEIRS, WINDOW, Core
from metrics.core_columns import Columns, recompute
from metrics.working_time import clock_of, moment_of, seconds_of
from models.records import Partner, Side
from models.settings import Settings
from models.store.rows import SIDE_CODE
from models.store.store import Store

_SIDES = {SIDE_CODE[Side.PARTNER]: THEIRS, SIDE_CODE[Side.US]: OURS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One partner at the newest moment that any source was read to; `core` counts 180 days back from it."""

    partner: Partner
    at: datetime
    core: Core


def overview(store: Store, settings: Settings) -> Iterator[Overview]:
    """The core signals of every partner, by key; nothing before anything was read."""
    import numpy as np  # noqa: PLC0415  only a full pass needs it

    watched = store.partners.watched()
    reached = [source.read_until for source in store.sources.all() if source.read_until is not None]
    if not watched or not reached:
        return
    now = seconds_of(max(reached))
    table = np.array(store.interactions.pairs(since=moment_of(now - WINDOW)), dtype=np.int64).reshape(-1, 5)
    place = {w.id: i for i, w in enumerate(watched)}
    columns = Columns(
        partner=np.array([place.get(id_, -1) for id_ in table[:, 0].tolist()], dtype=np.int64),
        key=table[:, 1],
        at=table[:, 2],
        side=np.array([_SIDES[side] for side in table[:, 3].tolist()], dtype=np.int64),
        parent=table[:, 4],
    )
    known = columns.partner >= 0
    columns = Columns(*(np.ascontiguousarray(column[known]) for column in columns))
    theirs = [clock_of(w.partner.hours) for w in watched]
    for w, core in zip(
        watched, recompute(columns, ours=clock_of(settings.our_hours), theirs=theirs, now=now), strict=True
    ):
        yield Overview(partner=w.partner, at=moment_of(now), core=core)
