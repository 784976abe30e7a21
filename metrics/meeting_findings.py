"""Findings about meetings beside the bands: put off again and again, called off twice running, no longer talking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from metrics.bands import Level
from metrics.base import Measured
from metrics.finding import Finding
from metrics.history import DAY, History
from metrics.quantiles import median
from metrics.reschedules import is_short_cancel
from metrics.wording import count, few, share_of
from models.records import Side

_RECENT_DAYS, _BASE_DAYS = 28, 90
_LEAST_MEETINGS = 5  # to tell planned from unplanned
_LEAST_STARTS = 4  # to know the rhythm of meetings


def meeting_findings(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """Every rule about meetings whose side or words depend on more than one figure."""
    yield from _drift(history, readings)
    for side in (Side.US, Side.PARTNER):
        yield from _called_off_again(history, side)
    yield from _modes(history, readings)
    yield from _planned(readings)


def _drift(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """M5: by how much moves pushed meetings back, against the rhythm of meetings."""
    pushed = readings.get("pushed_days")
    starts = sorted({o.planned for o in history.planned(_BASE_DAYS)})
    if pushed is None or len(starts) < _LEAST_STARTS:
        return
    rhythm = median([(later - earlier) / DAY for earlier, later in pairwise(starts)])
    level = Level.CONCERN if pushed.value > rhythm else Level.HEALTHY if pushed.value <= rhythm / 2 else Level.BETWEEN
    moves = count(pushed.n, "move")
    words = (
        f"{moves} pushed meetings back by {few(pushed.value, 'day')} in all; one is planned every {few(rhythm, 'day')}."
    )
    if pushed.value <= 0:
        words = f"{moves} did not push meetings back."
    yield Finding("pushed_days", Side.PARTNER, level, words, pushed.value, pushed.n)


def _called_off_again(history: History, side: Side) -> Iterator[Finding]:
    """M6: the last two meetings that should have been, both called off at short notice by one side."""
    due = [o for o in history.planned(_BASE_DAYS) if o.start <= history.now or is_short_cancel(history, o, side)]
    if len(due) < 2:
        return
    running = 0
    for occasion in reversed(due):
        if not is_short_cancel(history, occasion, side):
            break
        running += 1
    level = Level.CONCERN if running >= 2 else Level.BETWEEN if running else Level.HEALTHY
    who = "You" if side is Side.US else "They"
    words = f"{who} called off the last {count(running, 'meeting')} running at short notice."
    if running == 1:
        words = f"{who} called off the last meeting at short notice."
    elif running == 0:
        words = f"{who} did not call off the last meeting at short notice."
    name = "our_short_cancels" if side is Side.US else "their_short_cancels"
    yield Finding(name, side, level, words, running, len(due))


def _modes(history: History, readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """R5: fewer means of contact than before; who only ever wrote is no concern."""
    modes = readings.get("modes")
    if modes is None:
        return
    recent, base = history.since(_RECENT_DAYS), history.since(_RECENT_DAYS + _BASE_DAYS)
    met_before = sum(base < o.start <= recent for o in history.held)
    wrote_before = len(history.between(base, recent))
    met, wrote = sum(o.start > recent for o in history.held), len(history.recent(_RECENT_DAYS))
    if not (met_before >= 2 and wrote_before >= 2):
        return
    level = Level.HEALTHY if met and wrote else Level.CONCERN
    words = "You are in contact both by mail and in meetings."
    if not met:
        words = f"In the last 28 days there was mail only; in the 90 before you met {_times(met_before)} too."
    elif not wrote:
        words = f"In the last 28 days there were meetings only; in the 90 before there were {wrote_before} mails too."
    yield Finding("modes", Side.US, level, words, modes.value, modes.n)


def _planned(readings: Mapping[str, Measured]) -> Iterator[Finding]:
    """R7: planned and unplanned meetings; only planned ones ask for nothing, only unplanned ones do."""
    share = readings.get("planned_share")
    if share is None or share.n < _LEAST_MEETINGS:
        return
    level = Level.CONCERN if share.value == 0 else Level.BETWEEN if share.value == 1 else Level.HEALTHY
    words = f"{share_of(share.value, share.n)} of the last {share.n} meetings were made at least a day ahead."
    yield Finding("planned_share", Side.US, level, words[0].upper() + words[1:], share.value, share.n)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
