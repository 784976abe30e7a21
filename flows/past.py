"""A partner's folded past at its horizon: what every metric, `explain`, the mails and the page are made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from metrics.folding import fold
from metrics.history import History, Peers, Targets
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
        targets=targets_of(settings, partner),
        peers=peers,
    )
    return history, names_of(items)


def pasts_of(
    store: Store, settings: Settings, directory: Directory, partner: Partner, *, moments: Sequence[datetime]
) -> Iterator[History]:
    """The partner as it was known at each of these moments, ascending; the store is read once, and nothing of peers."""
    back = timedelta(days=settings.judge.history_days)
    items = store.interactions.of(partner.key, since=moments[0] - back)
    absences = store.partners.absences(partner.key)
    for moment in moments:
        yield fold(
            (item for item in items if item.at >= moment - back),
            partner=partner,
            directory=directory,
            ours=settings.our_hours,
            now=moment,
            absences=absences,
            targets=targets_of(settings, partner),
        )


def targets_of(settings: Settings, partner: Partner) -> Targets:
    """What is due when: as agreed with the partner, else as the settings say."""
    agreed, usual = partner.agreed, settings.targets
    return Targets(
        our_answer_hours=agreed.our_answer_hours or usual.our_answer_hours,
        their_answer_hours=agreed.their_answer_hours or usual.their_answer_hours,
        meeting_days=agreed.meeting_days,
        sponsors=frozenset(agreed.sponsors),
        series=dict(agreed.series),
        settled=frozenset(agreed.settled),
    )


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
