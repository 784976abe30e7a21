"""The core: new mails one by one and all partners at once give the same numbers, exactly."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core import OURS, THEIRS, WINDOW, Answers, Core, CoreState, Mail, key_of
from metrics.core_columns import Columns, recompute
from metrics.quantiles import quantile
from metrics.working_time import clock_of
from models.records import WorkingHours
from tests.factories import moment

US = clock_of(WorkingHours(zone="Europe/Berlin", country="DE"))
THEM = (
    clock_of(WorkingHours(zone="Asia/Kolkata", hours="Mon-Fri 09:30-18:30", country="IN")),
    clock_of(WorkingHours(zone="America/New_York", closed=frozenset({date(2026, 3, 20)}))),
)
T0 = int(moment(0).timestamp())


def by_hand(mails: list[Mail], which: int, now: int) -> Core:
    """The definition, written down the slow way."""
    known = {m.key: m for m in sorted(mails, key=lambda m: m.at) if now - WINDOW < m.at <= now}
    took: dict[int, list[float]] = {THEIRS: [], OURS: []}
    for mail in known.values():
        asked = known.get(mail.parent)
        if asked is not None and asked.side != mail.side and mail.at > asked.at:
            clock = US if mail.side == OURS else THEM[which]
            took[mail.side].append(clock.between(asked.at, mail.at))
    days = sorted({date.fromordinal(US.day_of(m.at)) for m in known.values()})
    joint = [d for d in _dates(days) if US.is_business_day(d) and THEM[which].is_business_day(d)]
    numbers = sorted({sum(j <= d for j in joint) for d in days})
    gaps = [b - a for a, b in pairwise(numbers)]
    answers = [
        Answers(len(t), quantile(t, 0.5), quantile(t, 0.9)) if t else Answers(0, None, None) for t in took.values()
    ]
    sides = {s: [m.at for m in known.values() if m.side == s] for s in (THEIRS, OURS)}
    return Core(
        inbound=len(sides[THEIRS]),
        outbound=len(sides[OURS]),
        last_inbound=max(sides[THEIRS], default=None),
        last_outbound=max(sides[OURS], default=None),
        contact_days=len(numbers),
        usual_gap=quantile(gaps, 0.5) if gaps else None,
        slow_gap=quantile(gaps, 0.9) if gaps else None,
        theirs=answers[0],
        ours=answers[1],
    )


def _dates(days: list[date]) -> list[date]:
    return [date.fromordinal(o) for o in range(days[0].toordinal() - 7, days[-1].toordinal() + 1)] if days else []


mails = st.lists(
    st.builds(
        lambda number, at, side, parent: Mail(number, T0 + at, side, parent if parent != number else 0),
        st.integers(1, 40),
        st.integers(-5 * 86_400, 260 * 86_400).map(lambda t: t - t % 600),
        st.sampled_from([THEIRS, OURS]),
        st.integers(0, 40),
    ),
    max_size=40,
    unique_by=(lambda m: m.key, lambda m: m.at),
)


@given(rows=st.tuples(mails, mails), day=st.integers(100, 260), cut=st.integers(0, 40), repeats=st.booleans())
def test_one_by_one_and_all_at_once_are_the_definition(
    rows: tuple[list[Mail], list[Mail]], day: int, cut: int, repeats: bool
) -> None:
    now = T0 + day * 86_400
    columns = [(which, *mail) for which, some in enumerate(rows) for mail in (*some, *(some if repeats else []))]
    arrays = Columns(
        *(np.array([(c[0], c[1], c[2], c[3], c[4])[i] for c in columns], dtype=np.int64) for i in range(5))
    )

    at_once = recompute(arrays, ours=US, theirs=THEM, now=now)

    for which, some in enumerate(rows):
        state = CoreState(US, THEM[which])
        state.add(some[:cut], now=now - 86_400)
        state = CoreState.unpack(state.pack(), US, THEM[which])
        state.add(some, now=now)
        expected = by_hand(some, which, now)
        assert state.read(now=now) == expected
        assert at_once[which] == expected


def test_what_another_version_packed_is_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        CoreState.unpack(bytes(40), US, THEM[0])


def test_keys_are_stable_and_never_nought() -> None:
    assert key_of("<a@b>") == key_of("<a@b>") != key_of("<a@c>")
    assert 0 < key_of("") < 1 << 63
