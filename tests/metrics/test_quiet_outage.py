"""When everybody falls silent at once it is our mailbox, not they."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from metrics.quiet_outage import IMPROBABLE, mailbox_gaps, outage


def gaps(n: int = 300, mean: float = 1.5) -> list[float]:
    dice = random.Random(1)
    return [1 + dice.expovariate(1 / mean) for _ in range(n)]


def test_a_mailbox_that_stops_altogether_looks_broken() -> None:
    found = outage(gaps(), 80)

    assert found is not None
    assert found.chance < IMPROBABLE
    assert found.sentence.startswith("mail sync looks broken: not one inbound mail for 80 working hours")


def test_a_usual_pause_does_not() -> None:
    assert outage(gaps(), 8) is None
    assert outage(gaps(), 0) is None


def test_too_little_mail_says_nothing() -> None:
    assert outage(gaps(49), 500) is None


@given(st.floats(1, 500), st.floats(1, 500))
def test_a_longer_silence_is_never_less_suspicious(one: float, other: float) -> None:
    known = gaps()

    if outage(known, min(one, other)) is not None:
        assert outage(known, max(one, other)) is not None


def test_several_mails_within_an_hour_are_one_word() -> None:
    assert mailbox_gaps([0.0, 0.2, 0.9, 3.0, 3.5, 8.0]) == [3.0, 5.0]
