"""What a page shows of a partner's tone: sentences, both sides in rows, 26 weeks as plain numbers. Nothing drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.tone.trend import ToneTrend, Turn, Week, Words

WEEKS = 26
_REASONS = {"language": "in another language", "no fresh text": "all quoted", "not read": "never read"}
SCALE = 2.0  # standard deviations drawn to either side of the usual


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneWeek:
    """One week of one side, in standard deviations of the user's mail, -2..2; `says` is the same in words.

    position  0 the oldest of the 26 weeks .. 25 the present one
    """

    position: int
    level: float
    low: float
    high: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneSection:
    """Ready to be set.

    sentences   the same as in `explain`
    rows        (what, they, we): level, change, scored, not scored, words
    theirs, ours   weeks with scored mail among the last 26, oldest first; others have none
    months      (position, "Mar") where a month begins
    says        the drawing in one sentence, for those who do not see it
    people      (address, level and coverage) of theirs, empty unless the setting allows it
    """

    sentences: Sequence[str]
    rows: Sequence[tuple[str, str, str]]
    theirs: Sequence[ToneWeek]
    ours: Sequence[ToneWeek]
    months: Sequence[tuple[int, str]]
    says: str
    people: Sequence[tuple[str, str]]


def section_of(
    theirs: ToneTrend,
    ours: ToneTrend,
    their_words: Words,
    our_words: Words,
    *,
    sentences: Sequence[str],
    people: Mapping[str, ToneTrend],
    now: datetime,
) -> ToneSection:
    """The section about one partner up to `now`."""
    last = now.date() - timedelta(days=now.weekday())
    first = last - timedelta(weeks=WEEKS - 1)
    drawn = [_weeks(trend, who, first, last) for trend, who in ((theirs, "they"), (ours, "we"))]
    return ToneSection(
        sentences=tuple(sentences),
        rows=(
            ("Level against your usual mail", _level(theirs), _level(ours)),
            ("Change", _change(theirs), _change(ours)),
            ("Scored", theirs.coverage.sentence, ours.coverage.sentence),
            ("Not scored", _reasons(theirs), _reasons(ours)),
            ("Appreciation, 90 days", _share(their_words, "appreciation"), _share(our_words, "appreciation")),
            ("Criticism, 90 days", _share(their_words, "criticism"), _share(our_words, "criticism")),
            ("Words of distress, 28 days", _distress(their_words), _distress(our_words)),
        ),
        theirs=drawn[0],
        ours=drawn[1],
        months=_months(first),
        says=(
            f"Tone of {WEEKS} weeks: {len(drawn[0])} weeks with scored mail from them, {len(drawn[1])} from us; "
            "higher is warmer, 0 is your usual mail."
        ),
        people=tuple((address, f"{_level(trend)} ({trend.coverage.sentence})") for address, trend in people.items()),
    )


def _weeks(trend: ToneTrend, who: str, first: date, last: date) -> tuple[ToneWeek, ...]:
    return tuple(_drawn(week, who, first) for week in trend.weeks if first <= week.monday <= last)


def _drawn(week: Week, who: str, first: date) -> ToneWeek:
    def clipped(value: float) -> float:
        return round(min(SCALE, max(-SCALE, value)), 2)

    return ToneWeek(
        position=(week.monday - first).days // 7,
        level=clipped(week.level),
        low=clipped(week.low),
        high=clipped(week.high),
        says=f"Week of {week.monday.day} {week.monday:%b}: {who} {week.level:+.1f}, "
        f"between {week.low:+.1f} and {week.high:+.1f} (n = {week.n})",
    )


def _months(first: date) -> tuple[tuple[int, str], ...]:
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return tuple((number, f"{monday:%b}") for number, monday in enumerate(mondays) if number and monday.day <= 7)


def _level(trend: ToneTrend) -> str:
    if trend.level is None or trend.low is None or trend.high is None:
        return trend.absent
    return f"{trend.level:+.1f}, between {trend.low:+.1f} and {trend.high:+.1f} (n = {trend.n})"


def _change(trend: ToneTrend) -> str:
    if trend.level is None:
        return "too little to say"
    if trend.turn is Turn.NONE or trend.since is None:
        return "none found"
    way = "cooler" if trend.turn in (Turn.LOWER, Turn.WATCH_LOWER) else "warmer"
    sure = "" if trend.turn in (Turn.LOWER, Turn.HIGHER) else "perhaps "
    return f"{sure}{way} since about {trend.since.day} {trend.since:%b %Y}"


def _reasons(trend: ToneTrend) -> str:
    found = sorted(trend.coverage.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count:,} {_REASONS.get(reason, reason)}" for reason, count in found) or "none"


def _share(words: Words, kind: str) -> str:
    if not words.n_long:
        return "no scored mail"
    return f"in {getattr(words, f'{kind}_long')} of {words.n_long}"


def _distress(words: Words) -> str:
    if not words.n_recent:
        return "no scored mail"
    return f"in {words.distress_recent} of {words.n_recent}, usual {words.distress_usual:.1f}"
