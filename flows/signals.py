"""Signals of one partner: readings to store, trends and findings to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.past import past_of, pasts_of
from metrics.base import Measured, measured
from metrics.concerns import concerns_after, look_again
from metrics.findings import Finding, findings
from metrics.history import History, Peers
from metrics.own_bands import SIGNALS as OWN_BANDS
from metrics.own_bands import chance_for
from metrics.registry import METRICS
from metrics.trend import ROWS as TREND_ROWS
from metrics.trend import Trend, limit_for, observations_a_month, trend_alarms
from models.directory import Directory
from models.records import Concern, Partner, Reading, Side
from models.settings import Settings
from models.store.store import Store

_WEEK, _MOMENT = timedelta(days=7), timedelta(seconds=1)
_WEEKS_ANEW = 26
_OF_PEERS = frozenset({"backup_age", "category_share"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Everything measured of one partner at its horizon; `names` are the people's names by address."""

    history: History
    names: Mapping[str, str]
    values: Mapping[str, Measured]
    trends: tuple[Trend, ...]
    findings: tuple[Finding, ...]

    @property
    def fading(self) -> str | None:
        """The sentence of the gravest change for the worse on their side; None where there is none."""
        return next((trend.sentence for trend in self.trends if trend.side is Side.PARTNER), None)

    def readings(self) -> tuple[Reading, ...]:
        """Rows to store, one a metric and week: the last look of a week is what trends and pages draw."""
        return _as_rows(self.history, self.values)

    def concerns(self, before: Sequence[Concern], *, watched_since: datetime, first_look: bool) -> list[Concern]:
        """The concerns that began, changed or ended since those that stood before."""
        return concerns_after(before, self.findings, self.history, watched_since=watched_since, first_look=first_look)

    def look_again(self, now: datetime) -> datetime:
        """When to look next although nothing comes; a horizon that lags behind `now` is not looked at sooner for it."""
        return now + (look_again(self.history) - self.history.moment)


def earlier_readings(store: Store, settings: Settings, directory: Directory, history: History) -> tuple[Reading, ...]:
    """The stored weeks before this one, measured anew at their ends under the rules of today; 26 weeks back.

    What other partners said at the time is not known any more: those two signals are taken over as they were stored.
    """
    partner = history.partner
    edge = _monday(history.moment)
    stored = store.standings.readings(partner.key, since=edge - _WEEKS_ANEW * _WEEK)
    weeks = sorted({reading.at for reading in stored if reading.at < edge})
    rows = [reading for reading in stored if reading.at < edge and reading.metric in _OF_PEERS]
    if weeks:
        past = pasts_of(store, settings, directory, partner, moments=[week + _WEEK - _MOMENT for week in weeks])
        rows += [row for known in past for row in _as_rows(known, measured(known, METRICS))]
    return tuple({(row.metric, row.at): row for row in rows}.values())


def _as_rows(history: History, values: Mapping[str, Measured]) -> tuple[Reading, ...]:
    key, monday = history.partner.key, _monday(history.moment)
    return tuple(
        Reading(partner=key, metric=name, at=monday, value=found.value, n=found.n, at_least=found.at_least)
        for name, found in values.items()
    )


def _monday(moment: datetime) -> datetime:
    return midnight(moment - timedelta(days=moment.weekday()))


def midnight(moment: datetime) -> datetime:
    """Midnight, UTC, of the moment's day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def signals_of(
    store: Store,
    settings: Settings,
    directory: Directory,
    partner: Partner,
    *,
    horizon: datetime,
    partners: int,
) -> Signals:
    """Measure one partner. `partners` is how many are watched: the budget of false alarms is for all together."""
    history, names = past_of(
        store, settings, directory, partner, horizon=horizon, peers=peers_of(store, partner, horizon)
    )
    values = measured(history, METRICS)
    budget = settings.alerts.budget_per_month
    of_bands = budget * OWN_BANDS / (OWN_BANDS + TREND_ROWS)  # each row of either kind has the same share
    trends = trend_alarms(history, limit=limit_for(observations_a_month(history) * partners, budget - of_bands))
    found = findings(history, values, trends=trends, chance=chance_for(partners, of_bands))
    return Signals(history=history, names=names, values=values, trends=trends, findings=found)


def peers_of(store: Store, partner: Partner, horizon: datetime) -> Peers:
    """What other partners say to this one: when its backup was last in contact, how busy its category is."""
    watched = {other.key: other for other in store.partners.all()} if partner.backup or partner.category else {}
    spoken = store.interactions.last_words(
        {key for key, other in watched.items() if key == partner.backup or other.category == partner.category},
        since=horizon - timedelta(days=90),
    )
    backup = spoken.get(partner.backup) if partner.backup else None
    both = (backup.inbound, backup.outbound) if backup is not None else (None, None)
    seen = [moment for moment in both if moment is not None]
    return Peers(
        backup_seen=min(seen) if len(seen) == 2 else None,
        category={
            key: words.days
            for key, words in spoken.items()
            if partner.category and watched[key].category == partner.category
        },
    )
