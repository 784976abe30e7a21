"""What `doctor` looks at, one check a function: each says how it is in words, and what to do where it is not well."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cli.doctor_accounts import coverage_findings, rights_findings
from cli.doctor_budget import budget_findings
from cli.doctor_finding import Finding, Health, some
from cli.doctor_machine import clock_findings, database_findings, schedule_findings
from cli.doctor_sender import sender_findings
from cli.opening import HOW_TO_SAY_US, Opened
from cli.output import count_of, label_of, shown_time
from cli.push_checks import findings as push_findings
from models.records import Side


def findings(house: Opened, *, clock: Callable[[], datetime], offline: bool) -> Iterator[Finding]:
    """Every check, in the order in which a person would mend things."""
    from models.store.checkup import look_at  # noqa: PLC0415  --help needs none of it

    now = clock()
    yield Finding(about="settings", health=Health.GOOD, says=f"readable; time zone {house.settings.zone}")
    looked = look_at(house.store.database)
    yield from database_findings(house, looked)
    if looked.problem:
        return
    yield from clock_findings(house, now=now, clock=clock, offline=offline)
    yield from _calendar(house)
    yield from _who(house)
    yield from rights_findings(house, now=now, clock=clock, offline=offline)
    yield from _sources(house, now)
    yield from coverage_findings(house, now=now)
    yield from push_findings(house, now=now)
    yield from schedule_findings(house, now=now)
    yield from budget_findings(house)
    yield from _readers(house)
    yield from _letters(house)
    yield from _way_out(house, clock, offline=offline)
    yield from _links(house)


def _calendar(house: Opened) -> Iterator[Finding]:
    """Whether our own public holidays are known: nothing can be judged before."""
    from metrics.opening_hours import NotACalendar  # noqa: PLC0415
    from metrics.working_time import clock_of  # noqa: PLC0415

    try:
        clock_of(house.settings.our_hours)
    except NotACalendar as e:
        yield Finding(
            about="calendar", health=Health.BAD, says=str(e), todo="Correct country and region in the settings."
        )


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
            says=f"never heard of: {some(unheard)}",
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
            if not source.live:
                label = label_of(source.name)
                who = f"Import it again, whole and from where it is now; or let go of it: gonequiet disconnect {label}"
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
    silent = house.store.readers.silent()
    ownerless = [p.key for p in partners if p.owner is None]
    if ownerless and alerts.fallback is None and alerts.operator is None:
        says = f"nobody is told of: {some(ownerless)}"
        todo = "Name owners: gonequiet partners edit PARTNER --owner ADDRESS; or set alerts.fallback."
        yield Finding(about="readers", health=Health.BAD, says=says, todo=todo)
    for reader in silent:
        theirs = [p.key for p in partners if p.owner == reader]
        if theirs:
            says = f"{reader} asked for no more mail, and owns {some(theirs)}"
            yield Finding(
                about="readers", health=Health.WARN, says=says, todo="Name another owner, or see alerts again."
            )


def _letters(house: Opened) -> Iterator[Finding]:
    failed = house.store.letters.failed()
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


def _way_out(house: Opened, clock: Callable[[], datetime], *, offline: bool) -> Iterator[Finding]:
    from alerts.mailer import MailerError, Outbox, Smtp  # noqa: PLC0415
    from flows.way_out import sending_account, way_out  # noqa: PLC0415

    alerts = house.settings.alerts
    try:
        mailer = way_out(house.store, house.settings, clock=clock)
        sender = (
            alerts.sender if alerts.via in {"smtp", "outbox"} else sending_account(house.store, house.settings).mailbox
        )
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
        return
    if offline:
        says = f"mails leave by {alerts.via} as {sender}; neither it nor the sender's DNS was asked"
        yield Finding(about="mail", health=Health.NOTE, says=says)
        return
    if isinstance(mailer, Smtp):
        try:
            yield Finding(about="mail", health=Health.GOOD, says=mailer.check())
        except MailerError as e:
            yield Finding(about="mail", health=Health.BAD, says=str(e), todo="Check host, port, security and login.")
    else:
        yield Finding(about="mail", health=Health.GOOD, says=f"mails leave by {alerts.via} from the account {sender}")
    yield from sender_findings(alerts, sender)


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
