"""The gap strip: a partner's last gaps as bars, their usual band shaded, today's silence towering over it.

Drawn with table cells: no image to load, no attachment, right in dark mode. In text: blocks and numbers. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.words import number

_BLOCKS = "▁▂▃▄▅▆▇█"
_HEIGHT = 56
_LOWEST_BAND = 14
_SHOWN = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One gap: pixels within the usual band, and above it. `is_now` is the open silence."""

    inside: int
    above: int
    label: str
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class GapStrip:
    """Bars ready to draw; `caption` says in words what they show.

    band, over   pixel heights of the usual band and of the space above it
    """

    bars: tuple[Bar, ...]
    band: int
    over: int
    caption: str
    text: str


def gap_strip(
    gaps: Sequence[float],
    now: float | None,
    median: float | None,
    p90: float | None,
    *,
    said: str = "now",
    what: str = "Their last {n} gaps in working days",
) -> GapStrip | None:
    """The strip of the last gaps, in working days, oldest first; None below three gaps: no band can be shown.

    now    the silence to set against them; `said` names it, "now" while it is open
    what   what the bars are, where they are no gaps; {n} stands for how many
    """
    recent = list(gaps)[-_SHOWN:]
    if len(recent) < 3:
        return None
    usual = p90 if p90 is not None and p90 > 0 else max(0.5, sorted(recent)[int(len(recent) * 0.9)])
    tallest = max([*recent, now or 0.0, usual])
    band = max(_LOWEST_BAND, min(_HEIGHT - 8, round(_HEIGHT * usual / tallest)))
    over = _HEIGHT - band
    values = [*recent] if now is None else [*recent, now]
    bars = tuple(
        Bar(
            inside=max(2, round(band * min(value, usual) / usual)),
            above=0 if value <= usual else max(2, round(over * (value - usual) / max(tallest - usual, 0.1))),
            label=number(value),
            is_now=now is not None and i == len(recent),
        )
        for i, value in enumerate(values)
    )
    low = number(median) if median is not None else None
    span = f"{low}–{number(usual)}" if low is not None and low != number(usual) else f"up to {number(usual)}"
    caption = f"{what.format(n=len(recent))}, usual {span}"
    if now is not None:
        caption += f"; {said} {number(now)}"
    blocks = "".join(_block(value, tallest) for value in recent)
    figures = " ".join(number(value) for value in recent[-10:])
    text = f"{blocks}{'' if now is None else ' ' + _block(now, tallest)}\n{'…' if len(recent) > 10 else ''}{figures}"
    if now is not None:
        text += f" | {said} {number(now)}"
    return GapStrip(bars=bars, band=band, over=over, caption=caption, text=text)


def _block(value: float, tallest: float) -> str:
    return _BLOCKS[min(7, int(7.999 * value / tallest))]
