"""Concerns: findings that ask for attention, with the dates on which they began and ended.

    changed = concerns_after(before, found, history, watched_since=since, first_look=False)
    again = look_again(history)

A finding is what stands out at one look; a concern is what a person can be told of once. It begins when its finding
reaches the level CONCERN and ends only when the finding is back at HEALTHY: between the two limits it stays as it was,
so that a figure that trembles on its limit tells nobody twice. A finding about which too little can be said for a while
stays as it was for 28 days. What began before the partner was watched, or was there at the first look at its history,
is `historical`: shown, and never mailed.

Which concerns are worth a mail of their own says metrics/topics.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from metrics.awaiting import CONCERN_TIMES, owed
from metrics.bands import Level
from metrics.finding import Finding
from metrics.history import DAY, History
from metrics.people import presences
from metrics.working_time import moment_of, seconds_of
from models.records import Concern, Side

HOLD_DAYS = 28  # how long a concern stands without being heard of
LOOK_DAYS = 7  # windows of weeks move on even when no mail comes


# Rules that say nothing where all is well: once they are silent, their concern is over.
_SAID_ONLY_IF_SO = frozenset(
    {
        "unreachable_person",
        "owner_or_deputy_missing",
        "backup_age",
        "stale_threads",
        "their_answers",
        "our_answers",
        "their_replies",
        "our_replies",
        "their_moves",
        "our_moves",
        "meetings_held",
    }
)
_ABOUT_A_PERSON = frozenset({"silent_person", "unreachable_person"})


def concerns_after(
    before: Iterable[Concern],
    found: Iterable[Finding],
    history: History,
    *,
    watched_since: datetime,
    first_look: bool,
) -> list[Concern]:
    """The concerns that began, changed or ended with this look, to be stored; those that are as they were are left out.

    before  the standing ones of this partner
    found   `metrics.findings.findings` of this history
    """
    standing = {(concern.name, concern.subject): concern for concern in before}
    looked = history.moment
    now = {(finding.name, subject_of(finding)): finding for finding in found}
    changed = []
    for place, finding in now.items():
        if finding.level is not Level.CONCERN:
            continue
        known = standing.get(place)
        changed.append(
            _renewed(known, finding, looked)
            if known is not None
            else _begun(finding, history, watched_since=watched_since, first_look=first_look)
        )
    for place, concern in standing.items():
        if _is_over(concern, now.get(place), history):
            changed.append(replace(concern, until=looked))
    return changed


def subject_of(finding: Finding) -> str:
    """The person whom the finding is about; "" = the partner as a whole."""
    return finding.people[0] if finding.name in _ABOUT_A_PERSON and finding.people else ""


def look_again(history: History) -> datetime:
    """When time alone may change a finding: an answer gets too old, or at the latest in a week. UTC."""
    return moment_of(min(_edges(history), default=history.now + LOOK_DAYS * DAY))


def _edges(history: History) -> Iterator[int]:
    """Instants within the next week at which an answer owed becomes a concern."""
    latest = history.now + LOOK_DAYS * DAY
    for side in (Side.US, Side.PARTNER):
        clock = history.clock(side)
        for owing in owed(history, side):
            left = CONCERN_TIMES * owing.due_hours - owing.hours
            if left >= 0:
                at = clock.after(history.now, round(left * 3600) + 60)  # past the limit, not on it
                if at < latest:
                    yield at


def _begun(finding: Finding, history: History, *, watched_since: datetime, first_look: bool) -> Concern:
    since = history.moment if finding.since is None else moment_of(min(finding.since, history.now))
    return Concern(
        partner=history.partner.key,
        name=finding.name,
        subject=subject_of(finding),
        side=finding.side,
        since=since,
        until=None,
        seen_at=history.moment,
        sentence=finding.sentence,
        value=finding.value,
        n=finding.n,
        historical=first_look or since <= watched_since,
    )


def _renewed(known: Concern, finding: Finding, looked: datetime) -> Concern:
    return replace(
        known,
        side=finding.side,
        seen_at=max(looked, known.seen_at),
        sentence=finding.sentence,
        value=finding.value,
        n=finding.n,
    )


def _is_over(concern: Concern, finding: Finding | None, history: History) -> bool:
    if finding is not None:
        return finding.level is Level.HEALTHY
    if concern.name in _SAID_ONLY_IF_SO:
        return True
    if concern.subject and _was_there(history, concern.subject, after=seconds_of(concern.since)):
        return True
    return history.now - seconds_of(concern.seen_at) > HOLD_DAYS * DAY


def _was_there(history: History, person: str, *, after: int) -> bool:
    """Whether somebody of theirs wrote or met after an instant."""
    return any(who == person and at > after for who, at, _ in presences(history, Side.PARTNER))
