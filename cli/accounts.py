"""`gonequiet accounts`: what is connected, how fresh and how complete it is, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.errors import Refusal
from cli.opening import Opened, opened
from cli.output import as_json, count_of, label_of, say, shown_time
from cli.push_checks import PUSH_DAYS, push_row, push_words

if TYPE_CHECKING:
    from datetime import datetime

    from models.store.sources import Source


@click.command()
@click.option("--json", "json_", is_flag=True, help="Print them as JSON.")
@click.option("--rotate-key", is_flag=True, help="Seal every credential anew with the first key at hand.")
@click.option("--new-key", is_flag=True, help="Print a fresh key for GONEQUIET_KEY or its file; nothing is changed.")
def command(json_: bool, rotate_key: bool, new_key: bool) -> None:
    """Show every connected account: what it may read, how fresh and how complete it is, and its last error.

    Archives that were imported stand below, with the day up to which they reach.

    To change the key of the credentials: put a new one (--new-key) before the old one, run --rotate-key, then remove
    the old one.
    """
    if new_key:
        from models.vault import new_key as fresh  # noqa: PLC0415  --help needs none of these

        say(fresh())
        return
    with opened() as house:
        if rotate_key:
            _rotate(house)
            return
        rows = _rows(house)
        if json_:
            as_json(rows)
            return
        for row in rows:
            _show(row, house.settings.zone)
        archives = [source for source in house.store.sources.all() if source.name.startswith("archive:")]
        if archives:
            _show_archives(archives, house.settings.zone)
        if not rows:
            say("No account is connected.")
            say("Next: gonequiet connect google, or gonequiet connect microsoft")


def _rotate(house: Opened) -> None:
    from models.vault import Vault, VaultError  # noqa: PLC0415  --help needs none of these

    try:
        count = house.store.accounts.reseal(Vault.of(house.settings.data).rotated)
    except VaultError as e:
        raise Refusal(str(e)) from e
    say(f"Sealed {count_of(count, 'credential')} anew with the first key. The older keys may go.")


def _rows(house: Opened) -> list[dict[str, Any]]:
    from flows.disconnect import sources_of  # noqa: PLC0415  --help needs none of these
    from models.clock import now  # noqa: PLC0415

    audits, sources = house.store.coverage.latest(), {source.name: source for source in house.store.sources.all()}
    measured = house.store.pushes.quality(since=now() - PUSH_DAYS)
    channels: dict[str, list[datetime | None]] = {}
    for channel in house.store.channels.all():
        channels.setdefault(channel.source, []).append(channel.last_push_at)

    def row_of(name: str) -> dict[str, Any]:
        source, audit, pushes = sources.get(name), audits.get(name), channels.get(name, [])
        return {
            "source": name,
            "read_until": source.read_until if source else None,
            "pulled_at": source.pulled_at if source else None,
            "failure": source.failure if source else None,
            "failed_at": source.failed_at if source else None,
            "needs_person": source.needs_person if source else False,
            "complete_until": audit.complete_until if audit else None,
            "audited_at": audit.at if audit else None,
            "listed": audit.listed if audit else None,
            "missing": audit.missing if audit else None,
            "push": bool(pushes),
            "last_push_at": max((p for p in pushes if p is not None), default=None),
            "push_7_days": push_row(measured.get(name)),
        }

    return [
        {
            "account": account.id,
            "provider": account.provider,
            "mailbox": account.mailbox,
            "tier": account.tier,
            "connected_at": account.connected_at,
            "failure": account.failure,
            "sources": [row_of(name) for name in sources_of(account)],
        }
        for account in house.store.accounts.all()
    ]


def _show_archives(archives: list[Source], zone: str) -> None:
    """What `gonequiet import` read, and up to when."""
    say(f"{count_of(len(archives), 'archive')} imported")
    names = [label_of(source.name) for source in archives]
    wide = max(len(name) for name in names)
    for source, name in zip(archives, names, strict=True):
        until = f"holds mail and meetings up to {shown_time(source.read_until, zone)}" if source.read_until else ""
        end = "read to its end" if source.pulled_at else "not read to its end"
        say(f"  {name:<{wide}}  {source.failure or until or end}")


def _show(row: dict[str, Any], zone: str) -> None:
    say(f"{row['mailbox']} ({row['provider']}, {row['tier']} tier), account {row['account']}")
    if row["failure"]:
        say(f"  needs you: {row['failure']}")
    for source in row["sources"]:
        kind = source["source"].partition(":")[0]
        if source["pulled_at"] is None:
            say(f"  {kind:<17} not read yet")
            continue
        parts = [f"read up to {shown_time(source['read_until'], zone)}"] if source["read_until"] else []
        if source["complete_until"] is not None:
            parts.append(f"complete up to {shown_time(source['complete_until'], zone)} ({source['listed']:,} ids)")
        if source["push"]:
            last = source["last_push_at"]
            parts.append(f"push, last {shown_time(last, zone)}" if last else "push, nothing yet")
        parts += push_words(source["push_7_days"])
        say(f"  {kind:<17} {', '.join(parts) or 'read'}")
    # Mail and calendar mostly fail together and for the same reason: it is said once.
    failed: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for source in row["sources"]:
        if source["failure"]:
            lead = "needs you" if source["needs_person"] else "last error"
            failed.setdefault((lead, source["failure"]), []).append(source)
    for (lead, failure), members in failed.items():
        of_what = "" if len(members) == len(row["sources"]) else f" ({members[0]['source'].partition(':')[0]})"
        since = min(source["failed_at"] for source in members)
        say(f"  {lead}{of_what} since {shown_time(since, zone)}: {failure}")
