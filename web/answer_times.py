"""The drawing of answer times: an answer is a dot on a scale of time, an open wait an arrow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from metrics.history import History
from metrics.responsiveness import wait_quantile
from metrics.waits import Wait
from models.records import Side

WIDTH, ROW = 720, 34
_SHORTEST, _LONGEST = 0.25, 160.0  # business hours at the two ends of the scale
_TICKS = ((0.25, "15 min"), (1.0, "1 h"), (4.0, "4 h"), (8.0, "8 h"), (40.0, "40 h"), (160.0, "160 h"))
_SPOT = 6.0  # pixels in which dots are piled up
_PILE = 5
_LEAST = 5  # below them no median is drawn


@dataclass(frozen=True, slots=True)
class Spot:
    """One answer, or one open wait where `is_open`."""

    x: float
    y: float
    is_open: bool
    says: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One side over one stretch; `median` is where the drawing marks it, None where too few are known."""

    label: str
    y: float
    spots: tuple[Spot, ...]
    median: float | None
    says: str


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Four rows under one scale of business hours."""

    rows: tuple[AnswerRow, ...]
    ticks: tuple[tuple[float, str], ...]
    height: int
    says: str


def answer_times(history: History) -> AnswerTimes | None:
    """How long each side took, in business hours of whoever answers; None where nobody waited for 90 days."""
    rows: list[AnswerRow] = []
    for side, who in ((Side.PARTNER, "They"), (Side.US, "We")):
        for days in (28, 90):
            y = ROW * len(rows) + ROW / 2
            rows.append(_row(history.waits_for(side, days), f"{who}, {days} days", y))
    if not any(row.spots for row in rows):
        return None
    return AnswerTimes(
        rows=tuple(rows),
        ticks=tuple((_x(hours), label) for hours, label in _TICKS),
        height=ROW * len(rows),
        says=" ".join(row.says for row in rows),
    )


def _row(waits: Sequence[Wait], label: str, y: float) -> AnswerRow:
    # The same waits as the figures count: no closings, and no answers given wholly out of hours.
    counted = [wait for wait in waits if not wait.is_closing and not wait.is_out_of_hours]
    answered = [wait for wait in counted if wait.is_answered]
    still = [wait for wait in counted if wait.is_open and not wait.is_unanswered]
    piles: dict[tuple[int, bool], int] = {}
    drawn = [
        _spot(wait, y, piles, is_open=is_open)
        for waits_, is_open in ((answered, False), (still, True))
        for wait in sorted(waits_, key=lambda w: w.hours)
    ]
    spots = [spot for spot in drawn if spot is not None]
    middle = wait_quantile(counted, 0.5) if len(counted) >= _LEAST else None
    said = f"{label}: {len(answered)} answered"
    if middle is not None:
        said += f", half within {'more than ' if middle.at_least else ''}{_hours(middle.value)}"
    said += f", {len(still)} open." if still else "."
    return AnswerRow(label, y, tuple(spots), None if middle is None else _x(middle.value), said)


def _spot(wait: Wait, y: float, piles: dict[tuple[int, bool], int], *, is_open: bool) -> Spot | None:
    """Where it is drawn; None where its pile is full: it would lie upon another."""
    x = _x(wait.hours)
    pile = int(x // _SPOT), is_open
    height = piles.get(pile, 0)
    if height == _PILE:
        return None
    piles[pile] = height + 1
    shift = ((height + 1) // 2) * (4 if height % 2 else -4)
    return Spot(x, y + shift, is_open, f"open for {_hours(wait.hours)}" if is_open else _hours(wait.hours))


def _x(hours: float) -> float:
    share = log(min(max(hours, _SHORTEST), _LONGEST) / _SHORTEST) / log(_LONGEST / _SHORTEST)
    return round(share * WIDTH, 1)


def _hours(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 1 else f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"
