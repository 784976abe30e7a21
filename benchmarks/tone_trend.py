"""Trend and alarm of docs/tone.md: messages needed to see a shift, false alarms in two years, by simulation.

Messages carry the real noise: their scores are drawn from those that the tool gives to a labelled corpus, negative and
other texts apart, and only the share of negatives moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np

from metrics.tone.change import ALARM, SHRINK, SLACK, SPAN, alarms, highest_climbs, limits_for
from metrics.tone.yardstick import CLIP

USUAL = 0.08  # share of negative mails
SHIFTS = (0.20, 0.35, 0.60)
BASELINE = 60
_WEEKS = 104
_AHEAD = 300
_RUNS = 1500


class Noise:
    """What a tool's scores look like on one corpus; partners differ by their share of negatives (Beta, mean 8 %)."""

    def __init__(self, negative: Sequence[float], rest: Sequence[float]) -> None:
        self._negative, self._rest = np.asarray(negative), np.asarray(rest)
        self._chance = np.random.default_rng(4)
        pool = np.sort(self._drawn(np.full((4000, 1), USUAL), 1)[:, 0])
        # The yardstick's normal scores of ranks, for many values at once: a look-up in all possible scores.
        self._known = np.unique(np.concatenate([self._negative, self._rest]))
        middle = (np.searchsorted(pool, self._known, "left") + np.searchsorted(pool, self._known, "right")) / 2
        share = np.clip(middle / len(pool), 0.5 / len(pool), 1 - 0.5 / len(pool))
        self._z = np.clip([NormalDist().inv_cdf(float(s)) for s in share], -CLIP, CLIP)
        self.pool = tuple(float(z) for z in self.z(pool))

    def z(self, scores: np.ndarray) -> np.ndarray:
        """Scores as normal scores of their rank in the user's usual mail."""
        return np.asarray(self._z[np.searchsorted(self._known, scores)])

    def partners(self, count: int, spans: Iterable[tuple[float, int]]) -> np.ndarray:
        """z of many partners, a row each; `spans`: (share of negatives added to the partner's own, messages)."""
        own = self._chance.beta(2, 23, (count, 1))
        return np.concatenate(
            [self.z(self._drawn(np.clip(own + added, 0, 1), messages)) for added, messages in spans], axis=1
        )

    def _drawn(self, share: np.ndarray, messages: int) -> np.ndarray:
        shape = (len(share), messages)
        return np.where(
            self._chance.random(shape) < share,
            self._chance.choice(self._negative, shape),
            self._chance.choice(self._rest, shape),
        )


def climbs(values: np.ndarray, base: int) -> np.ndarray:
    """The CUSUM for "cooler" after each message beyond the baseline, a row a partner."""
    learned = values[:, :base].sum(axis=1) / (base + SHRINK)
    level = np.zeros(len(values))
    path = np.zeros((len(values), values.shape[1] - base))
    for column in range(path.shape[1]):
        level = np.maximum(0.0, level + learned - values[:, base + column] - SLACK)
        path[:, column] = level
    return path


def bar_row(noise: Noise) -> str:
    """False alarms in 150 messages, found in 40 and 80 after 8 -> 60 %, median: limit at 10 % in 150, baseline 60."""
    limit = float(np.quantile(highest_climbs(np.array(noise.pool), BASELINE, SPAN), 1 - ALARM))
    calm = climbs(noise.partners(_RUNS, [(0.0, BASELINE + SPAN)]), BASELINE)
    false = (calm.max(axis=1) > limit).mean()
    return f"{false:.2f} | {_found(noise, limit, 0.60)}"


def shift_row(noise: Noise, pace: int) -> str:
    """For each shift, what the shipped limit at this pace finds."""
    limit = limits_for(noise.pool, pace)[BASELINE].alarm
    return " | ".join(_found(noise, limit, share) for share in SHIFTS)


def _found(noise: Noise, limit: float, share: float) -> str:
    moved = climbs(noise.partners(_RUNS, [(0.0, BASELINE), (share - USUAL, _AHEAD)]), BASELINE) > limit
    when = np.where(moved.any(axis=1), moved.argmax(axis=1) + 1, 10_000)
    median = np.median(when)
    middle = f"{median:.0f}" if median < _AHEAD else f"over {_AHEAD}"
    return f"{(when <= 40).mean():.2f} / {(when <= 80).mean():.2f}, {middle}"


def false_alarms(noise: Noise, weekly: float, partners: int) -> float:
    """False alarms of one unchanged partner in two years, as shipped: both ways, theirs and ours."""
    messages = round(weekly * _WEEKS)
    limits = limits_for(noise.pool, messages)
    lives = noise.partners(partners, [(0.0, messages)])
    return 2 * sum(len(alarms(life.tolist(), limits)) for life in lives) / partners
