"""A partner against its own usual range: days with contact, time together, evenness of the rhythm (R4, R6, R3).

    found = own_band_findings(history, readings, chance=chance_for(partners, alarms_a_month=0.3))

What is little for one partner is much for another, so the limits are the partner's own quarter and twentieth. By those
alone one look in twenty would be an alarm: a concern also needs that so low a value would hardly come by chance, had
nothing changed. How hardly follows from the budget of false alarms, shared by all partners and the three signals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import exp, lgamma, sqrt
from statistics import NormalDist
from typing import NamedTuple

from metrics.bands import Level
from metrics.base import Measured
from metrics.finding import Finding
from metrics.history import DAY, History
from metrics.quantiles import burstiness, mean_and_sd, median, quantile
from metrics.wording import count, few
from models.records import Side

DEFAULT_CHANCE = 0.01
SIGNALS = 3  # rows a partner in this file
_WINDOW = 28
_BACK = 13  # windows: a year
_LEAST_WINDOWS = 6
_LEAST_GAPS, _LEAST_RECENT_GAPS = 12, 6
_RHYTHM_DAYS = 90
_LOOK_BACK = 455
_RISE, _EVEN = 0.3, 0.2
_HIGHEST = 0.05  # the own twentieth
_NORMAL = NormalDist()


class _Days(NamedTuple):
    """Days with contact of the joint working days of one window."""

    contact: int
    of: int


def chance_for(partners: int, alarms_a_month: float) -> float:
    """How rare a value must be to be a concern, so that all partners together give so many false alarms a month.

    A window lasts four weeks: each partner brings about one new look a month for each of the three signals.
    """
    return min(_HIGHEST, alarms_a_month / (SIGNALS * max(1, partners)))


def own_band_findings(
    history: History, readings: Mapping[str, Measured], *, chance: float = DEFAULT_CHANCE
) -> Iterator[Finding]:
    """What lies within or outside the partner's own range, as far as there is enough past to know it."""
    yield from _contact_days(history, readings, chance)
    yield from _time_together(history, readings, chance)
    yield from _evenness(history, chance)


def _contact_days(history: History, readings: Mapping[str, Measured], chance: float) -> Iterator[Finding]:
    now, before = _window(history, 0), [w for back in range(1, _BACK + 1) if (w := _window(history, back)) is not None]
    if now is None or len(before) < _LEAST_WINDOWS:
        return
    shares = [window.contact / window.of for window in before]
    low, quarter, upper = (quantile(shares, p) for p in (0.05, 0.25, 0.75))
    share = now.contact / now.of
    rare = share < low and chance_of_so_few(now.contact, now.of, before) <= chance
    # While a single long pause lasts, the silence itself is told, and better.
    gap, slow = readings.get("current_gap"), readings.get("slow_gap")
    paused = gap is not None and slow is not None and gap.value > slow.value
    level = Level.HEALTHY if share >= quarter else Level.CONCERN if rare and not paused else Level.BETWEEN
    usual = _range(round(quarter * now.of), round(upper * now.of))
    words = (
        f"There was contact on {now.contact or 'none'} of the last {count(now.of, 'working day')}, usually on {usual}."
    )
    yield Finding("contact_days", _who_fell(history), level, words, share, now.of)


def _time_together(history: History, readings: Mapping[str, Measured], chance: float) -> Iterator[Finding]:
    edge = history.since(365)
    numbers = sorted({history.number_at(o.start) for o in history.held if o.start > edge})
    gaps = [later - earlier for earlier, later in pairwise(numbers)]
    if len(gaps) < _LEAST_WINDOWS:
        return
    today = history.number_at(history.now)
    lost = sum(max(0, min(today, until) - max(numbers[-1], since)) for since, until in history.paused_numbers)
    gap, usual = today - numbers[-1] - lost, median(gaps)
    ahead = readings.get("meetings_ahead")
    rare = gap > 2 * usual and chance_of_gap(gap, gaps) <= chance
    is_booked = ahead is not None and ahead.value > 0
    level = Level.HEALTHY if gap <= quantile(gaps, 0.9) else Level.CONCERN if rare and not is_booked else Level.BETWEEN
    words = f"You last met {count(gap, 'working day')} ago, usually you meet every {few(usual, 'working day')}."
    if gap == 0:
        words = f"You met on the last working day, usually you meet every {few(usual, 'working day')}."
    yield Finding("time_together", _who_cancelled(history), level, words, gap, len(gaps))


