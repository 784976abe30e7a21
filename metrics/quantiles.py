"""Small numbers of numbers: quantiles, shares with their uncertainty, concentration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, log, sqrt


def quantile(values: Sequence[float], p: float) -> float:
    """The p-quantile, linear between order statistics: Hyndman & Fan (1996), type 7. `values` is not empty."""
    return quantile_of_sorted(sorted(values), p)


def quantile_of_sorted(ordered: Sequence[float], p: float) -> float:
    """`quantile` of values that ascend already."""
    place = p * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def median(values: Sequence[float]) -> float:
    """The middle one; of two middle ones the mean."""
    return quantile(values, 0.5)


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean and population standard deviation."""
    mean = sum(values) / len(values)
    return mean, sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def wilson(successes: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, Wilson (1927): 3 of 12 is 8.9-53.2 %. 0..1 for n = 0."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (centre - half) / (1 + z * z / n)), min(1.0, (centre + half) / (1 + z * z / n))


def burstiness(gaps: Sequence[float]) -> float:
    """(sd - mean) / (sd + mean), Goh & Barabasi (2008): -1 clockwork, 0 random, towards 1 bursty. Gaps are positive."""
    mean, sd = mean_and_sd(gaps)
    return (sd - mean) / (sd + mean)


def herfindahl(weights: Iterable[float]) -> float:
    """The sum of squared shares: 1 when one carries all, 1/k when k carry equally. 8, 1, 1 is 0.66."""
    parts = list(weights)
    total = sum(parts)
    return sum((part / total) ** 2 for part in parts)


def evenness(weights: Iterable[float], kinds: int) -> float:
    """Shannon entropy of the shares over its greatest value for so many kinds: 0 one kind only, 1 all alike."""
    parts = [part for part in weights if part > 0]
    total = sum(parts)
    return max(0.0, -sum(part / total * log(part / total) for part in parts) / log(kinds))
