"""`gonequiet partners suggest`, `list` and `show`: what could be watched, and what is."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli.errors import Refusal
from cli.opening import HOW_TO_SAY_US, Opened, opened
from cli.output import as_json, count_of, say, shown_time

if TYPE_CHECKING:
    from cli.partners_agreed import Series
    from metrics.suggest import Suggestion
    from models.records import Absence, Partner, Standing
    from models.settings import Settings

_SHOWN = 10
_MOST_SERIES = 8


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 500), metavar="N", default=_SHOWN, show_default=True, help="How many to show."
)
@click.option("--json", "json_", is_flag=True, help="Print as JSON.")
def suggest(limit: int, json_: bool) -> None:
    """Propose outside organisations worth watching, from the mail read so far.

    Proposed are those with whom people write both ways, on several days. Free-mail domains, newsletters, lists and
    no-reply senders never are. Nothing is added: copy the line you like.
    """
    from cli.partners_add import suggestions_of  # noqa: PLC0415  list and show start without it

    with opened() as house:
        if not house.us:
            raise Refusal(f"Who are we? Without that nobody is outside; {HOW_TO_SAY_US}")
        found = suggestions_of(house)
        if json_:
            as_json(
                {
                    "suggestions": [_suggestion_row(one) for one in found.worth[:limit]],
                    "more": max(0, len(found.worth) - limit),
                    "left_out": found.left_out,
                }
            )
            return
        if not found.worth:
            _say_nothing_found(house, found.left_out)
            return
        shown = found.worth[:limit]
        say(f"{count_of(len(found.worth), 'organisation')} worth watching, best first:" if shown else "")
        say()
        for number, one in enumerate(shown, 1):
            say(f"{number:>3}  {click.style(one.title, bold=True)}: {one.reason}")
            say(f"     {one.command}")
        say()
        if len(found.worth) > limit:
            say(f"{len(found.worth) - limit:,} more: gonequiet partners suggest --limit {len(found.worth)}")
        if found.left_out:
            say(f"Left out: {_listed(found.left_out)}.")
        say(f"Next: copy a line, or take the first {len(shown)}: gonequiet partners add --suggested {len(shown)}")


@click.command(name="list")
@click.option("--json", "json_", is_flag=True, help="Print as JSON.")
def list_(json_: bool) -> None:
    """List every partner: key, domains, owner, zone, declared cadence, and where it stands."""
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        partners = house.store.partners.all()
        standings = house.store.standings.all()
        if json_:
            as_json({"partners": [partner_row(p, standings.get(p.key)) for p in partners]})
            return
        if not partners:
            say("No partner is watched yet.")
            say(f"Next: {house.next_step}")
            return
        rows = [("key", "who", "owner", "zone", "every", "standing")]
        for partner in partners:
            standing = standings.get(partner.key)
            paused = partner.paused_until is not None and partner.paused_until > now().date()
            state = "not judged" if standing is None else standing.state.value.replace("_", " ")
            rows.append(
                (
                    partner.key,
                    _first_of((*partner.domains, *partner.addresses)),
                    partner.owner or "nobody",
                    partner.hours.zone,
                    "-" if partner.cadence is None else f"{partner.cadence:g} d",
                    f"paused until {partner.paused_until}" if paused else state,
                )
            )
        _table(rows)
        without = [partner.key for partner in partners if partner.owner is None]
        if without:
            say()
            say(f"{count_of(len(without), 'partner')} without an owner: nobody of ours hears of {_first_of(without)}.")
            say(f"Next: gonequiet partners edit {without[0]} --owner ana@example.org")


@click.command()
@click.argument("key", metavar="PARTNER")
@click.option("--json", "json_", is_flag=True, help="Print as JSON.")
def show(key: str, json_: bool) -> None:
    """Show all that is set for one partner, and where it stands."""
    with opened() as house:
        partner = house.partner(key)
        standing = house.store.standings.all().get(partner.key)
        absences = house.store.partners.absences(partner.key)
        if json_:
            as_json(partner_row(partner, standing) | {"absences": absences, "series": _series(house, partner)})
            return
        hours = partner.hours
        learned = " (default, until their mails teach better)" if partner.learned_hours else ""
        facts = [
            ("key", partner.key),
            ("domains", ", ".join(partner.domains) or "-"),
            ("addresses", ", ".join(partner.addresses) or "-"),
            ("owner", partner.owner or "nobody"),
            ("deputy", partner.deputy or "nobody"),
            ("hours", f"{hours.hours} {hours.zone}{learned}"),
            ("holidays", " ".join(part for part in (hours.country, hours.region) if part) or "none"),
            ("closed", ", ".join(sorted(day.isoformat() for day in hours.closed)) or "-"),
            ("cadence", "learned" if partner.cadence is None else f"at least every {partner.cadence:g} working days"),
            ("category", partner.category or "-"),
            ("backup", partner.backup or "-"),
            *_agreed_rows(partner, house.settings),
        ]
        if partner.paused_until is not None:
            reason = f": {partner.pause_reason}" if partner.pause_reason else ""
            facts.append(("paused", f"until {partner.paused_until}{reason}"))
        say(click.style(partner.title, bold=True))
        facts += [("absent", _absence(absence)) for absence in absences]
        facts += _series_rows(house, partner)
        wide = max(len(name) for name, _ in facts)
        for name, value in facts:
            say(f"  {name:<{wide}}  {value}")
        say()
        if standing is None:
            say("Not judged yet. Next: gonequiet run")
            return
        width = min(110, shutil.get_terminal_size((100, 24)).columns)
        say(textwrap.fill(f"{standing.state.value.replace('_', ' ')}: {standing.reason}", width))
        say(f"As of {shown_time(standing.judged_at, house.settings.zone)}. More: gonequiet explain {partner.key}")


def _agreed_rows(partner: Partner, settings: Settings) -> list[tuple[str, str]]:
    """What is due when, and who answers for the relationship; where nothing was agreed, the usual target."""
    from cli.partners_agreed import LABELS, told  # noqa: PLC0415  list and suggest start without it

    usual = {
        "their_answer_hours": f"{settings.targets.their_answer_hours:g} working hours (usual target)",
        "our_answer_hours": f"{settings.targets.our_answer_hours:g} working hours (usual target)",
    }
    rows = [(label, told(name, partner.agreed) or usual.get(name, "-")) for name, label in LABELS if name != "series"]
    return [row for row in rows if row != ("mails settled", "-")]


def _series(house: Opened, partner: Partner) -> list[Series]:
    """The standing meetings known; none before the first run."""
    from cli.partners_agreed import past, series_of  # noqa: PLC0415

    history = past(house, partner)
    return [] if history is None else series_of(history)


def _series_rows(house: Opened, partner: Partner) -> list[tuple[str, str]]:
    """Standing meetings with the ids by which `partners edit --series` tags them."""
    from cli.partners_agreed import short  # noqa: PLC0415

    tagged = dict(partner.agreed.series)
    rows = []
    for series in _series(house, partner)[:_MOST_SERIES]:
        kind = f", {series.kind}" if series.kind else ""
        how = "" if series.id in tagged or not series.kind else " (by its subject)"
        last = shown_time(series.last, house.settings.zone)
        rows.append(("series", f"{short(series.id)}: {count_of(series.times, 'instance')}, newest {last}{kind}{how}"))
    return rows


def partner_row(partner: Partner, standing: Standing | None) -> dict[str, Any]:
    """One partner for --json; `state` is null before the first run."""
    return {
        "key": partner.key,
        "title": partner.title,
        "domains": partner.domains,
        "addresses": partner.addresses,
        "owner": partner.owner,
        "deputy": partner.deputy,
        "zone": partner.hours.zone,
        "hours": partner.hours.hours,
        "learned_hours": partner.learned_hours,
        "country": partner.hours.country,
        "region": partner.hours.region,
        "closed": partner.hours.closed,
        "cadence": partner.cadence,
        "category": partner.category,
        "backup": partner.backup,
        "agreed": partner.agreed,
        "paused_until": partner.paused_until,
        "pause_reason": partner.pause_reason,
        "state": None if standing is None else standing.state,
        "since": None if standing is None else standing.since,
    }


def _suggestion_row(one: Suggestion) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": one.title,
        "domains": one.domains,
        "seen": one.seen,
        "inbound": one.inbound,
        "outbound": one.outbound,
        "automatic": one.automatic,
        "days": one.days,
        "first": one.first,
        "last": one.last,
        "score": one.score,
        "reason": one.reason,
        "command": one.command,
    }


def _say_nothing_found(house: Opened, left_out: dict[str, int]) -> None:
    if not house.store.sources.all():
        say("No mail was read yet, so there is nothing to suggest.")
        say("Next: gonequiet import PATH")
        return
    say("No unwatched organisation is worth watching: that takes people writing both ways on three days or more.")
    if left_out:
        say(f"Left out: {_listed(left_out)}.")
    watched = len(house.store.partners.all())
    if watched:
        say(f"{count_of(watched, 'partner')} watched already: gonequiet partners list")
    else:
        say("Next: read more mail with `gonequiet import PATH`, or name one: gonequiet partners add northwind.example")


def _absence(absence: Absence) -> str:
    until = "until further notice" if absence.until is None else f"until {absence.until}"
    who = absence.person or "all of them"
    return f"{who} from {absence.since} {until} ({absence.origin.replace('_', ' ')})"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in counts.items())


def _first_of(names: Sequence[str]) -> str:
    if not names:
        return "-"
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as their content; the first row is the head. A narrow terminal loses zone, then cadence."""
    columns = list(range(len(rows[0])))
    widths = [max(len(row[i]) for row in rows) for i in columns]
    room = shutil.get_terminal_size((0, 0)).columns  # 0: not a terminal, and nobody's line is too long
    for spare in ("zone", "every"):
        if room and sum(widths[i] + 2 for i in columns) - 2 > room:
            columns.remove(rows[0].index(spare))
    for number, row in enumerate(rows):
        line = "  ".join(row[i].ljust(widths[i]) for i in columns).rstrip()
        say(click.style(line, dim=True) if number == 0 else line)