def _evenness(history: History, chance: float) -> Iterator[Finding]:
    edge, oldest = history.number_at(history.since(_RHYTHM_DAYS)), history.number_at(history.since(_LOOK_BACK))
    recent = [gap for later, gap in history.gaps if later > edge]
    before = [gap for later, gap in history.gaps if oldest < later <= edge]
    if len(recent) < _LEAST_RECENT_GAPS or len(before) < _LEAST_GAPS:
        return
    now, base = burstiness(recent), burstiness(before)
    rise = now - base
    rare = chance_of_rise(recent, before) <= chance
    level = Level.CONCERN if rise > _RISE and now > _EVEN and rare else Level.BETWEEN
    if now <= _EVEN or rise <= _RISE / 2:
        level = Level.HEALTHY
    longest, usual = max(recent), quantile(before, 0.9)
    words = (
        f"Contact has become uneven: pauses of up to {count(longest, 'working day')} in the last {_RHYTHM_DAYS} days; "
        f"before, 9 in 10 pauses stayed within {count(usual, 'working day')}."
    )
    if level is Level.HEALTHY:
        words = f"Contact is as even as before: 9 in 10 pauses within {count(quantile(recent, 0.9), 'working day')}."
    yield Finding("evenness", _who_fell(history), level, words, now, len(recent))


def chance_of_so_few(contact: int, of: int, before: Sequence[tuple[int, int]]) -> float:
    """P(so few days with contact or fewer | nothing changed): beta-binomial with the windows' own spread.

    `before` holds (days with contact, joint working days) of earlier windows; fitted by moments, and widened for how
    few windows there are.
    """
    total = sum(n for _, n in before)
    p = (sum(k for k, _ in before) + 0.5) / (total + 1)
    mean_of = total / len(before)
    _, sd = mean_and_sd([k / n for k, n in before])
    m = len(before)
    variance = sd * sd * m / (m - 1) * (1 + 1 / m)
    binomial = p * (1 - p) / mean_of
    spread = (variance / binomial - 1) / max(1.0, mean_of - 1)
    spread = min(0.9, max(1 / (total + 1), spread * (1 + 2 / m)))
    size = 1 / spread - 1
    return min(1.0, sum(_beta_binomial(k, of, p * size, (1 - p) * size) for k in range(contact + 1)))


def chance_of_gap(gap: float, gaps: Sequence[float]) -> float:
    """P(a pause so long or longer | as before): the share of earlier ones, falling off beyond the longest."""
    longest, mean = max(gaps), sum(gaps) / len(gaps)
    as_long = sum(known >= gap for known in gaps)
    beyond = exp(-(gap - longest) / max(mean, 1)) if gap > longest else 1.0
    return (as_long + 1) / (len(gaps) + 1) * beyond


def chance_of_rise(recent: Sequence[float], before: Sequence[float]) -> float:
    """P(a rise of the burstiness so great | both alike), by the jackknife's standard errors."""
    rise = burstiness(recent) - burstiness(before)
    error = sqrt(_jackknife(recent) + _jackknife(before))
    return 1 - _NORMAL.cdf(rise / error) if error > 0 else float(rise <= 0)


def _jackknife(gaps: Sequence[float]) -> float:
    """The variance of the burstiness of these gaps."""
    n = len(gaps)
    left_out = [burstiness([*gaps[:i], *gaps[i + 1 :]]) for i in range(n)]
    mean = sum(left_out) / n
    return (n - 1) / n * sum((value - mean) ** 2 for value in left_out)


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    return exp(
        lgamma(n + 1)
        - lgamma(k + 1)
        - lgamma(n - k + 1)
        + lgamma(k + a)
        + lgamma(n - k + b)
        - lgamma(n + a + b)
        + lgamma(a + b)
        - lgamma(a)
        - lgamma(b)
    )


def _window(history: History, back: int) -> _Days | None:
    """The four weeks that ended so many windows ago; None before the first contact or with too few working days."""
    numbers = history.contact_numbers
    since, until = history.since(_WINDOW * (back + 1)), history.since(_WINDOW * back)
    first, last = history.number_at(since), history.number_at(until)
    if not numbers or first < numbers[0] - 1:
        return None
    days = last - first - sum(max(0, min(last, b) - max(first, a)) for a, b in history.paused_numbers)
    if days < 10:
        return None
    return _Days(min(days, sum(first < number <= last for number in numbers)), days)


def _who_fell(history: History) -> Side:
    """The side whose days of writing fell further below its own usual; theirs when both did alike."""

    def kept(side: Side) -> float:
        recent = {history.us.day_of(act.at) for act in history.recent(_WINDOW, side)}
        before = {history.us.day_of(act.at) for act in history.recent(365, side)} - recent
        first = min(before, default=None)
        if first is None:
            return 1.0
        days = max(1.0, (history.us.day_of(history.now) - _WINDOW) - first)
        return len(recent) / _WINDOW / (len(before) / days)

    return Side.US if kept(Side.US) < 0.8 * kept(Side.PARTNER) else Side.PARTNER


def _who_cancelled(history: History) -> Side:
    """Us, where we called off the last meeting that should have been; else them."""
    edge = history.since(_RHYTHM_DAYS)
    gone = [o for o in history.occasions if o.cancelled is not None and edge < o.start <= history.now + 7 * DAY]
    return Side.US if gone and gone[-1].organised_by is Side.US else Side.PARTNER


def _range(low: int, high: int) -> str:
    return f"{low or 'none'}" if low == high else f"{low} to {high}"
