"""People: how many carry the contact, on whom it hangs, who has fallen silent or cannot be reached.

A person's contact day is a day on which they wrote or sat in a held meeting; being copied does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from metrics.base import Measured
from metrics.cadence import recent_gaps
from metrics.history import History
from metrics.quantiles import herfindahl, median, quantile
from models.directory import FREE_MAIL, domain_of
from models.records import Side

BASE_DAYS = 90
RECENT_DAYS = 28
_LOOK_BACK = 365
_LEAST_PERSON_DAYS = 10
_LEAST_SILENCE = 5  # joint business days
_SHARED = ("info", "sales", "support", "office", "team", "contact", "hello", "help", "service", "accounts", "billing")


@dataclass(frozen=True, slots=True)
class SilentPerson:
    """Somebody of the partner who has stopped while the partner goes on: gap and usual gap in joint business days."""

    person: str
    gap: int
    usual: float


def is_shared_mailbox(address: str) -> bool:
    """Whether the name says that several people read it: info@, support@. It counts as one person, flagged."""
    return address.partition("@")[0].partition("+")[0] in _SHARED


def presences(history: History, side: Side) -> Iterable[tuple[str, int, int]]:
    """(person, when, local day) of each mail written and each held meeting sat in."""
    for act in history.acts:
        if act.side is side:
            yield act.person, act.at, history.us.day_of(act.at)
    for occasion in history.held:
        for person in occasion.attended:
            if person in (occasion.ours if side is Side.US else occasion.theirs):
                yield person, occasion.start, history.us.day_of(occasion.start)


def person_days(history: History, side: Side, days: float) -> Counter[str]:
    """Contact days of each person of a side in the last days."""
    edge = history.since(days)
    seen = {(person, day) for person, at, day in presences(history, side) if at > edge}
    return Counter(person for person, _ in seen)


def active_people(history: History, *, side: Side) -> Measured | None:
    """How many people of this side are in contact: at least 2 mails or 1 held meeting in the last 28 days.

    Unit: people
    Range: 0 and up
    Better: 2 or more; 1 is a concern
    Least n: 1 mail or meeting, n counts both sides' mails and held meetings of 28 days
    Example: one wrote 5 mails, one 1 mail, one sat in a call: 2
    Source: signals P2
    """
    edge = history.since(RECENT_DAYS)
    acts = history.recent(RECENT_DAYS)
    held = [o for o in history.held if o.start > edge]
    if not acts and not held:
        return None
    wrote = Counter(act.person for act in acts if act.side is side)
    met = {person for o in held for person in o.attended if person in (o.ours if side is Side.US else o.theirs)}
    return Measured(len({p for p, count in wrote.items() if count >= 2} | met), len(acts) + len(held))


def effective_contacts(history: History, *, side: Side) -> Measured | None:
    """On how many people of this side the contact really rests: 1 over the sum of squared shares of contact days.

    Over the last 90 days; a mailbox that several people share counts as one person.

    Unit: people
    Range: 1 and up
    Better: 2 or more; below 1.5 is a concern
    Least n: 10 person-days, n counts them
    Example: 8, 1 and 1 contact days: concentration 0.66, effectively 1.52 people
    Source: signals P3; Herfindahl-Hirschman index
    """
    days = person_days(history, side, BASE_DAYS)
    total = sum(days.values())
    return Measured(1 / herfindahl(days.values()), total) if total >= _LEAST_PERSON_DAYS else None


def top_person_share(history: History, *, side: Side) -> Measured | None:
    """The share of this side's contact days in 90 days that one person carries.

    Unit: share
    Range: above 0 to 1
    Better: lower; above 0.7 is a concern
    Least n: 10 person-days, n counts them
    Example: 8, 1 and 1 contact days: 0.8
    Source: signals P3
    """
    days = person_days(history, side, BASE_DAYS)
    total = sum(days.values())
    return Measured(max(days.values()) / total, total) if total >= _LEAST_PERSON_DAYS else None


def silent_people(history: History) -> tuple[SilentPerson, ...]:
    """The partner's people who are silent for over 3 times their own median gap while the partner is on rhythm.

    And for longer than 19 in 20 of their gaps and than a week: who mostly writes daily has longer pauses too.
    Known are people with at least 6 contact days in a year. Somebody announced as away is not silent. Longest first.
    """
    known, silent = _silences(history)
    return silent if known else ()


def silent_people_count(history: History) -> Measured | None:
    """How many of the partner's regular people have fallen silent while the partner as a whole has not.

    Unit: people
    Range: 0 and up
    Better: 0
    Least n: 1 person with a known rhythm, n counts them
    Example: bo wrote twice a week and is silent for three weeks, others go on: 1
    Source: signals P4, section 3.12
    """
    known, silent = _silences(history)
    return Measured(len(silent), known) if known else None


def unreachable_people(history: History) -> tuple[str, ...]:
    """The partner's addresses whose mail came back in the last 90 days and who have not written since."""
    edge = history.since(BASE_DAYS)
    lost = {found.address: found.at for found in history.undelivered if found.at > edge}
    for act in history.acts:
        if act.at > lost.get(act.person, act.at):
            lost.pop(act.person, None)
    return tuple(sorted(lost))


