"""Stretches [since, until) of whole numbers: seconds, or numbered days."""

from __future__ import annotations


def merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Overlapping and touching spans as one, ascending; empty ones left out."""
    found: list[tuple[int, int]] = []
    for since, until in sorted(spans):
        if until <= since:
            continue
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)
