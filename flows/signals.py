"""Signals of one partner: readings to store, trends and findings to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.past import past_of
from metrics.base import Measured, measured
from metrics.concerns import concerns_after, look_again
from metrics.findings import Finding, findings
from metrics.history import History, Peers
from metrics.registry import METRICS
from metrics.trend import Trend, limit_for, observations_a_month, trend_alarms
from models.directory import Directory
from models.records import Concern, Partner, Reading, Side
from models.settings import Settings
from models.store.store import Store


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
        moment = self.history.moment
        monday = midnight(moment - timedelta(days=moment.weekday()))
        key = self.history.partner.key
        return tuple(
            Reading(partner=key, metric=name, at=monday, value=found.value, n=found.n, at_least=found.at_least)
            for name, found in self.values.items()
        )

    def concerns(self, before: Sequence[Concern], *, watched_since: datetime, first_look: bool) -> list[Concern]:
        """The concerns that began, changed or ended since those that stood before."""
        return concerns_after(before, self.findings, self.history, watched_since=watched_since, first_look=first_look)

    def look_again(self, now: datetime) -> datetime:
        """When to look next although nothing comes; a horizon that lags behind `now` is not looked at sooner for it."""
        return now + (look_again(self.history) - self.history.moment)


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
    limit = limit_for(observations_a_month(history) * partners, settings.alerts.budget_per_month)
    trends = trend_alarms(history, limit=limit)
    return Signals(
        history=history, names=names, values=values, trends=trends, findings=findings(history, values, trends=trends)
    )


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
