"""What `doctor` says of accounts: what they may do, how old their consents are, and how complete their data is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cli.doctor_finding import Finding, Health, some
from cli.opening import Opened
from cli.output import count_of, shown_time

if TYPE_CHECKING:
    from flows.rights import Rights
    from models.store.accounts import Account

_WARN_BEFORE = timedelta(days=14)
_UNUSED = timedelta(days=60)  # Microsoft forgets a sign-in that was not used for 90 days
_AUDIT_LATE = timedelta(hours=50)
_MOST_ASKED = 20  # mailboxes of one tenant share one credential: the rest is told by their pulls


def rights_findings(house: Opened, *, now: datetime, clock: Callable[[], datetime], offline: bool) -> Iterator[Finding]:
    """Every account's rights against its tier, and when its consent or credential ends."""
    from flows.rights import rights_of  # noqa: PLC0415  --help needs none of it

    shared: dict[tuple[str, ...], tuple[Account, Rights, list[str]]] = {}
    for account in house.store.accounts.all():
        alike = _alike(account)
        if alike in shared:
            shared[alike][2].append(account.mailbox)
            continue
        rights = rights_of(
            house.store, house.settings, account, clock=clock, ask=not offline and len(shared) < _MOST_ASKED
        )
        shared[alike] = (account, rights, [account.mailbox])
    for account, rights, mailboxes in shared.values():
        yield from _rights(house, account, rights, mailboxes, now)


def _alike(account: Account) -> tuple[str, ...]:
    """Mailboxes that an application reads with one credential have the same rights; a person's are their own."""
    config = account.config
    if config.get("mode") == "app-only":
        keys = ("client_id", "tenant", "send")
        return (account.provider, account.tier, *(str(config.get(key)) for key in keys))
    return (account.provider, account.mailbox)


def _rights(house: Opened, account: Account, rights: Rights, mailboxes: list[str], now: datetime) -> Iterator[Finding]:
    zone = house.settings.zone
    about = f"{account.provider}:{account.mailbox}" if len(mailboxes) == 1 else f"{account.provider} application"
    again = f"gonequiet connect {account.provider}"
    if rights.trouble is not None:
        act = "" if "gonequiet connect" in rights.trouble or ": " in rights.trouble else f"Run {again} again."
        yield Finding(
            about=about,
            health=Health.NOTE if rights.away else Health.BAD,
            says=f"{rights.trouble}{_for(mailboxes)}",
            todo="Its rights were not checked; run doctor again later." if rights.away else act,
        )
        return
    if rights.lacking:
        yield Finding(
            about=about,
            health=Health.BAD,
            says=f"the {account.tier} tier needs {', '.join(rights.lacking)}, which is not granted{_for(mailboxes)}",
            todo=f"Grant it in the admin centre (docs/{account.provider}.md)."
            if rights.by_admin
            else f"Run {again} --tier {account.tier} and consent to all of it.",
        )
    elif rights.granted:
        granted = ", ".join(sorted(_short(s) for s in rights.granted))
        stands = ", confirmed just now" if rights.asked else ""
        says = f"{account.tier} tier: {granted}{stands}{_for(mailboxes)}"
        yield Finding(about=about, health=Health.GOOD, says=says)
    elif rights.from_exchange:
        says = f"the application has no right in Entra: Exchange grants it mailbox by mailbox{_for(mailboxes)}"
        yield Finding(about=about, health=Health.GOOD, says=says)
    else:
        why = "cannot be told from its token" if rights.asked else "was not asked"
        says = f"{account.tier} tier; what is really granted {why}{_for(mailboxes)}"
        todo = "" if rights.asked else "Run doctor without --offline."
        yield Finding(about=about, health=Health.NOTE, says=says, todo=todo)
    if rights.beyond:
        yield Finding(
            about=about,
            health=Health.NOTE,
            says=f"it may also do what nobody uses: {', '.join(rights.beyond)}",
            todo=f"Take it away, or connect again with what uses it: --tier text, --send (docs/{account.provider}.md).",
        )
    yield from _ages(rights, about, again, now, zone)


