"""When tones turned in the last months, as it would have been told then, and whether an alert followed.

A turn is no alert: it makes other warnings more or less believable. Every four weeks of the past are looked at with
what was known at their end: the partner's mails, and the user's whole mail as the yardstick.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from metrics.tone.change import alarms, limits_for
from metrics.tone.trend import FEWEST, NEWS, coverage_of, pace_of, thread_days
from metrics.tone.versions import stamp
from metrics.tone.yardstick import Yardstick
from models.records import Partner, Side
from models.settings import Settings
from models.store.store import Store
from models.store.tones import Heard

_STEP = timedelta(weeks=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneTurn:
    """One change of tone that the past would have told.

    at         the mail that made it certain, UTC
    since      the day its climb began
    side       whose mails turned
    cooler     False = warmer
    scored     "62 percent of 148 mails scored", then
    alert_at   the partner's first alert within 90 days after their turn, UTC; None = none followed, or it was ours
    """

    partner: str
    title: str
    side: Side
    at: datetime
    since: date
    cooler: bool
    scored: str
    alert_at: datetime | None = None


def tone_turns(
    store: Store,
    settings: Settings,
    partners: Iterable[Partner],
    alerts: Iterable[tuple[str, datetime]],
    *,
    since: datetime,
    until: datetime,
) -> list[ToneTurn]:
    """Every turn in (since, until], oldest first; empty where no text was ever read. `alerts`: (partner, when)."""
    analyser = stamp(settings.tone.analyser)
    if not store.tones.has(analyser):
        return []
    measures = {side: _Measures(store, side, analyser, since, until) for side in (Side.PARTNER, Side.US)}
    told: dict[str, list[datetime]] = {}
    for key, at in alerts:
        told.setdefault(key, []).append(at)
    found = []
    for partner in partners:
        heard = store.tones.of(partner.key, analyser)
        for side, measure in measures.items():
            mine = [mail for mail in heard if mail.side is side and mail.at <= until]
            found += [_turn(partner, side, turn, told.get(partner.key, ())) for turn in _turns(mine, measure) if mine]
    return sorted(found, key=lambda turn: (turn.at, turn.partner, turn.side))


class _Measures:
    """The yardstick of one direction at the end of each four weeks; None while there is too little mail."""

    def __init__(self, store: Store, side: Side, analyser: str, since: datetime, until: datetime) -> None:
        scored = store.tones.everyone(side, analyser)
        moments = [at for at, _ in scored]
        scores = [score for _, score in scored]
        self.marks: list[tuple[datetime, datetime, Yardstick | None]] = []
        begin = since
        while begin < until:
            end = min(begin + _STEP, until)
            self.marks.append((begin, end, Yardstick.of(scores[: bisect_right(moments, end)])))
            begin = end


def _turns(mails: Sequence[Heard], measure: _Measures) -> list[tuple[datetime, date, bool, str]]:
    found = []
    for begin, end, yardstick in measure.marks:
        known = [mail for mail in mails if mail.at <= end]
        coverage = coverage_of(known)
        if yardstick is None or coverage.scored < FEWEST:
            continue
        values = thread_days(known, yardstick)
        for change in alarms([z for _, z in values], limits_for(yardstick.pool, pace_of(values, end))):
            at = values[change.found][0]
            if begin < at <= end:
                found.append((at, values[change.since][0].date(), change.lower, coverage.sentence))
    return found


def _turn(partner: Partner, side: Side, turn: tuple[datetime, date, bool, str], alerts: Iterable[datetime]) -> ToneTurn:
    at, since, cooler, scored = turn
    return ToneTurn(
        partner=partner.key,
        title=partner.title,
        side=side,
        at=at,
        since=since,
        cooler=cooler,
        scored=scored,
        alert_at=min((alert for alert in alerts if at <= alert <= at + NEWS), default=None)
        if side is Side.PARTNER
        else None,
    )
