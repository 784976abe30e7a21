"""Which concerns are to be told now: what the store knows of them, handed to the rules of `alerts.due_concerns`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerts.due_concerns import TOLD, ConcernPlan, due_concerns
from alerts.plan import People, Rules
from models.letters import AnswerKind
from models.records import Partner
from models.store.notices import CONCERNS
from models.store.store import Store


def concern_plan(
    store: Store,
    *,
    partners: Mapping[str, Partner],
    people: People,
    rules: Rules,
    sent: Mapping[str, int],
    now: datetime,
) -> ConcernPlan:
    """The letters about concerns of this moment. A run in which none stands that is worth a mail reads nothing more."""
    keys = sorted(
        key
        for key, concerns in store.concerns.standing().items()
        if key in partners and any(concern.name in TOLD and not concern.historical for concern in concerns)
    )
    if not keys:
        return ConcernPlan()
    standings = store.standings.all()
    return due_concerns(
        (concern for key in keys for concern in store.concerns.of(key)),
        store.notices.of_partners(keys, CONCERNS),
        store.answers.of_partners(keys),
        partners=partners,
        states={key: standings[key].state for key in keys if key in standings},
        people=people,
        rules=rules,
        sent=sent,
        now=now,
    )


def are_over(store: Store, numbers: list[int]) -> bool:
    """Whether there is nothing left to say of these concerns: each has ended, or was answered for good."""
    concerns = store.concerns.by_id(numbers)
    answered = {
        answer.concern
        for answer in store.answers.of_partners({concern.partner for concern in concerns.values()})
        if answer.undone_at is None and answer.kind not in {AnswerKind.SNOOZE, AnswerKind.UNDO}
    }
    return all(n not in concerns or concerns[n].until is not None or n in answered for n in numbers)