def _ages(rights: Rights, about: str, again: str, now: datetime, zone: str) -> Iterator[Finding]:
    given = shown_time(rights.given_at, zone)
    if rights.ends_at is not None:
        left = rights.ends_at - now
        day = rights.ends_at.astimezone(ZoneInfo(zone)).strftime("%d %b %Y").lstrip("0")
        what = rights.ending if rights.by_admin else "consent (the Cloud project is in testing)"
        mend = (
            f"Make a new {what} in Entra, and put it into the settings."
            if rights.by_admin
            else f"Publish the project (docs/google.md), then run {again}."
        )
        if left <= timedelta():
            yield Finding(about=about, health=Health.BAD, says=f"its {what} ended on {day}", todo=mend)
        elif left <= _WARN_BEFORE:
            yield Finding(about=about, health=Health.WARN, says=f"its {what} ends on {day}", todo=mend)
        else:
            yield Finding(about=about, health=Health.GOOD, says=f"its {what} lasts until {day}")
    elif rights.by_admin and rights.ending:
        says = "when the client secret ends cannot be told: Entra does not say"
        todo = "Set microsoft.client_secret_expires to the day that Entra shows, to be warned two weeks ahead."
        yield Finding(about=about, health=Health.NOTE, says=says, todo=todo)
    elif not rights.by_admin:
        used = f", its token renewed on {shown_time(rights.used_at, zone)}" if rights.used_at else ""
        says = f"consent given on {given}{used}"
        if rights.used_at is not None and now - rights.used_at > _UNUSED:
            todo = "Read it again soon: Microsoft forgets a sign-in that nobody uses for 90 days."
            yield Finding(about=about, health=Health.WARN, says=says, todo=todo)
        else:
            yield Finding(about=about, health=Health.GOOD, says=says)


def coverage_findings(house: Opened, *, now: datetime) -> Iterator[Finding]:
    """How complete each account is, by the audits; and mail that vanished in numbers."""
    audits = house.store.coverage.latest()
    zone = house.settings.zone
    complete: list[datetime] = []
    for source in house.store.sources.all():
        if not source.live or source.pulled_at is None:
            continue
        ledger = house.store.sources.ledger(source.name)
        vanished, stored = ledger.get("vanished", 0), ledger.get("stored", 0)
        if vanished >= 20 and vanished * 5 > stored:
            days = house.settings.judge.grace_days
            yield Finding(
                about=source.name,
                health=Health.WARN,
                says=f"{count_of(vanished, 'mail')} vanished at the service, beside {stored:,} that are there",
                todo=f"Were they deleted on purpose? They stop counting {days:g} days after they vanished.",
            )
        audit = audits.get(source.name)
        if audit is None:
            continue
        at = shown_time(audit.at, zone)
        if audit.missing > audit.repaired:
            yield Finding(
                about=source.name,
                health=Health.WARN,
                says=f"the audit of {at} could not read {audit.missing - audit.repaired:,} of {audit.listed:,} ids",
                todo="They are tried again at each pull.",
            )
        elif audit.missing:
            says = f"the audit of {at} found {audit.missing:,} of {audit.listed:,} ids missing, and read them"
            yield Finding(about=source.name, health=Health.NOTE, says=says)
        if audit.gap_since is not None and audit.gap_until is not None:
            since, until = shown_time(audit.gap_since, zone), shown_time(audit.gap_until, zone)
            says = f"what changed between {since} and {until} was not followed, only what is left of it was read"
            yield Finding(about=source.name, health=Health.NOTE, says=says)
        if now - audit.at > _AUDIT_LATE and now - source.pulled_at < _AUDIT_LATE:
            says = f"its ids were last compared on {at}; once a day is due"
            todo = "Keep gonequiet serve running through serve.daily_hour, or run gonequiet run daily."
            yield Finding(about=source.name, health=Health.WARN, says=says, todo=todo)
        elif audit.complete_until is not None:
            complete.append(audit.complete_until)
    if complete:
        says = (
            f"{count_of(len(complete), 'source')} compared id by id, complete up to {shown_time(min(complete), zone)}"
        )
        yield Finding(about="coverage", health=Health.GOOD, says=says)


def _for(mailboxes: list[str]) -> str:
    return f" ({len(mailboxes)} mailboxes: {some(mailboxes, 3)})" if len(mailboxes) > 1 else ""


def _short(scope: str) -> str:
    return scope.rsplit("/", 1)[-1]
