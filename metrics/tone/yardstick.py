"""One mail against all mail: a score becomes a z by its rank among everything the user's partners, or we, wrote.

Absolute cuts do not carry over from one mailbox to the next, and scores crowd around neutral with long tails; ranks
turned into normal scores keep only the order, so one wild mail weighs no more than 3. Measured beside median and MAD
in benchmarks/tone.py: the same shift is found sooner.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

FEWEST = 30  # scored mails before anything can be called unusual
CLIP = 3.0

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Yardstick:
    """All scores of one direction by one analyser, sorted."""

    scores: tuple[float, ...]

    @classmethod
    def of(cls, scores: Sequence[float]) -> Yardstick | None:
        """The yardstick made of these scores; None for fewer than 30."""
        return cls(tuple(sorted(scores))) if len(scores) >= FEWEST else None

    def z(self, score: float) -> float:
        """The normal score of the rank of `score`, ties in the middle; -3..3, 0 = the user's usual mail.

        >>> round(Yardstick(tuple(x / 100 for x in range(101))).z(0.84), 1)
        1.0
        """
        n = len(self.scores)
        middle = (bisect_left(self.scores, score) + bisect_right(self.scores, score)) / 2
        share = min(max(middle / n, 0.5 / n), 1 - 0.5 / n)
        return min(CLIP, max(-CLIP, _NORMAL.inv_cdf(share)))

    @cached_property
    def pool(self) -> tuple[float, ...]:
        """The z of its scores, at most 1,000 of them evenly spread: what limits are simulated from."""
        step = max(1, len(self.scores) // 1000)
        return tuple(self.z(score) for score in self.scores[step // 2 :: step])
