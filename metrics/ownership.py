"""Who on our side looks after the partner, and how far we depend on it."""

from __future__ import annotations

from metrics.base import Measured
from metrics.history import DAY, History
from metrics.working_time import seconds_of
from models.records import Side

BASE_DAYS = 90
LEAST_THREADS = 5


def owners(history: History) -> tuple[str, ...]:
    """Owner and deputy, as far as they are named."""
    return tuple(who.lower() for who in (history.partner.owner, history.partner.deputy) if who)


def named_owners(history: History) -> Measured | None:
    """How many of owner and deputy are named for this partner.

    Unit: people
    Range: 0 to 2
    Better: 2
    Least n: 1, always
    Example: an owner and no deputy: 1
    Source: signals P1
    """
    return Measured(len(set(owners(history))), 1)


def owner_coverage(history: History) -> Measured | None:
    """The share of the last 90 days' conversations that owner or deputy are on, as writer, in To or in Cc.

    Unit: share
    Range: 0 to 1
    Better: higher; 0.6 is good
    Least n: 5 conversations and a named owner or deputy, n counts conversations
    Example: 10 conversations, the owner on 7: 0.7
    Source: signals P1
    """
    who, edge = set(owners(history)), history.since(BASE_DAYS)
    recent = [[act for act in thread.acts if act.at > edge] for thread in history.threads if thread.acts[-1].at > edge]
    if not who or len(recent) < LEAST_THREADS:
        return None
    covered = sum(any(who.intersection((act.person, *act.ours)) for act in acts) for acts in recent)
    return Measured(covered / len(recent), len(recent))


def owner_silence(history: History) -> Measured | None:
    """How long neither owner nor deputy has written to the partner or met them.

    Unit: joint business days
    Range: 0 and up
    Better: lower; above twice the rhythm is a concern
    Least n: 1 contact of theirs, n counts them
    Example: the owner last wrote on Friday, now Tuesday: 2
    Source: signals P1
    """
    who = set(owners(history))
    times = [act.at for act in history.acts if act.side is Side.US and act.person in who]
    times += [o.start for o in history.held if who.intersection(o.attended)]
    if not times:
        return None
    return Measured(history.number_at(history.now) - history.number_at(max(times)), len(times))


def backup_age(history: History) -> Measured | None:
    """How long ago there was two-way contact with the partner that would step in.

    None without a named backup, or where there was never any: `findings` tells the two apart.

    Unit: days
    Range: 0 and up
    Better: lower; within 90 is warm, above 180 cold
    Least n: 1, always
    Example: the backup last answered us 120 days ago: 120
    Source: signals P6
    """
    seen = history.peers.backup_seen
    if history.partner.backup is None or seen is None or seconds_of(seen) > history.now:
        return None
    return Measured(history.days_ago(seconds_of(seen)), 1)


def category_share(history: History) -> Measured | None:
    """The share of the category's contact days in 90 days that its largest partner has.

    Unit: share
    Range: above 0 to 1
    Better: information only
    Least n: 10 contact days in the category, n counts them
    Example: two agencies with 30 and 10 contact days: 0.75
    Source: signals P7
    """
    total = sum(history.peers.category.values())
    if history.partner.category is None or total < 10:
        return None
    return Measured(max(history.peers.category.values()) / total, total)


def last_two_way(history: History) -> int | None:
    """When the two sides last reacted to each other: an answer in a conversation, or a held meeting; None = never.

    Unix seconds; the value for `Peers.backup_seen` of those whose backup this partner is.
    """
    answers = [t.start for thread in history.threads for turns in thread.episodes for t in turns[1:]]
    return max(answers + [o.end for o in history.held], default=None)


def contact_weight(history: History) -> int:
    """Contact days of the last 90 days; the value for `Peers.category`."""
    edge = history.us.day_of(history.now - BASE_DAYS * DAY)
    return sum(day > edge for day in history.contact_days)
