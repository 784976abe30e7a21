"""What a partner's tone does to the telling: it orders warnings of one rank, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.due import due
from alerts.plan import People, Rules
from models.letters import StoredFlip
from models.records import Flip, Partner, State

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday
HOUR_AGO = NOW - timedelta(hours=1)
ANA = "ana@ourco.example"
KEYS = ("acme", "busy", "cold")


class Always:
    def is_open(self, _at: datetime) -> bool:
        return True

    def days_between(self, since: datetime, until: datetime) -> int:
        return (until - since).days

    def date_of(self, at: datetime) -> date:
        return at.date()


def told(belief: dict[str, int], states: dict[str, State]) -> list[str]:
    """The partners of the one letter, in its order."""
    plan = due(
        [
            StoredFlip(id=n, flip=Flip(partner=key, old=State.ON_RHYTHM, new=state, turned_at=HOUR_AGO, reason=""))
            for n, (key, state) in enumerate(states.items(), start=1)
        ],
        [],
        [],
        partners={key: Partner(key=key, title=key, domains=(f"{key}.example",), owner=ANA) for key in KEYS},
        people=People(operator=None, fallback=None, is_partner=lambda _: False, calendar=lambda _: Always()),
        rules=Rules(belief=belief),
        sent={},
        now=NOW,
    )
    return [item.flip.flip.partner for letter in plan.letters for item in letter.items]


def test_a_cooler_tone_comes_first_and_a_warmer_last() -> None:
    quiet = dict.fromkeys(KEYS, State.QUIET)

    assert told({"cold": 1, "acme": -1}, quiet) == ["cold", "busy", "acme"]
    assert told({}, quiet) == ["acme", "busy", "cold"]


def test_no_tone_outranks_a_graver_state() -> None:
    assert told({"cold": 1}, {"cold": State.QUIET, "acme": State.GONE}) == ["acme", "cold"]


@pytest.mark.parametrize("belief", [{"acme": 1}, {"acme": -1}])
def test_tone_alone_tells_nobody_anything(belief: dict[str, int]) -> None:
    assert told(belief, {"acme": State.ON_RHYTHM}) == []
    assert told(belief, {"acme": State.FADING}) == []
