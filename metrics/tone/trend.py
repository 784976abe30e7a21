"""A partner's tone over time, one direction: level with its band, weeks, a change alarm, and how much was scored.

Robust (trimmed mean), shrunk towards the user's usual mail for few messages, one value a thread and day so that a
long exchange counts once. It says "not enough mail" below 8 scored messages. It never names a person and never makes
anybody quiet: `leaning` only raises or lowers the confidence in what other signals say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import sqrt
from typing import Protocol

from metrics.tone.change import SHRINK, Change, changes, limits_for, shrunk
from metrics.tone.yardstick import Yardstick

FEWEST = 8  # scored messages before anything is said
LAST = 40  # values the level looks at
TRIM = 0.15
NEWS = timedelta(days=90)  # how long a found change is told
TWO_YEARS = timedelta(days=730)
_RECENT, _BEFORE, _LONG = timedelta(days=28), timedelta(days=112), timedelta(days=90)
_FEWEST_A_WINDOW = 10
APPRECIATION, CRITICISM, DISTRESS = 1, 2, 4


class HeardMail(Protocol):
    """One mail of one direction, and what is known of its tone."""

    @property
    def at(self) -> datetime: ...
    @property
    def thread(self) -> int: ...
    @property
    def score(self) -> float | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def wording(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of a direction's human mails were scored, and why the others were not."""

    mails: int
    scored: int
    reasons: Mapping[str, int]

    @property
    def share(self) -> float:
        """Scored mails among all, 0..1; 0 without mail."""
        return self.scored / self.mails if self.mails else 0.0

    @property
    def sentence(self) -> str:
        """ "62 percent of 148 mails scored"."""
        return f"{100 * self.share:.0f} percent of {self.mails:,} mails scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The level of one week, Monday to Sunday UTC, in standard deviations of the user's mail, and its band."""

    monday: date
    level: float
    low: float
    high: float
    n: int


class Turn(StrEnum):
    """What the change test holds now."""

    NONE = "none"
    WATCH_LOWER = "watch: lower"
    WATCH_HIGHER = "watch: higher"
    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneTrend:
    """One direction of one partner.

    level     of the last 40 values, in standard deviations of the user's mail of this direction; low/high: +-2 SE
    n         values (thread days) behind the level
    turn      what the change test holds; `since` when its climb began, `found` when it crossed; None without
    recent    mean of 28 days less mean of the 84 before, with its +-2 SE; None under 10 values in either
    absent    why there is no level, "" when there is one
    """

    coverage: Coverage
    level: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    weeks: Sequence[Week] = ()
    turn: Turn = Turn.NONE
    since: date | None = None
    found: date | None = None
    recent: tuple[float, float, float] | None = None
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How many mails of a direction hold words of a kind, in 28 and 90 days, and the usual 28 days before."""

    n_recent: int
    n_long: int
    appreciation_recent: int
    appreciation_long: int
    criticism_recent: int
    criticism_long: int
    distress_recent: int
    distress_usual: float


class Leaning(StrEnum):
    """What a tone adds to the confidence in another signal's bad news."""

    RAISES = "raises"
    LOWERS = "lowers"
    SILENT = "silent"


def tone_trend(
    mails: Iterable[HeardMail],
    yardstick: Yardstick | None,
    *,
    now: datetime,
) -> ToneTrend:
    """The trend of the mails of one direction, up to `now`; later ones are not looked at."""
    known = sorted((mail for mail in mails if mail.at <= now), key=lambda mail: mail.at)
    coverage = coverage_of(known)
    if coverage.scored < FEWEST:
        return ToneTrend(coverage=coverage, absent=f"not enough mail: {coverage.scored} scored, {FEWEST} needed")
    if yardstick is None:
        return ToneTrend(coverage=coverage, absent="not enough mail to know what is usual here")
    values = thread_days(known, yardstick)
    level, error = location([value for _, value in values[-LAST:]])
    change = _told(values, yardstick, now)
    turn = Turn.NONE
    if change is not None:
        turn = {
            (True, True): Turn.LOWER,
            (False, True): Turn.HIGHER,
            (True, False): Turn.WATCH_LOWER,
            (False, False): Turn.WATCH_HIGHER,
        }[change.lower, change.alarm]
    return ToneTrend(
        coverage=coverage,
        level=level,
        low=level - 2 * error,
        high=level + 2 * error,
        n=min(len(values), LAST),
        weeks=_weeks(values),
        turn=turn,
        since=values[change.since][0].date() if change else None,
        found=values[change.found][0].date() if change else None,
        recent=_recent(values, now),
    )


def _told(values: Sequence[tuple[datetime, float]], yardstick: Yardstick, now: datetime) -> Change | None:
    """The change that is news: a standing watch, or an alarm of the last 90 days that the latest values bear out."""
    found = changes([value for _, value in values], limits_for(yardstick.pool, pace_of(values, now)))
    if not found:
        return None
    last = found[-1]
    if not last.alarm:
        return last
    if values[last.found][0] < now - NEWS:
        return None  # by now it is how they write
    after = [value for _, value in values[last.found + 1 :]][-_FEWEST_A_WINDOW:]
    if len(after) == _FEWEST_A_WINDOW and (location(after)[0] < last.baseline) is not last.lower:
        return None  # it went back
    return last


