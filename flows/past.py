"""A partner's folded past at its horizon: what every metric, `explain`, the mails and the page are made from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from metrics.folding import fold
from metrics.history import History, Peers
from models.directory import Directory
from models.records import Interaction, Meeting, Partner, Person
from models.settings import Settings
from models.store.store import Store


def past_of(
    store: Store,
    settings: Settings,
    directory: Directory,
    partner: Partner,
    *,
    horizon: datetime,
    peers: Peers | None = None,
) -> tuple[History, dict[str, str]]:
    """The partner as known at the horizon, over the days that the settings keep in view; and names by address."""
    items = store.interactions.of(partner.key, since=horizon - timedelta(days=settings.judge.history_days))
    history = fold(
        items,
        partner=partner,
        directory=directory,
        ours=settings.our_hours,
        now=horizon,
        absences=store.partners.absences(partner.key),
        peers=peers,
    )
    return history, names_of(items)


def names_of(items: Iterable[Interaction]) -> dict[str, str]:
    """The name that headers gave to each address, where they gave one."""
    names: dict[str, str] = {}

    def note(person: Person | None) -> None:
        if person is not None and person.name:
            names.setdefault(person.address, person.name)

    for item in items:
        people = item.people if isinstance(item, Meeting) else (item.sender, *item.to, *item.cc)
        for person in people:
            note(person)
    return names
