"""Who may be told, by which rules, and who sleeps: the settings as the values that `alerts` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from alerts.plan import EAR, People, Rules
from flows.write_letters import calendar_of
from models.records import Partner, State
from models.settings import Settings

WEBHOOK, APPRISE = f"{EAR}webhook", f"{EAR}apprise"


def people_of(settings: Settings, *, silent: Iterable[str], is_partner: Callable[[str], bool]) -> People:
    """Everybody who may hear something; `silent` asked for no more mail."""
    alerts = settings.alerts
    ears = [WEBHOOK] if alerts.webhook is not None else []
    ears += [APPRISE] if alerts.apprise else []
    return People(
        operator=alerts.operator,
        fallback=alerts.fallback,
        is_partner=is_partner,
        calendar=lambda reader: calendar_of(settings, reader),
        silent=frozenset(silent),
        ears=tuple(ears),
    )


def rules_of(settings: Settings, *, hold_for_hours: bool, belief: Mapping[str, int]) -> Rules:
    """What is worth a mail, and how many a reader gets."""
    alerts = settings.alerts
    tell = {State.QUIET, State.GONE} | ({State.LATE} if alerts.tell_late else set())
    return Rules(
        tell=frozenset(tell),
        weekly_limit=alerts.weekly_limit,
        escalate_after_days=alerts.escalate_after_days,
        hold_for_hours=hold_for_hours,
        belief=belief,
    )


def known_readers(settings: Settings, partners: Iterable[Partner]) -> set[str]:
    """Every address that some setting or partner names."""
    named = {settings.alerts.operator, settings.alerts.fallback}
    named |= {reader for partner in partners for reader in (partner.owner, partner.deputy)}
    return {reader for reader in named if reader is not None}