def pace_of(values: Sequence[tuple[datetime, float]], now: datetime) -> int:
    """How many values come in two years, by the last year's, or by all of them where there is less than a year."""
    year = [at for at, _ in values if at > now - TWO_YEARS / 2]
    if not year:
        return 0
    whole = TWO_YEARS / 2 if len(year) < len(values) else max(now - year[0], timedelta(days=60))
    return round(len(year) * (TWO_YEARS / whole))


def coverage_of(mails: Sequence[HeardMail]) -> Coverage:
    """How much of this mail was scored."""
    reasons = Counter(mail.reason.partition(":")[0] for mail in mails if mail.score is None)
    return Coverage(mails=len(mails), scored=len(mails) - reasons.total(), reasons=dict(reasons))


def thread_days(mails: Iterable[HeardMail], yardstick: Yardstick) -> list[tuple[datetime, float]]:
    """One z a thread and day (UTC), the mean of its mails, at the time of its last; oldest first."""
    gathered: dict[tuple[int, date], list[tuple[datetime, float]]] = {}
    for mail in mails:
        if mail.score is not None:
            key = (mail.thread, mail.at.astimezone(UTC).date())
            gathered.setdefault(key, []).append((mail.at, yardstick.z(mail.score)))
    return sorted(
        (max(at for at, _ in entries), sum(z for _, z in entries) / len(entries)) for entries in gathered.values()
    )


def location(values: Sequence[float], towards: float = 0.0) -> tuple[float, float]:
    """The trimmed mean drawn towards the usual for few values, and its standard error. Needs at least one value.

    15 % of each end is left out: the plain mean loses a third of its power to 5 % junk, the median a quarter always.
    The error is that of the drawn value, the wider the fewer; few values take the spread of all mail, which is 1.
    """
    ordered = sorted(values)
    n = len(ordered)
    cut = int(TRIM * n)
    kept = ordered[cut : n - cut]
    middle = sum(kept) / len(kept)
    worth = n / (n + SHRINK)
    ends = [min(max(value, kept[0]), kept[-1]) for value in ordered]  # winsorised, as the trimmed mean's error wants
    mean = sum(ends) / n
    spread = sqrt((SHRINK + sum((value - mean) ** 2 for value in ends)) / (SHRINK + n - 1))
    error = spread / ((1 - 2 * cut / n) * sqrt(n + SHRINK))
    return worth * middle + (1 - worth) * towards, error


def _weeks(values: Sequence[tuple[datetime, float]]) -> list[Week]:
    """Every week with mail, each shrunk towards the partner's own mean."""
    own = shrunk([value for _, value in values])
    by_week: dict[date, list[float]] = {}
    for at, value in values:
        day = at.astimezone(UTC).date()
        by_week.setdefault(day - timedelta(days=day.weekday()), []).append(value)
    weeks = []
    for monday, found in sorted(by_week.items()):
        level, error = location(found, own)
        weeks.append(Week(monday=monday, level=level, low=level - 2 * error, high=level + 2 * error, n=len(found)))
    return weeks


def _recent(values: Sequence[tuple[datetime, float]], now: datetime) -> tuple[float, float, float] | None:
    new = [value for at, value in values if at > now - _RECENT]
    old = [value for at, value in values if now - _BEFORE < at <= now - _RECENT]
    if min(len(new), len(old)) < _FEWEST_A_WINDOW:
        return None
    (new_level, new_error), (old_level, old_error) = location(new), location(old)
    error = 2 * sqrt(new_error**2 + old_error**2)
    return new_level - old_level, new_level - old_level - error, new_level - old_level + error


def words_of(mails: Iterable[HeardMail], *, now: datetime) -> Words:
    """Appreciation, criticism and distress in scored mails of one direction, up to `now`."""
    scored = [mail for mail in mails if mail.score is not None and mail.at <= now]
    recent = [mail for mail in scored if mail.at > now - _RECENT]
    long = [mail for mail in scored if mail.at > now - _LONG]
    before = [mail for mail in scored if now - _BEFORE < mail.at <= now - _RECENT]

    def holding(kind: int, some: Sequence[HeardMail]) -> int:
        return sum(bool(mail.wording & kind) for mail in some)

    return Words(
        n_recent=len(recent),
        n_long=len(long),
        appreciation_recent=holding(APPRECIATION, recent),
        appreciation_long=holding(APPRECIATION, long),
        criticism_recent=holding(CRITICISM, recent),
        criticism_long=holding(CRITICISM, long),
        distress_recent=holding(DISTRESS, recent),
        distress_usual=holding(DISTRESS, before) / 3,
    )


def leaning(theirs: ToneTrend) -> Leaning:
    """Whether the partner's tone makes bad news from other signals more or less believable.

    Only a standing alarm speaks; alone it never changes a standing.
    """
    if theirs.turn is Turn.LOWER:
        return Leaning.RAISES
    return Leaning.LOWERS if theirs.turn is Turn.HIGHER else Leaning.SILENT
