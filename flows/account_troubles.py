"""Accounts that a person must mend: their episodes, whom to tell, and what the mail says. For every service alike.

An episode begins when a service refuses us for good and ends when all sources of the account are well again, or the
account is connected anew. One mail an episode: its Message-ID follows from the episode. A refusal that meets every
mailbox of an organisation is one episode with one mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.compose_account import AccountFacts
from flows.disconnect import sources_of
from models.directory import Directory
from models.records import Side
from models.settings import Settings
from models.store.accounts import Account
from models.store.sources import Source
from models.store.store import Store
from models.store.troubles import Trouble, TroubleKind

# In these cases nobody reads the mailbox, or the owner has no say.
_OWNER_CANNOT = (
    "suspended",
    "disabled",
    "no longer exists",
    "does not know this account",
    "no such mailbox",
    "has no gmail mailbox",
    "has no mailbox",
    "key of the oauth client",
    "api is switched off",
    "does not know this application",
)
_GIVE_AGAIN = ("`gonequiet connect", "connect the account again", "connect again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One mail's worth of trouble: the same reason, one reader, one beginning."""

    reader: str
    about: str
    accounts: tuple[Account, ...]
    trouble: Trouble


def note_troubles(store: Store, *, now: datetime) -> None:
    """Write down which accounts a person must mend, as their sources and the accounts themselves say."""
    standing = {(t.account, t.kind): t for t in store.troubles.all()}
    accounts = store.accounts.all()
    if not accounts:
        return
    sources = {source.name: source for source in store.sources.all()}
    shared = {
        (_key(account), t.kind, t.sentence): t.since
        for account in accounts
        if _is_shared(account)
        for kind in TroubleKind
        if (t := standing.get((account.id, kind))) is not None
    }
    for account in accounts:
        own = [sources[name] for name in sources_of(account) if name in sources]
        found = {TroubleKind.REFUSED: _refusal(own), TroubleKind.ENDING: account.failure}
        for kind, sentence in found.items():
            before = standing.get((account.id, kind))
            if sentence is None:
                if before is not None and (kind is TroubleKind.ENDING or all(s.failure is None for s in own)):
                    store.troubles.over(account.id, kind)
                continue
            since = now
            if _is_shared(account):  # one reason for all mailboxes of an organisation is one episode
                since = shared.setdefault((_key(account), kind, sentence), now)
            if before is None or before.sentence != sentence:
                store.troubles.note(Trouble(account=account.id, kind=kind, sentence=sentence, since=since))


def episodes(store: Store, settings: Settings, directory: Directory, *, silent: Collection[str] = ()) -> list[Episode]:
    """What stands and whom to tell of it; nothing where nobody is there to be told."""
    accounts = {account.id: account for account in store.accounts.all()}
    troubles = store.troubles.all()
    refused = {t.account for t in troubles if t.kind is TroubleKind.REFUSED}
    grouped: dict[tuple[str, str], list[tuple[Account, Trouble]]] = {}
    for trouble in troubles:
        account = accounts.get(trouble.account)
        if account is None or (trouble.kind is TroubleKind.ENDING and account.id in refused):
            continue
        reader = _reader(account, trouble, settings, directory, silent)
        if reader is not None:
            grouped.setdefault((reader, _about(account, trouble)), []).append((account, trouble))
    return [
        Episode(reader=reader, about=about, accounts=tuple(account for account, _ in members), trouble=members[0][1])
        for (reader, about), members in grouped.items()
    ]


def account_facts(store: Store, settings: Settings, episode: Episode) -> AccountFacts:
    """What the mail about an episode says."""
    account, trouble = episode.accounts[0], episode.trouble
    names = {name for each in episode.accounts for name in sources_of(each)}
    titles = {partner.key: partner.title for partner in store.partners.all()}
    carriers = store.sources.carriers()
    behind = sorted(titles[key] for key, carried in carriers.items() if names & {name for name, _ in carried})
    again = not _is_shared(account) and any(words in trouble.sentence for words in _GIVE_AGAIN)
    operator = settings.alerts.operator
    return AccountFacts(
        mailboxes=tuple(each.mailbox for each in episode.accounts),
        happened=trouble.sentence,
        since=trouble.since,
        partners=tuple(behind),
        command=_connect(account) if again else _pull(episode.accounts),
        gives_access=again,
        is_ending=trouble.kind is TroubleKind.ENDING,
        helper=operator if operator != episode.reader else None,
    )


def _refusal(sources: Sequence[Source]) -> str | None:
    refused = [source for source in sources if source.needs_person and source.failure is not None]
    first = min(refused, key=lambda source: (source.failed_at is None, source.failed_at), default=None)
    return first.failure if first is not None else None


def _is_shared(account: Account) -> bool:
    """Whether one key or application opens this mailbox among others: then its owner can mend nothing."""
    return account.config.get("mode") == "app-only" or bool(account.config.get("robot"))


def _key(account: Account) -> str:
    return f"{account.provider} {account.config.get('client_id', '')}"


def _about(account: Account, trouble: Trouble) -> str:
    whose = str(account.id)
    if _is_shared(account):
        whose = hashlib.blake2b(f"{_key(account)}\0{trouble.sentence}".encode(), digest_size=6).hexdigest()
    return f"{trouble.kind} {account.provider} {whose} {trouble.since:%Y-%m-%dT%H:%M:%SZ}"


def _reader(
    account: Account, trouble: Trouble, settings: Settings, directory: Directory, silent: Collection[str]
) -> str | None:
    low = trouble.sentence.lower()
    owner = account.mailbox
    can_mend = not _is_shared(account) and not any(words in low for words in _OWNER_CANNOT)
    if can_mend and owner not in silent and directory.side(owner) is Side.US:
        return owner
    return settings.alerts.operator


def _connect(account: Account) -> str:
    options = f" --mailbox {account.mailbox}"
    options += " --tier text" if account.tier == "text" else ""
    options += " --send" if account.config.get("may_send") or account.config.get("send") else ""
    return f"gonequiet connect {account.provider}{options}"


def _pull(accounts: Sequence[Account]) -> str:
    return f"gonequiet pull {accounts[0].mailbox}" if len(accounts) == 1 else "gonequiet pull"
