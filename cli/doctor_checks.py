"""What `doctor` looks at, one check a function: each says how it is in words, and what to do where it is not well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cli.opening import HOW_TO_SAY_US, Opened
from cli.output import count_of, shown_time
from cli.push_checks import findings as push_findings
from models.records import Side

_LITTLE_SPACE = 500 * 1024 * 1024
_CLOCK_SLACK = timedelta(minutes=5)
_FIRST_YEAR = 2026


class Health(StrEnum):
    """How one thing is: NOTE is for what could not be looked at, or is worth knowing."""

    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; `todo` is one sentence, empty where nothing is to be done."""

    about: str
    health: Health
    says: str
    todo: str = ""


def findings(house: Opened, *, now: datetime, offline: bool) -> Iterator[Finding]:
    """Every check, in the order in which a person would mend things."""
    yield Finding(about="settings", health=Health.GOOD, says=f"readable; time zone {house.settings.zone}")
    yield from _database(house)
    yield from _clock(house, now)
    yield from _who(house)
    yield from _sources(house, now)
    yield from push_findings(house, now=now)
    yield from _readers(house)
    yield from _letters(house)
    yield from _way_out(house, now, offline=offline)
    yield from _links(house)
    if not offline:
        yield from _sender(house)


def _database(house: Opened) -> Iterator[Finding]:
    database = house.store.database
    mails, meetings = house.store.interactions.count()
    says = f"{database.shown}, {count_of(mails, 'mail')}, {count_of(meetings, 'meeting')}"
    path = database.path
    if path is None:
        yield Finding(about="database", health=Health.GOOD, says=says)
        return
    free = shutil.disk_usage(path.parent).free
    if path.stat().st_mode & 0o077:
        yield Finding(
            about="database",
            health=Health.WARN,
            says=f"{path} can be read by others on this machine",
            todo=f"Run: chmod 600 {path}",
        )
    if free < _LITTLE_SPACE:
        yield Finding(
            about="database",
            health=Health.BAD,
            says=f"{says}; only {free // 1_000_000} MB are free on its disk",
            todo="Make room: a full disk stops reading and telling.",
        )
        return
    yield Finding(about="database", health=Health.GOOD, says=says)


def _clock(house: Opened, now: datetime) -> Iterator[Finding]:
    reached = [s.pulled_at for s in house.store.sources.all() if s.pulled_at is not None]
    newest = max(reached, default=None)
    shown = shown_time(now, house.settings.zone)
    if now.year < _FIRST_YEAR:
        todo = "Set the clock of this machine."
        yield Finding(
            about="clock", health=Health.BAD, says=f"it says {shown}, before this program was made", todo=todo
        )
    elif newest is not None and newest - now > _CLOCK_SLACK:
        says = f"it says {shown}, but data was read at {shown_time(newest, house.settings.zone)}"
        todo = "Set the clock of this machine: deadlines and leases hang on it."
        yield Finding(about="clock", health=Health.BAD, says=says, todo=todo)
    else:
        yield Finding(about="clock", health=Health.GOOD, says=shown)


def _who(house: Opened) -> Iterator[Finding]:
    if not house.us:
        yield Finding(about="us", health=Health.BAD, says="nobody knows who we are", todo=f"Please {HOW_TO_SAY_US}.")
    partners = house.store.partners.all()
    if not partners:
        yield Finding(
            about="partners", health=Health.WARN, says="none is watched", todo="See gonequiet partners suggest."
        )
        return
    standings = house.store.standings.all()
    unheard = [p.key for p in partners if p.key not in standings or standings[p.key].last_inbound is None]
    if unheard:
        yield Finding(
            about="partners",
            health=Health.WARN,
            says=f"never heard of: {_some(unheard)}",
            todo="Are their domains right? See gonequiet partners show, and gonequiet partners edit.",
        )
    yield Finding(about="partners", health=Health.GOOD, says=f"{count_of(len(partners), 'partner')} watched")


def _sources(house: Opened, now: datetime) -> Iterator[Finding]:
    sources = house.store.sources.all()
    if not sources:
        todo = "Import mail: gonequiet import PATH, or connect an account."
        yield Finding(about="sources", health=Health.WARN, says="nothing was read yet", todo=todo)
        return
    stale = timedelta(hours=house.settings.judge.stale_after_hours)
    well = 0
    for source in sources:
        until = shown_time(source.read_until, house.settings.zone) if source.read_until else None
        if source.failure is not None:
            who = "A person has to act: give access again." if source.needs_person else "It is tried again by itself."
            yield Finding(about=source.name, health=Health.BAD, says=source.failure, todo=who)
        elif source.live and (source.read_until is None or now - source.read_until > stale):
            says = f"not read since {until}" if until else "never read to its end"
            yield Finding(
                about=source.name, health=Health.BAD, says=says, todo="Run gonequiet run, or keep serve running."
            )
        else:
            well += 1
    if well:
        yield Finding(about="sources", health=Health.GOOD, says=f"{count_of(well, 'source')} up to date")


