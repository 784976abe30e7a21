"""The core signals of all partners at once, from columns of mails: a million mails in about a second.

The same numbers as `metrics.core.CoreState` gives one by one; for the first import, and whenever a calendar or setting
has changed and all history is recomputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from metrics.core import OURS, THEIRS, WINDOW, Answers, Core
from metrics.joint_days import joint_days_of
from metrics.working_time import BusinessClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Columns(NamedTuple):
    """The mails of many partners as parallel arrays; `partner` indexes the clocks."""

    partner: NDArray[np.int64]
    key: NDArray[np.int64]
    at: NDArray[np.int64]
    side: NDArray[np.int64]
    parent: NDArray[np.int64]


def recompute(columns: Columns, *, ours: BusinessClock, theirs: Sequence[BusinessClock], now: int) -> list[Core]:
    """The core signals of every partner at once: `theirs[i]` is the clock of partner i. Any order, repeats."""
    import numpy as np  # noqa: PLC0415  only a full pass needs it

    inside = (columns.at > now - WINDOW) & (columns.at <= now)
    partner, key, at, side, parent = (column[inside] for column in columns)
    name = _name(partner, key)
    order = np.argsort(name)
    name = name[order]
    fresh = np.ones(len(name), dtype=bool)
    fresh[1:] = name[1:] != name[:-1]
    name, order = name[fresh], order[fresh]
    partner, at, side, parent = (column[order] for column in (partner, at, side, parent))
    clocks = {id(clock): clock for clock in theirs}
    kind = {name: i for i, name in enumerate(clocks)}
    of_partner = np.array([kind[id(clock)] for clock in theirs], dtype=np.int64)
    by_kind = list(clocks.values())
    asked, answered, who = _pairs(name, partner, at, side, parent)
    took = np.zeros(len(asked), dtype=np.int64)
    answerer = side[answered]
    mine = answerer == OURS
    took[mine] = ours.between_many(at[asked[mine]], at[answered[mine]])
    for i, clock in enumerate(by_kind):
        rows = ~mine & (of_partner[who] == i)
        took[rows] = clock.between_many(at[asked[rows]], at[answered[rows]])
    number = np.zeros(len(at), dtype=np.int64)
    days = ours.days_of(at)
    for i, clock in enumerate(by_kind):
        rows = of_partner[partner] == i
        number[rows] = joint_days_of(ours, clock).numbers(days[rows])
    count = len(theirs)
    contact = np.sort(partner * (1 << 32) + (number + (1 << 31)))
    contact = contact[np.concatenate(([True], contact[1:] != contact[:-1]))] if len(contact) else contact
    contact_of = contact >> 32
    steps = np.diff(contact)
    same = contact_of[1:] == contact_of[:-1]
    gap_quantiles = _by_group(contact_of[1:][same], steps[same], count)
    answers = [_by_group(who[answerer == s], took[answerer == s], count) for s in (THEIRS, OURS)]
    mails = [np.bincount(partner[side == s], minlength=count) for s in (THEIRS, OURS)]
    last = []
    for s in (THEIRS, OURS):
        newest = np.full(count, -1, dtype=np.int64)
        np.maximum.at(newest, partner[side == s], at[side == s])
        last.append(newest)
    on_days = np.bincount(contact_of, minlength=count)
    return [
        Core(
            inbound=int(mails[THEIRS][i]),
            outbound=int(mails[OURS][i]),
            last_inbound=int(last[THEIRS][i]) if mails[THEIRS][i] else None,
            last_outbound=int(last[OURS][i]) if mails[OURS][i] else None,
            contact_days=int(on_days[i]),
            usual_gap=gap_quantiles[i].median,
            slow_gap=gap_quantiles[i].slow,
            theirs=answers[THEIRS][i],
            ours=answers[OURS][i],
        )
        for i in range(count)
    ]


def _name(partner: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.uint64]:
    """One number for (partner, key): keys are 63-bit hashes, and each partner makes another one of the same mail."""
    import numpy as np  # noqa: PLC0415

    mark = (partner.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    found: NDArray[np.uint64] = (key.astype(np.uint64) ^ mark) * np.uint64(0xD6E8FEB86659FD93)
    return found


def _pairs(
    name: NDArray[np.uint64],
    partner: NDArray[np.int64],
    at: NDArray[np.int64],
    side: NDArray[np.int64],
    parent: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows asked and answered, and their partner. Rows are sorted by name."""
    import numpy as np  # noqa: PLC0415

    replies = np.flatnonzero(parent)
    wanted = _name(partner[replies], parent[replies])
    order = np.argsort(wanted)  # looked up in order, the table is walked once instead of jumped about in
    replies, wanted = replies[order], wanted[order]
    found = np.minimum(np.searchsorted(name, wanted), max(0, len(name) - 1))
    right = name[found] == wanted
    asked, answered = found[right], replies[right]
    valid = (side[asked] != side[answered]) & (at[answered] > at[asked])
    return asked[valid], answered[valid], partner[answered[valid]]


def _by_group(group: NDArray[np.int64], value: NDArray[np.int64], count: int) -> list[Answers]:
    """Count, median and 9 in 10 (type 7) of the values of each group."""
    import numpy as np  # noqa: PLC0415

    order = np.lexsort((value, group))
    value = value[order]
    sizes = np.bincount(group, minlength=count)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    found = []
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        if not size:
            found.append(Answers(0, None, None))
            continue
        some = value[start : start + size]
        found.append(Answers(size, _quantile(some, size, 0.5), _quantile(some, size, 0.9)))
    return found


def _quantile(ascending: NDArray[np.int64], size: int, p: float) -> float:
    place = p * (size - 1)
    low = int(place)
    high = min(low + 1, size - 1)
    return float(ascending[low] + (place - low) * (int(ascending[high]) - int(ascending[low])))