def unreachable_count(history: History) -> Measured | None:
    """How many of the partner's addresses bounced in the last 90 days and have not written since: perhaps departed.

    Unit: people
    Range: 0 and up
    Better: 0
    Least n: 1 person of theirs in contact within a year, n counts them and the unreachable
    Example: a mail to bo came back as undeliverable: 1
    Source: signals P4, section 3.12; RFC 3463 (5.1.x)
    """
    lost = unreachable_people(history)
    known = set(person_days(history, Side.PARTNER, _LOOK_BACK)) | set(lost)
    return Measured(len(lost), len(known)) if known else None


def sponsor_age(history: History, *, side: Side) -> Measured | None:
    """How long ago a sponsor of this side last wrote or sat in a held meeting; sponsors are tagged by the user.

    Unit: days
    Range: 0 and up
    Better: lower; within 90 is good, above 180 a concern
    Least n: 1 contact of a sponsor, n counts them
    Example: their director last wrote 60 days ago: 60
    Source: signals P5
    """
    times = [at for person, at, _ in presences(history, side) if person in history.targets.sponsors]
    return Measured(history.days_ago(max(times)), len(times)) if times else None


def free_mail_share(history: History) -> Measured | None:
    """The share of mails in 90 days that went around the companies' own addresses: free mail on either side.

    Unit: share
    Range: 0 to 1
    Better: lower; below 0.05 is usual, above 0.2 a concern
    Least n: 10 mails, n counts them
    Example: 20 mails, 3 of them from bo's private mailbox: 0.15
    Source: signals P8
    """
    acts = history.recent(BASE_DAYS)
    private = sum(any(domain_of(person) in FREE_MAIL for person in (act.person, *act.ours)) for act in acts)
    return Measured(private / len(acts), len(acts)) if len(acts) >= 10 else None


def added_in_copy(history: History) -> Measured | None:
    """How many people a week are newly copied into running conversations; last 28 days.

    Unit: people a week
    Range: 0 and up
    Better: inside the own band; 3 times the usual is a concern
    Least n: 5 mails, n counts those of 28 days
    Example: four bosses copied into two conversations in four weeks: 1.0
    Source: signals P9
    """
    return _added(history, history.since(RECENT_DAYS), history.now)


def added_in_copy_before(history: History) -> Measured | None:
    """The same for the 90 days before: the band to compare added_in_copy with.

    Unit: people a week
    Range: 0 and up
    Better: see added_in_copy
    Least n: 5 mails, n counts those of the 90 days
    Example: one person copied in every second week: 0.5
    Source: signals P9
    """
    return _added(history, history.since(RECENT_DAYS + BASE_DAYS), history.since(RECENT_DAYS))


def _added(history: History, since: int, until: int) -> Measured | None:
    count = len(history.between(since, until))
    if count < 5:
        return None
    added = 0
    for thread in history.threads:
        present = {*thread.acts[0].ours, *thread.acts[0].theirs, *thread.acts[0].others}
        for act in thread.acts[1:]:
            if since < act.at <= until:
                added += len(set(act.copied) - present)
            present.update(act.ours, act.theirs, act.others)
    return Measured(added / ((until - since) / (7 * 86_400)), count)


def _silences(history: History) -> tuple[int, tuple[SilentPerson, ...]]:
    """How many of the partner's people have a known rhythm, and who of them is silent while the partner is not."""
    edge, today = history.since(_LOOK_BACK), history.number_at(history.now)
    by_person: dict[str, set[int]] = {}
    for person, at, day in presences(history, Side.PARTNER):
        if at > edge:
            by_person.setdefault(person, set()).add(history.joint.number(day))
    partner_gaps, last = recent_gaps(history), max((max(n) for n in by_person.values()), default=today)
    goes_on = len(partner_gaps) >= 3 and today - last <= quantile(partner_gaps, 0.9)
    away = {a.person for a in history.away if a.since <= history.now < a.until}
    known, silent = 0, []
    for person, numbers in sorted(by_person.items()):
        ordered = sorted(numbers)
        if len(ordered) < 6:
            continue
        known += 1
        gaps = [b - a for a, b in pairwise(ordered)]
        usual, gap = median(gaps), today - ordered[-1]
        if (
            goes_on
            and gap > max(3 * usual, quantile(gaps, 0.95), _LEAST_SILENCE)
            and person not in away
            and len(by_person) > 1
        ):
            silent.append(SilentPerson(person, gap, usual))
    return known, tuple(sorted(silent, key=lambda s: (-s.gap, s.person)))
