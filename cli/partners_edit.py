"""`gonequiet partners edit`: change what is set for a partner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from cli import partner_checks as checks
from cli.errors import Refusal
from cli.opening import opened
from cli.output import say
from cli.partners_add import facts_options, readers_of, said_of, settle
from models.records import Partner, WorkingHours

_DEFAULT = WorkingHours()
# What `--clear NAME` does.
_CLEARED: dict[str, Callable[[Partner], Partner]] = {
    "owner": lambda p: replace(p, owner=None),
    "deputy": lambda p: replace(p, deputy=None),
    "zone": lambda p: replace(p, hours=replace(p.hours, zone=_DEFAULT.zone)),
    "hours": lambda p: replace(p, hours=replace(p.hours, hours=_DEFAULT.hours), learned_hours=True),
    "country": lambda p: replace(p, hours=replace(p.hours, country=None, region=None)),
    "region": lambda p: replace(p, hours=replace(p.hours, region=None)),
    "closed": lambda p: replace(p, hours=replace(p.hours, closed=frozenset())),
    "cadence": lambda p: replace(p, cadence=None),
    "category": lambda p: replace(p, category=None),
    "backup": lambda p: replace(p, backup=None),
}


@click.command()
@click.argument("key")
@click.option("--domain", "domains", multiple=True, help="A further domain of theirs; may be repeated.")
@click.option("--address", "addresses", multiple=True, help="A further single address; may be repeated.")
@click.option("--remove-domain", "no_domains", multiple=True, metavar="DOMAIN", help="A domain that is not theirs.")
@click.option("--remove-address", "no_addresses", multiple=True, metavar="ADDRESS", help="An address not theirs.")
@click.option("--clear", multiple=True, type=click.Choice(sorted(_CLEARED)), help="Set back to nothing.")
@facts_options
def edit(
    key: str,
    domains: tuple[str, ...],
    addresses: tuple[str, ...],
    no_domains: tuple[str, ...],
    no_addresses: tuple[str, ...],
    clear: tuple[str, ...],
    **facts: Any,
) -> None:
    """Change what is set for a partner; what is not named stays.

    \b
    Examples:
      gonequiet partners edit northwind --deputy ben@example.org --country IN --region KA
      gonequiet partners edit northwind --domain nw-labs.example --clear cadence
    """
    said = said_of(facts)
    both = sorted(set(clear) & set(said.named))
    if both:
        raise Refusal(f"--{both[0]} and --clear {both[0]} contradict each other: give one of them")
    with opened() as house:
        before = house.partner(key)
        after = before
        for name in clear:
            after = _CLEARED[name](after)
        after = replace(
            after,
            domains=_changed(before, "domain", before.domains, map(checks.domain, domains), no_domains),
            addresses=_changed(before, "address", before.addresses, map(checks.address, addresses), no_addresses),
        )
        after = checks.with_said(after, said)
        if after == before:
            raise Refusal(f"Nothing to change at {before.key}: every value is already so, or none was given")
        others = [partner for partner in house.store.partners.all() if partner.key != before.key]
        checks.fits(after, others, house.us, readers=readers_of(house))
        house.store.partners.change(after)
        settle(house)
        for line in _differences(before, after):
            say(line)
        if (before.domains, before.addresses) != (after.domains, after.addresses):
            say("What was read before is read again for it at the next `gonequiet run`.")
        else:
            say("Takes effect at the next `gonequiet run`.")


def _changed(partner: Partner, what: str, have: tuple[str, ...], more: Any, less: Sequence[str]) -> tuple[str, ...]:
    gone = {name.strip().lower().lstrip("@") for name in less}
    unknown = gone - set(have)
    if unknown:
        raise Refusal(f"The partner {partner.key} has no {what} {min(unknown)}: it has {', '.join(have) or 'none'}")
    return tuple(dict.fromkeys((*(name for name in have if name not in gone), *more)))


def _differences(before: Partner, after: Partner) -> list[str]:
    """One line for each value that changed."""
    own = ("title", "domains", "addresses", "owner", "deputy", "cadence", "category", "backup")
    values = [(name, getattr(before, name), getattr(after, name)) for name in own]
    times = ("zone", "hours", "country", "region", "closed")
    values += [(name, getattr(before.hours, name), getattr(after.hours, name)) for name in times]
    return [f"{after.key} {name}: {_shown(old)} -> {_shown(new)}" for name, old, new in values if old != new]


def _shown(value: Any) -> str:
    if value is None or value in ((), frozenset()):
        return "-"
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(str(one) for one in value))
    return f"{value:g}" if isinstance(value, float) else str(value)
