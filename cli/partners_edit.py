"""`gonequiet partners edit`: change what is set for a partner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from cli import partner_checks as checks
from cli import partners_agreed as agreed
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
    "answer-within": lambda p: replace(p, agreed=replace(p.agreed, their_answer_hours=None)),
    "we-answer-within": lambda p: replace(p, agreed=replace(p.agreed, our_answer_hours=None)),
    "meet-every": lambda p: replace(p, agreed=replace(p.agreed, meeting_days=None)),
    "sponsor": lambda p: replace(p, agreed=replace(p.agreed, sponsors=())),
    "series": lambda p: replace(p, agreed=replace(p.agreed, series=())),
    "settle": lambda p: replace(p, agreed=replace(p.agreed, settled=())),
}


@click.command()
@click.argument("key", metavar="PARTNER")
@click.option(
    "--domain", "domains", multiple=True, metavar="DOMAIN", help="A further domain of theirs; may be repeated."
)
@click.option(
    "--address", "addresses", multiple=True, metavar="ADDRESS", help="A further single address; may be repeated."
)
@click.option("--remove-domain", "no_domains", multiple=True, metavar="DOMAIN", help="A domain that is not theirs.")
@click.option("--remove-address", "no_addresses", multiple=True, metavar="ADDRESS", help="An address not theirs.")
@click.option(
    "--series", "tags", multiple=True, metavar="ID=KIND", help="What a standing meeting is for: review, goals, status."
)
@click.option(
    "--settle", "idle", multiple=True, metavar="ID", help="A mail that needs no answer; `explain` prints the ids."
)
@click.option(
    "--clear",
    multiple=True,
    metavar="NAME",
    type=click.Choice(sorted(_CLEARED)),
    help=f"Set back to nothing: {', '.join(sorted(_CLEARED))}.",
)
@facts_options
def edit(
    key: str,
    domains: tuple[str, ...],
    addresses: tuple[str, ...],
    no_domains: tuple[str, ...],
    no_addresses: tuple[str, ...],
    tags: tuple[str, ...],
    idle: tuple[str, ...],
    clear: tuple[str, ...],
    **facts: Any,
) -> None:
    """Change what is set for a partner; what is not named stays.

    \b
    Examples:
      gonequiet partners edit northwind --deputy ben@example.org --country IN
      gonequiet partners edit northwind --domain nw-labs.example --clear cadence
      gonequiet partners edit northwind --answer-within 1d --we-answer-within 4h
      gonequiet partners edit northwind --sponsor mira@northwind.example
      gonequiet partners edit northwind --series 3fa9c1d2=review
    """
    said = said_of(facts)
    named = {name.replace("_", "-") for name in said.named} | ({"series"} if tags else set())
    both = sorted(set(clear) & named)
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
        known = agreed.past(house, before) if tags or idle else None
        after = replace(
            after,
            agreed=agreed.with_settled(
                agreed.with_series(after.agreed, tags, agreed.series_of(known) if known is not None else ()),
                idle,
                known,
            ),
        )
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
    values += [
        (label, agreed.told(name, before.agreed), agreed.told(name, after.agreed)) for name, label in agreed.LABELS
    ]
    return [f"{after.key} {name}: {_shown(old)} -> {_shown(new)}" for name, old, new in values if old != new]


def _shown(value: Any) -> str:
    if value is None or value in ((), frozenset()):
        return "-"
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(str(one) for one in value))
    return f"{value:g}" if isinstance(value, float) else str(value)
