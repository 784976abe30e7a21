"""The fit of the level: its slope is that of its loss, and it counts as the protocol counts."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from benchmarks.quiet import at_setting
from benchmarks.quiet_made_up import made_up
from benchmarks.quiet_objective import SHIPPED, Aims, Sample, lived, loss, sample_of
from benchmarks.quiet_protocol import Corpus, corpus_of
from benchmarks.quiet_rules import Ours
from flows.replay import DAY, day_of

AIMS = Aims(false_alarms=(0.1, 0.1, 0.1), of_the_worst=0.5, ends=2.0)  # all of them missed: every part has a slope


@pytest.fixture(scope="module")
def stream() -> Corpus:
    """Partners of three classes who come in bursts, and some with a call; some of them go for good."""
    chance = np.random.default_rng(4)
    seen = []
    for partner in range(24):
        day = 9_000
        for _ in range(int(chance.integers(25, 45))):
            holes = 1 + int(chance.weibull(0.7) * (2, 6, 11)[partner % 3])
            day += holes if partner % 4 else 5 + 5 * int(chance.random() < 0.2)
            words = 1 + int(chance.integers(0, 3))
            seen += [("us", f"p{partner}", day_of(day) * DAY + n, True, f"{partner}/{n}") for n in range(words)]
    return corpus_of(sorted(seen, key=lambda happening: happening[2]))


@pytest.fixture(scope="module")
def sample(stream: Corpus) -> Sample:
    return sample_of(stream)


@pytest.mark.parametrize("strictness", [1.0, 0.6, 2.0])
def test_it_counts_as_the_protocol_counts(stream: Corpus, sample: Sample, strictness: float) -> None:
    weights = SHIPPED.copy()
    weights[[0, -1]] += log(strictness)  # the levels: of the renewal model, and of the clockwork

    found = at_setting(stream, Ours, strictness)

    assert lived(sample, weights) == found
    assert found.worst > 0
    assert found.found


@pytest.mark.parametrize("bars", [None, (0.1, 5.0)])
def test_the_gradient_agrees_with_finite_differences(stream: Corpus, bars: tuple[float, float] | None) -> None:
    of = sample_of(stream, bars=bars)
    weights = SHIPPED - 0.3
    _, slope = loss(of, weights, AIMS, 0.2)
    steps = np.eye(len(weights)) * 1e-5
    measured = [(loss(of, weights + h, AIMS, 0.2)[0] - loss(of, weights - h, AIMS, 0.2)[0]) / 2e-5 for h in steps]

    assert np.allclose(slope, measured, rtol=1e-5, atol=1e-6)
    assert np.abs(slope).max() > 0.01


def test_made_up_partners_are_the_same_for_the_same_seed() -> None:
    one, again, other = (made_up("weekly call", seed).streams for seed in (1, 1, 2))

    assert [stream.days for stream in one] == [stream.days for stream in again]
    assert [stream.days for stream in one] != [stream.days for stream in other]
