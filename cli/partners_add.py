"""`gonequiet partners add`: watch an organisation, or several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import partner_checks as checks
from cli.days import DAY
from cli.errors import Refusal
from cli.opening import Opened, opened
from cli.output import count_of, say
from models.records import Partner

if TYPE_CHECKING:
    from metrics.suggest import Suggestions

_Command = TypeVar("_Command", bound=Callable[..., Any])
_ALL = "all"


def facts_options(function: _Command) -> _Command:
    """The options that `add` and `edit` share."""
    for option in reversed(
        (
            click.option("--title", metavar="TEXT", help="Name shown to people."),
            click.option("--owner", metavar="ADDRESS", help="Who of us hears of it first."),
            click.option("--deputy", metavar="ADDRESS", help="Who hears of it when the owner does not act."),
            click.option("--zone", metavar="ZONE", help="Their time zone, e.g. Asia/Kolkata."),
            click.option(
                "--hours",
                metavar="HOURS",
                help='Their working hours, e.g. "Mon-Fri 09:30-18:30"; else learned from mails.',
            ),
            click.option("--country", metavar="CODE", help="Their public holidays: ISO 3166-1 code, e.g. IN."),
            click.option("--region", metavar="CODE", help="Subdivision of the country, e.g. KA."),
            click.option("--closed", multiple=True, type=DAY, help="A further day off; may be repeated."),
            click.option(
                "--cadence", type=float, metavar="DAYS", help="Agreed: heard from every so many working days."
            ),
            click.option("--category", help="What they do for us; partners of one category back each other up."),
            click.option("--backup", metavar="PARTNER", help="The partner that would step in."),
            click.option(
                "--answer-within", metavar="SPAN", help="Agreed: they answer within 4h or 2d (working days of 8 hours)."
            ),
            click.option("--we-answer-within", metavar="SPAN", help="Promised: we answer within 4h or 1d."),
            click.option(
                "--meet-every", type=float, metavar="DAYS", help="Agreed: a meeting every so many working days."
            ),
            click.option(
                "--sponsor",
                multiple=True,
                metavar="ADDRESS",
                help="Who answers for the relationship, on their side or ours; may be repeated.",
            ),
        )
    ):
        function = option(function)
    return function


def said_of(facts: dict[str, Any]) -> checks.Said:
    """The shared options as given."""
    closed: Sequence[date] = facts.pop("closed")
    facts["sponsor"] = tuple(facts["sponsor"]) or None
    return checks.Said(**facts, closed=tuple(closed) or None)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME] [DOMAIN|ADDRESS]...")
@click.option("--domain", "domains", multiple=True, metavar="DOMAIN", help="A domain of theirs; may be repeated.")
@click.option(
    "--address", "addresses", multiple=True, metavar="ADDRESS", help="A single address of theirs; may be repeated."
)
@click.option(
    "--suggested",
    is_flag=False,
    flag_value=_ALL,
    metavar="[N]",
    help="Add the first N of `partners suggest`; all of them without N.",
)
@facts_options
def add(
    names: tuple[str, ...], domains: tuple[str, ...], addresses: tuple[str, ...], suggested: str | None, **facts: Any
) -> None:
    """Watch an organisation.

    NAME is a word of your choice, followed by its domains and addresses. Domains without a name in front become one
    partner each, named after the domain. A NAME alone is looked up among the suggestions.

    \b
    Examples:
      gonequiet partners add northwind.example
      gonequiet partners add "North Wind" northwind.example nw-labs.example
      gonequiet partners add mira mira@postbox.example --cadence 10
      gonequiet partners add --suggested 5 --owner ana@example.org
    """
    from models.clock import now  # noqa: PLC0415

    said = said_of(facts)
    with opened() as house:
        if suggested is not None:
            if names or domains or addresses:
                raise Refusal("--suggested names the partners itself: leave out names, --domain and --address")
            drafts = _suggested(house, suggested)
        else:
            drafts = _drafts(house, names, domains, addresses)
        if len(drafts) > 1 and said.title is not None:
            raise Refusal(f"One --title cannot name {len(drafts)} partners: add them one by one")
        known = house.store.partners.all()
        added: list[Partner] = []
        for draft in drafts:
            partner = checks.with_said(draft, said)
            taken = {other.key for other in (*known, *added)}
            if partner.key in taken:
                raise Refusal(
                    f"There is already a partner {partner.key}: give this one another name, or add to that one with "
                    f"`gonequiet partners edit {partner.key} --domain ...`"
                )
            checks.fits(partner, (*known, *added), house.us, readers=readers_of(house))
            added.append(partner)
        for partner in added:
            if not house.store.partners.add(partner, now=now()):
                raise Refusal(f"There is already a partner {partner.key}: somebody added it just now")
        settle(house)
        _report(house, added)


def readers_of(house: Opened) -> list[str]:
    """Further addresses that alerts go to."""
    alerts = house.settings.alerts
    return [reader for reader in (alerts.operator, alerts.fallback) if reader]


def settle(house: Opened) -> None:
    """After who is who changed: judge everyone anew, and drop the counts of domains that are watched now."""
    from models.records import Side  # noqa: PLC0415

    directory = house.directory
    house.store.standings.touch_all()
    house.store.outside.forget(
        counts.name
        for counts in house.store.outside.domains()
        if directory.side(f"someone@{counts.name}") is Side.PARTNER
    )


def suggestions_of(house: Opened) -> Suggestions:
    """What is worth watching, from the counts in the store."""
    from metrics.suggest import suggest  # noqa: PLC0415  loads the suffix list

    return suggest(house.store.outside.domains(), us=house.us, partners=house.store.partners.all())


def _suggested(house: Opened, count: str) -> list[Partner]:
    if count != _ALL and (not count.isdigit() or int(count) == 0):
        raise Refusal(f"--suggested takes a number of partners, not {count!r}")
    worth = suggestions_of(house).worth
    if not worth:
        raise Refusal("There is nothing to add: `gonequiet partners suggest` says why")
    chosen = worth if count == _ALL else worth[: int(count)]
    return [Partner(key=one.key, title=one.title, domains=one.domains) for one in chosen]


def _drafts(
    house: Opened, names: tuple[str, ...], domains: tuple[str, ...], addresses: tuple[str, ...]
) -> list[Partner]:
    from metrics.suggest import organisation_of, slug_of, title_of  # noqa: PLC0415  loads the suffix list

    if not names and len(domains) + len(addresses) > 0:
        names = (domains or addresses)[:1]
    if not names:
        raise Refusal("Whom? Name a domain, e.g. `gonequiet partners add northwind.example`, or use --suggested")
    first = names[0]
    if _is_place(first):
        if len(names) == 1:
            where = [*names, *domains, *addresses]
            return [_named_after(first, where, organisation_of, slug_of, title_of)]
        if domains or addresses:
            raise Refusal(
                "Whose are --domain and --address? Put a name in front: "
                f"`gonequiet partners add NAME {' '.join(names)}`"
            )
        if not all(_is_place(name) for name in names):
            raise Refusal(f"Put the name first: `gonequiet partners add NAME {first} ...`")
        return [_named_after(name, [name], organisation_of, slug_of, title_of) for name in names]
    wrong = [name for name in names[1:] if not _is_place(name)]
    if wrong:
        raise Refusal(f"{wrong[0]!r} is neither a domain nor an address; a name of several words needs quotes")
    key = checks.key(slug_of(first))
    title = checks.title(first if first != first.lower() else title_of(first))
    places = [*names[1:], *domains, *addresses]
    if not places:
        for one in suggestions_of(house).worth:
            if one.key == key:
                return [Partner(key=key, title=title, domains=one.domains)]
    return [_with_places(Partner(key=key, title=title), places)]


def _named_after(
    place: str,
    places: Sequence[str],
    organisation_of: Callable[[str], str],
    slug_of: Callable[[str], str],
    title_of: Callable[[str], str],
) -> Partner:
    if "@" in place:
        name = place.partition("@")[0]
        title = " ".join(word.capitalize() for word in slug_of(name).split("-"))
    else:
        name = organisation_of(checks.domain(place)).partition(".")[0]
        title = title_of(name)
    return _with_places(Partner(key=checks.key(slug_of(name)), title=checks.title(title)), places)


def _with_places(partner: Partner, places: Sequence[str]) -> Partner:
    """The partner with these domains and addresses, each once and in order."""
    domains = [checks.domain(place) for place in places if not _is_address(place)]
    addresses = [checks.address(place) for place in places if _is_address(place)]
    return replace(partner, domains=tuple(dict.fromkeys(domains)), addresses=tuple(dict.fromkeys(addresses)))


def _is_address(text: str) -> bool:
    return "@" in text.strip()[1:]


def _is_place(text: str) -> bool:
    return ("." in text or "@" in text) and " " not in text.strip()


def _report(house: Opened, added: list[Partner]) -> None:
    for partner in added:
        say(f"Added {partner.key} ({partner.title}): {', '.join((*partner.domains, *partner.addresses))}")
    without = [partner.key for partner in added if partner.owner is None]
    if without and house.settings.alerts.fallback is None and house.settings.alerts.operator is None:
        who = f"{without[0]} has" if len(without) == 1 else f"{count_of(len(without), 'partner')} have"
        say(f"{who} no owner yet, so nobody would get the alert:")
        say(f"  gonequiet partners edit {without[0]} --owner ana@example.org")
    if house.store.sources.all():
        them = "it" if len(added) == 1 else "them"
        say(f"What was read before is read again for {them} at the next `gonequiet run`.")
        say("Next: gonequiet run")
    else:
        say("Next: gonequiet import --us example.org PATH")
