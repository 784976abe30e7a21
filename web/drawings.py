"""Drawings of the partner page as plain values for SVG: the contact timeline and the chart of gaps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from alerts.words import count
from metrics.acts import Away
from metrics.history import History
from metrics.occasions import Occasion
from metrics.working_time import moment_of
from models.records import Flip, Side

WEEKS = 26
WIDTH = 720
_TOP = {"them": 22, "auto": 22, "us": 50, "met": 78}
_WORDS = {
    "them": ("mail from them", "mails from them"),
    "auto": ("automatic reply of theirs", "automatic replies of theirs"),
    "us": ("mail to them", "mails to them"),
}
# What each kind of mark means, in the order in which the legend names them.
_LEGEND = {
    "auto": "triangle: an automatic reply, which is no contact",
    "held": "filled: held",
    "moved": "diamond: held after a move",
    "planned": "hollow: planned or unproven",
    "cancelled": "cross: cancelled",
}
HEIGHT = 112
_LABEL = 60  # the room that the label of a change of state needs
_GAPS = 40
_ROWS = 40
_CHART_HEIGHT = 150


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of the timeline: where, what kind, and the words that a pointer or a screen reader gets."""

    x: float
    y: float
    kind: str
    says: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A shaded stretch: a holiday of one side, on its row, or an absence over all rows."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Twenty-six weeks up to the horizon."""

    marks: tuple[Mark, ...]
    spans: tuple[Span, ...]
    months: tuple[tuple[float, str], ...]
    flips: tuple[Mark, ...]
    rows: tuple[str, ...]
    says: str
    legend: str


@dataclass(frozen=True, slots=True)
class GapDot:
    """One gap, or the open silence where `is_now`."""

    x: float
    y: float
    height: float
    says: str
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class GapChart:
    """Gaps as bars over time, with the usual band between two heights."""

    bars: tuple[GapDot, ...]
    bar_width: float
    band_top: float
    band_height: float
    floor: float
    ticks: tuple[tuple[float, str], ...]
    limits: tuple[tuple[float, str], ...]
    says: str