def _readers(house: Opened) -> Iterator[Finding]:
    alerts = house.settings.alerts
    directory = house.directory
    partners = house.store.partners.all()
    named = [
        ("alerts.operator", alerts.operator),
        ("alerts.fallback", alerts.fallback),
        ("alerts.sender", alerts.sender),
    ]
    named += [(f"the owner of {p.key}", p.owner) for p in partners]
    named += [(f"the deputy of {p.key}", p.deputy) for p in partners]
    for role, address in named:
        if address is not None and directory.side(address.lower()) is Side.PARTNER:
            yield Finding(
                about="readers",
                health=Health.BAD,
                says=f"{address}, {role}, belongs to a partner: nothing is ever sent there",
                todo="Name somebody of ours.",
            )
    if alerts.operator is None:
        yield Finding(
            about="readers",
            health=Health.WARN,
            says="no operator: nobody hears of a mailbox that cannot be read",
            todo="Set alerts.operator in the settings.",
        )
    silent = house.store.notices.silent_readers()
    ownerless = [p.key for p in partners if p.owner is None]
    if ownerless and alerts.fallback is None and alerts.operator is None:
        says = f"nobody is told of: {_some(ownerless)}"
        todo = "Name owners: gonequiet partners edit KEY --owner ADDRESS; or set alerts.fallback."
        yield Finding(about="readers", health=Health.BAD, says=says, todo=todo)
    for reader in silent:
        theirs = [p.key for p in partners if p.owner == reader]
        if theirs:
            says = f"{reader} asked for no more mail, and owns {_some(theirs)}"
            yield Finding(
                about="readers", health=Health.WARN, says=says, todo="Name another owner, or see alerts again."
            )


def _letters(house: Opened) -> Iterator[Finding]:
    failed = house.store.notices.failed_letters()
    for letter in failed[:5]:
        tried = count_of(letter.attempts, "attempt")
        yield Finding(
            about="mail",
            health=Health.BAD if letter.given_up else Health.WARN,
            says=f"a letter to {letter.reader} was not accepted after {tried}: {letter.failure}",
            todo="Mend the cause, then run gonequiet alerts retry."
            if letter.given_up
            else "It is tried again by itself.",
        )
    if len(failed) > 5:
        yield Finding(about="mail", health=Health.WARN, says=f"and {len(failed) - 5} more letters", todo="")


def _way_out(house: Opened, now: datetime, *, offline: bool) -> Iterator[Finding]:
    from alerts.mailer import MailerError, Outbox, Smtp  # noqa: PLC0415
    from flows.way_out import way_out  # noqa: PLC0415

    try:
        mailer = way_out(house.store, house.settings, clock=lambda: now)
    except MailerError as e:
        yield Finding(about="mail", health=Health.BAD, says=str(e), todo="Set alerts.via in the settings.")
        return
    if isinstance(mailer, Outbox):
        folder = mailer.folder if mailer.folder.exists() else _existing(mailer.folder)
        if os.access(folder, os.W_OK):
            says = f"mails are written to files in {mailer.folder}, and sent to nobody"
            yield Finding(about="mail", health=Health.NOTE, says=says, todo="To send them, set alerts.via, e.g. smtp.")
        else:
            says = f"the outbox {mailer.folder} cannot be written"
            yield Finding(about="mail", health=Health.BAD, says=says, todo="Give this user the right to write there.")
    elif isinstance(mailer, Smtp) and not offline:
        try:
            yield Finding(about="mail", health=Health.GOOD, says=mailer.check())
        except MailerError as e:
            yield Finding(about="mail", health=Health.BAD, says=str(e), todo="Check host, port, security and login.")


def _existing(folder: Path) -> Path:
    return next(parent for parent in folder.absolute().parents if parent.exists())


def _links(house: Opened) -> Iterator[Finding]:
    base = house.settings.alerts.link_base
    if base is None:
        says = "mails name commands instead of links: there is no page address"
        yield Finding(
            about="links", health=Health.NOTE, says=says, todo="Set alerts.link_base once the page is served."
        )
    elif not base.startswith("https://"):
        says = f"{base} is not https: whoever listens can press the buttons"
        yield Finding(about="links", health=Health.WARN, says=says, todo="Serve the page behind TLS.")


def _sender(house: Opened) -> Iterator[Finding]:
    """SPF and DMARC of the sender's domain, as far as name servers can be reached."""
    from alerts.sender_dns import name_servers, txt_records  # noqa: PLC0415

    domain = house.settings.alerts.sender.rpartition("@")[2]
    if house.settings.alerts.via != "smtp":
        return
    servers = name_servers()
    spf = txt_records(domain, servers)
    if spf is None:
        says = f"no name server answered, so SPF and DMARC of {domain} were not checked"
        yield Finding(about="sender", health=Health.NOTE, says=says)
        return
    if not any(text.lower().startswith("v=spf1") for text in spf):
        todo = "Publish an SPF record that names the sending server, or mails may end in spam."
        yield Finding(about="sender", health=Health.WARN, says=f"{domain} has no SPF record", todo=todo)
    dmarc = txt_records(f"_dmarc.{domain}", servers) or []
    if not any(text.lower().startswith("v=dmarc1") for text in dmarc):
        todo = "Publish one, and let the sending server sign with DKIM for this domain."
        yield Finding(about="sender", health=Health.WARN, says=f"{domain} has no DMARC record", todo=todo)
    elif any(text.lower().startswith("v=spf1") for text in spf):
        says = f"{domain} has SPF and DMARC; whether the server signs with DKIM shows in a received mail"
        yield Finding(about="sender", health=Health.GOOD, says=says)


def _some(keys: list[str], limit: int = 5) -> str:
    more = f" and {len(keys) - limit} more" if len(keys) > limit else ""
    return ", ".join(keys[:limit]) + more
