"""`gonequiet run`: one round of the whole job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli.errors import NotAllowed, TryLater
from cli.opening import Opened, chosen_config, load_settings, opened
from cli.output import as_json, count_of, label_of, say
from models.worker import free_from_the_dead

if TYPE_CHECKING:
    from flows.round import Round
    from flows.upkeep import Upkeep


@click.command()
@click.option(
    "--flow", "as_flow", is_flag=True, help="As a Prefect flow run, recorded with its tasks and the standings."
)
@click.option("--json", "json_", is_flag=True, help="Print what was done as JSON.")
def command(as_flow: bool, json_: bool) -> None:
    """Read what is new, judge every partner that needs it, send what is due.

    This is what the scheduled flow does, done once and now. Archives that were imported before are read again only
    where a partner was added since. The first run of a day drops what is older than the settings keep, and once a
    month asks your own history how strict to be. It is safe to stop it with Ctrl-C and to run it as often as you like.
    """
    if as_flow:
        _flow(json_=json_)
        return
    from flows.round import failures, one_round  # noqa: PLC0415  --help needs none of these
    from models.clock import now  # noqa: PLC0415

    with opened() as house:
        if not house.store.partners.all() and not house.store.accounts.all() and not json_:
            say("No partner is watched yet: nothing to judge.")
            say(f"Next: {house.next_step}")
            return
        free_from_the_dead(house.store)
        result: Round = one_round(house.store, house.settings, clock=now, on_step=_steps(quiet=json_))
        kept_up = _keep_up(house)
        titles = {partner.key: partner.title for partner in house.store.partners.all()}
        if json_:
            as_json(_as_json(result, kept_up))
        else:
            _report(result, titles, kept_up)
        problems = failures(result.pulled, label_of)
        needs_person = any(source.needs_person for source in house.store.sources.all() if source.failure)
    if problems:
        raise (NotAllowed if needs_person else TryLater)("Not everything could be read: " + "; ".join(problems))


def _steps(*, quiet: bool) -> Any:
    if quiet or not sys.stderr.isatty():
        return lambda _step: None
    return lambda step: click.echo(f"\r\033[K{step} ...\r", nl=False, err=True)


def _flow(*, json_: bool) -> None:
    from flows.orchestrator import prepare  # noqa: PLC0415

    settings = load_settings()
    prepare(settings.data)
    from flows.watch import watch  # noqa: PLC0415  Prefect: a second of imports

    config = chosen_config()
    totals = watch(str(config) if config is not None else None)
    with opened() as house:
        _keep_up(house)
    if json_:
        as_json(totals)
    else:
        say(", ".join(f"{name} {count:,}" for name, count in totals.items()))


def _keep_up(house: Opened) -> Upkeep | None:
    from flows.upkeep import upkeep_if_due  # noqa: PLC0415
    from models.clock import now  # noqa: PLC0415

    return upkeep_if_due(house.store, house.settings, house.directory, now=now())


def _as_json(result: Round, kept_up: Upkeep | None) -> dict[str, Any]:
    return {
        "pulled": [
            {
                "source": pulled.source,
                "ending": pulled.ending,
                "new": pulled.saved.new,
                "known": pulled.saved.known,
                "meetings": pulled.saved.meetings,
                "gone": pulled.saved.gone,
                "skipped": dict(sorted(pulled.saved.skipped.items())),
                "failure": pulled.failure,
            }
            for pulled in result.pulled
        ],
        "judged": result.measured.judged if result.measured else 0,
        "flips": [
            {"partner": f.partner, "old": f.old, "new": f.new, "turned_at": f.turned_at, "reason": f.reason}
            for f in (result.measured.flips if result.measured else ())
        ],
        "sent": result.told.sent if result.told else 0,
        "failed": result.told.failed if result.told else 0,
        "dropped": kept_up.dropped.total if kept_up is not None else 0,
    }


def _report(result: Round, titles: dict[str, str], kept_up: Upkeep | None) -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)
    new = sum(pulled.saved.new for pulled in result.pulled)
    meetings = sum(pulled.saved.meetings for pulled in result.pulled)
    if result.pulled:
        news = [count_of(new, "new mail")] + ([count_of(meetings, "new or changed meeting")] if meetings else [])
        say(f"Read {count_of(len(result.pulled), 'source')}: {', '.join(news)}.")
    measured = result.measured
    if measured is not None:
        changed = count_of(len(measured.flips), "standing") if measured.flips else "no standing"
        say(f"Judged {count_of(measured.judged, 'partner')}; {changed} changed.")
        for flip in measured.flips:
            old, new_state = flip.old.value.replace("_", " "), flip.new.value.replace("_", " ")
            say(f"  {titles[flip.partner]}: {old} -> {new_state}. {flip.reason}")
    if result.told is not None and (result.told.sent or result.told.failed):
        failed = f", {result.told.failed} could not be sent (see gonequiet doctor)" if result.told.failed else ""
        say(f"Sent {count_of(result.told.sent, 'mail')}{failed}.")
    if kept_up is not None and kept_up.dropped.total:
        say(f"Dropped {count_of(kept_up.dropped.total, 'row')} older than the settings keep.")
    if kept_up is not None and kept_up.calibrated is not None and (found := kept_up.calibrated.kept) is not None:
        does = "is now" if found.in_use else "could be"
        say(f"Your own history says: strictness {does} {found.strictness:.2f} (gonequiet replay shows why).")
    say("Next: gonequiet status" if titles else "Next: gonequiet partners suggest")