def timeline(history: History, flips: Sequence[Flip]) -> Timeline:
    """Mail in and out, automatic replies, meetings, absences, changes of state; several of a kind a day are one."""
    until = history.us.midnight(history.date_of(history.now) + timedelta(days=1))
    since = until - WEEKS * 7 * 86_400
    scale = WIDTH / (until - since)

    def x(at: int) -> float:
        return round((at - since) * scale, 1)

    days: dict[tuple[str, date], int] = {}
    for act in history.acts:
        if act.at >= since and act.side in {Side.US, Side.PARTNER}:
            key = ("them" if act.side is Side.PARTNER else "us", history.date_of(act.at))
            days[key] = days.get(key, 0) + 1
    for reply in history.auto_replies:
        if reply.at >= since:
            key = ("auto", history.date_of(reply.at))
            days[key] = days.get(key, 0) + 1
    marks = [
        Mark(x(history.us.midnight(day) + 43_200), _TOP[kind], kind, f"{_day(day)}: {count(n, *_WORDS[kind])}")
        for (kind, day), n in sorted(days.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    for occasion in history.occasions:
        if since <= occasion.start < until:
            kind, said = _kind_of(occasion, history)
            day = history.date_of(occasion.start)
            marks.append(Mark(x(occasion.start), _TOP["met"], kind, f"{_day(day)}: meeting, {said}"))
    spans = [
        Span(
            x(max(a.since, since)),
            12,
            max(2.0, x(min(a.until, until)) - x(max(a.since, since))),
            78,
            "away",
            _away(a),
        )
        for a in history.away
        if a.until > since and a.since < until
    ]
    spans += _holidays(history, since, until, x)
    turned = _turned([flip for flip in flips if since <= flip.turned_at.timestamp() < until], x)
    months = []
    day = date.fromordinal(history.us.day_of(since)).replace(day=1)
    for _ in range(8):
        at = history.us.midnight(day)
        if since <= at < until:
            months.append((x(at), f"{day:%b}"))
        day = (day + timedelta(days=32)).replace(day=1)
    inbound = sum(n for (kind, _), n in days.items() if kind == "them")
    outbound = sum(n for (kind, _), n in days.items() if kind == "us")
    met = sum(mark.kind in {"held", "moved"} for mark in marks)
    rows = [mark.says for mark in sorted([*marks, *turned], key=lambda mark: -mark.x)[:_ROWS]]
    says = (
        f"In {WEEKS} weeks: {count(inbound, *_WORDS['them'])}, {count(outbound, *_WORDS['us'])}, "
        f"{count(met, 'meeting')} held."
    )
    return Timeline(
        marks=tuple(marks),
        spans=tuple(spans),
        months=tuple(months),
        flips=tuple(turned),
        rows=tuple(rows),
        says=says,
        legend=_legend(marks, spans, turned),
    )


def _legend(marks: Sequence[Mark], spans: Sequence[Span], turned: Sequence[Mark]) -> str:
    """What the shapes mean, as far as they occur; "" where only plain mails do."""
    kinds = {mark.kind for mark in marks}
    said = [words for kind, words in _LEGEND.items() if kind in kinds]
    shaded = [
        words
        for kind, words in (("holiday", "holidays of that side"), ("away", "absences"))
        if any(span.kind == kind for span in spans)
    ]
    said += [f"shaded: {' and '.join(shaded)}"] if shaded else []
    said += ["dashed: the state changed"] if turned else []
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _turned(flips: Sequence[Flip], x: Callable[[int], float]) -> list[Mark]:
    """Changes of state, newest first; a label that the next newer one would cover is left out."""
    turned: list[Mark] = []
    free = float(WIDTH) + _LABEL
    for flip in sorted(flips, key=lambda flip: flip.turned_at, reverse=True):
        at = x(int(flip.turned_at.timestamp()))
        label = flip.new.value.replace("_", " ") if at + _LABEL <= free else ""
        if label:
            free = at if at + _LABEL <= WIDTH else at - _LABEL  # the newest may stand left of its line
        turned.append(Mark(at, 0, flip.new.value, f"{_day(flip.turned_at.date())}: {_said(flip)}", label))
    return turned


def _kind_of(occasion: Occasion, history: History) -> tuple[str, str]:
    if occasion.cancelled is not None:
        by = {Side.US: " by us", Side.PARTNER: " by them"}.get(occasion.organised_by or Side.OTHER, "")
        return "cancelled", f"cancelled{by}"
    if occasion in history.held:
        return ("moved", "held after a move") if occasion.moves else ("held", "held")
    return "planned", "planned" if occasion.start > history.now else "nothing says that it took place"


def _holidays(history: History, since: int, until: int, x: Callable[[int], float]) -> list[Span]:
    """Public holidays and closed days of each side on its own row."""
    found = []
    for clock, row, whose in ((history.them, "them", "Their"), (history.us, "us", "Our")):
        day = date.fromordinal(clock.day_of(since))
        last = date.fromordinal(clock.day_of(until))
        while day < last:
            if clock.is_holiday(day):
                at = clock.midnight(day)
                width = max(2.5, x(at + 86_400) - x(at))
                found.append(
                    Span(x(max(at, since)), _TOP[row] - 12, width, 24, "holiday", f"{whose} holiday, {_day(day)}")
                )
            day += timedelta(days=1)
    return found


def gap_chart(
    gaps: Sequence[float],
    now: float | None,
    median: float | None,
    p90: float | None,
    limits: Sequence[tuple[str, float]] = (),
) -> GapChart | None:
    """The last gaps in working days, with today's silence beside them; None below three gaps.

    limits  what is drawn as a line: its name and its height in working days
    """
    recent = list(gaps)[-_GAPS:]
    if len(recent) < 3:
        return None
    values = [*recent] if now is None else [*recent, now]
    top = max([*values, p90 or 0.0, 1.0, *(value for _, value in limits)])
    width = WIDTH / max(12, len(values) + 1)

    def height(value: float) -> float:
        return round(_CHART_HEIGHT * value / top, 1)

    bars = tuple(
        GapDot(
            round(i * width + width * 0.15, 1),
            round(_CHART_HEIGHT - height(value), 1),
            height(value),
            f"{value:g} working days{', now' if now is not None and i == len(recent) else ''}",
            now is not None and i == len(recent),
        )
        for i, value in enumerate(values)
    )
    low, high = height(median or 0.0), height(p90 or median or 0.0)
    step = max(1, round(top / 3))
    ticks = tuple((round(_CHART_HEIGHT - height(value), 1), f"{value}") for value in range(step, int(top) + 1, step))
    usual = f"; usual {median:g} to {p90:g}" if median is not None and p90 is not None else ""
    open_now = f"; now {now:g}" if now is not None else ""
    says = f"The last {len(recent)} gaps in working days, longest {max(recent):g}{usual}{open_now}."
    lines = tuple((round(_CHART_HEIGHT - height(value), 1), name) for name, value in limits)
    band = (_CHART_HEIGHT - high, max(2.0, high - low))
    return GapChart(bars, round(width * 0.7, 1), *band, _CHART_HEIGHT, ticks, lines, says)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _away(away: Away) -> str:
    who = away.person or "the partner"
    return f"{who} away {_day(moment_of(away.since).date())} to {_day(moment_of(away.until).date())}"


def _said(flip: Flip) -> str:
    return f"{flip.old.value.replace('_', ' ')} to {flip.new.value.replace('_', ' ')}"
