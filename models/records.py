"""The values that flow through the house: interactions in, readings and standings out.

Everything here is immutable, knows only the standard library, and holds aware UTC times. An address is
always lower case. `Interaction` is the one type between connectors, store and metrics.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

_UID_LIMIT = 200
_UTC_OFFSET = timedelta(0)


class Side(StrEnum):
    """Who acts: us, one of our partners, or anybody else."""

    US = "us"
    PARTNER = "partner"
    OTHER = "other"


class MessageClass(StrEnum):
    """What kind of mail this is, told from headers alone; only HUMAN counts as contact."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    CALENDAR = "calendar"
    SYSTEM = "system"
    OWN_ALERT = "own_alert"


class Response(StrEnum):
    """An invitee's answer to a meeting invitation."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    NONE = "none"


class MeetingStatus(StrEnum):
    """The organiser's word on a meeting."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


class State(StrEnum):
    """A partner's standing, from healthy to gone; PAUSED and BLIND are about us, not about them."""

    NEW = "new"
    ON_RHYTHM = "on_rhythm"
    FADING = "fading"
    LATE = "late"
    QUIET = "quiet"
    GONE = "gone"
    PAUSED = "paused"
    BLIND = "blind"


def bounded_uid(message_id: str) -> str:
    """A Message-ID short enough for any index: itself, or its head and the SHA-256 of the whole.

    Two different ids never become the same by shortening.
    """
    if len(message_id) <= _UID_LIMIT:
        return message_id
    digest = hashlib.sha256(message_id.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{message_id[:100]}~{digest}"


_REPLY_MARK = re.compile(
    r"^\s*(?:(?:re|aw|wg|fwd?|sv|vs|antw|rif|tr|r|enc|odp|ynt|res|ref)(?:\[\d+\])?\s*[:\uff1a]|\[[^\]]{1,40}\])\s*",
    re.IGNORECASE,
)


def topic_of(subject: str | None, salt: bytes = b"") -> str | None:
    """A short keyed hash of the subject without its Re:/Fwd:/[list] marks: same topic, no words.

    None for a missing or empty subject. Two mails of one exchange share it even where no thread header survives.
    """
    bare = subject or ""
    while (mark := _REPLY_MARK.match(bare)) is not None:
        bare = bare[mark.end() :]
    bare = " ".join(bare.casefold().split())
    if not bare:
        return None
    return hashlib.blake2b(bare.encode("utf-8", "surrogateescape"), digest_size=6, key=salt[:64]).hexdigest()


def utc(moment: datetime) -> datetime:
    """The same instant in UTC; ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be placed")
    return moment.astimezone(UTC)


def _refuse_other_than_utc(moment: datetime | None) -> None:
    if moment is not None and (moment.tzinfo is None or moment.utcoffset() != _UTC_OFFSET):
        raise ValueError("record times are aware UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One mailbox owner as a header shows them; `address` is lower case, `name` may be empty."""

    address: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail as one account saw it.

    source      the account or archive that saw it, e.g. "gmail:ana@example.org"
    external_id this source's own id of the mail
    uid         the same mail for everyone: its bounded Message-ID, or a hash where it has none
    at          when the provider received it, UTC
    thread      the provider's thread id, meaningful within `source` only; None where there is none
    references  uids of the mails it answers, oldest first; the last one is the direct parent
    topic       `topic_of` its subject, where the subject itself was dropped
    back_on     for an auto-reply: the date its sender expects to be back, if it says so
    undelivered for a bounce: the addresses that could not be reached
    at_suspect  the date could not be believed and was taken from a weaker witness
    class_doubtful  BULK by a hint alone (a list post, a bare Precedence); who is who may make it HUMAN
    text        fresh text for scoring; never stored, never shown
    """

    source: str
    external_id: str
    uid: str
    at: datetime
    sender: Person | None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    message_class: MessageClass = MessageClass.HUMAN
    thread: str | None = None
    references: tuple[str, ...] = ()
    subject: str | None = field(default=None, repr=False)
    topic: str | None = None
    back_on: date | None = None
    undelivered: tuple[str, ...] = ()
    at_suspect: bool = False
    class_doubtful: bool = False
    text: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.at.tzinfo is not UTC:
            _refuse_other_than_utc(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One invitee of a meeting and their answer so far."""

    person: Person
    response: Response = Response.NONE
    optional: bool = False
    resource: bool = False
    answered_at: datetime | None = None

    def __post_init__(self) -> None:
        _refuse_other_than_utc(self.answered_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One instance of a meeting as observed at one moment; a later observation is a later value.

    uid            the same instance for everyone: iCalendar UID, and the original start for one of a series
    series         the iCalendar UID of the series it belongs to; None for a single meeting
    at, until      start and end, half-open, UTC (an all-day meeting: midnights in its own zone)
    original_start where the series first placed this instance; None for a single meeting
    created_at     when the invitation was made; None if the source does not say
    seen_at        when this version was observed (the service's own change time where it gives one)
    sequence       the iCalendar SEQUENCE of this version
    free           does not block time (transparent)
    present        attendance evidence: addresses that really joined; None where no such record exists
    moved_by       who changed the time in this version, where the source tells
    """

    source: str
    external_id: str
    uid: str
    at: datetime
    until: datetime
    seen_at: datetime
    organiser: Person | None = None
    attendees: tuple[Attendee, ...] = ()
    status: MeetingStatus = MeetingStatus.CONFIRMED
    series: str | None = None
    original_start: datetime | None = None
    created_at: datetime | None = None
    sequence: int = 0
    all_day: bool = False
    free: bool = False
    subject: str | None = field(default=None, repr=False)
    present: tuple[str, ...] | None = None
    moved_by: Person | None = None

    def __post_init__(self) -> None:
        for moment in (self.at, self.until, self.seen_at, self.original_start, self.created_at):
            _refuse_other_than_utc(moment)
        if self.until < self.at:
            raise ValueError("a meeting ends before it starts")

    @property
    def people(self) -> tuple[Person, ...]:
        """Organiser and attendees, rooms left out, each once."""
        seen: dict[str, Person] = {}
        if self.organiser is not None:
            seen[self.organiser.address] = self.organiser
        for attendee in self.attendees:
            if not attendee.resource:
                seen.setdefault(attendee.person.address, attendee.person)
        return tuple(seen.values())


Interaction = Message | Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When one side is at work: weekly hours in its zone, less public holidays.

    hours    one or more parts "Mon-Fri 09:00-17:00" joined by ";"; an end at or before its start runs past midnight
    country  ISO 3166-1 alpha-2 code for public holidays, None for none; `region` its ISO 3166-2 subdivision
    closed   further local dates that do not count
    """

    zone: str = "UTC"
    hours: str = "Mon-Fri 09:00-17:00"
    country: str | None = None
    region: str | None = None
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was agreed with one partner, or told of it once; None and empty = nothing, and the settings' targets hold.

    our_answer_hours, their_answer_hours   business hours within which each side should answer
    meeting_days   joint working days between meetings
    sponsors   addresses of the people, on either side, who answer for the relationship; sorted
    series     (series, kind) of standing meetings: kind is "review", "goals" or "status"; sorted
    settled    uids of mails that need no answer; sorted
    """

    our_answer_hours: float | None = None
    their_answer_hours: float | None = None
    meeting_days: float | None = None
    sponsors: tuple[str, ...] = ()
    series: tuple[tuple[str, str], ...] = ()
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An outside organisation whose contact we watch.

    key       short stable name used in commands, e.g. "northwind"
    cadence   declared rhythm in working days ("we should hear at least every N"); None = learned only
    category  what they do for us; partners of one category back each other up
    backup    key of the partner that would step in
    learned_hours  True while `hours` is the default and nobody has said otherwise
    """

    key: str
    title: str
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    owner: str | None = None
    deputy: str | None = None
    hours: WorkingHours = WorkingHours()
    learned_hours: bool = True
    cadence: float | None = None
    category: str | None = None
    backup: str | None = None
    paused_until: date | None = None
    pause_reason: str | None = None
    agreed: Agreed = Agreed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A stretch in which silence means nothing: local dates, [since, until); until None = not known.

    person None means the whole partner. origin: "declared" by an operator, or "auto_reply".
    """

    partner: str
    since: date
    until: date | None
    person: str | None = None
    origin: str = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One metric of one partner at one moment: value in the metric's unit, from n observations.

    at_least  the value is only a floor: so much is still open that the true one lies beyond it
    """

    partner: str
    metric: str
    at: datetime
    value: float
    n: int
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What we hold of a partner at the horizon, and when that will change if nothing comes.

    judged_at    the horizon: the time up to which every source that carries this partner was read
    last_inbound last sign of life from them; None = never
    late_after, quiet_after   when the state turns by silence alone; None = cannot be told
    chance       P(a silence this long | nothing changed), 0..1; None = not enough history
    reason       one sentence, the same on page, mail and terminal
    evidence     JSON-ready facts behind the sentence, model name and version among them
    """

    partner: str
    state: State
    since: datetime
    judged_at: datetime
    last_inbound: datetime | None = None
    last_outbound: datetime | None = None
    late_after: datetime | None = None
    quiet_after: datetime | None = None
    chance: float | None = None
    reason: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A change of state, dated at the moment it became true; the outbox of the alerts."""

    partner: str
    old: State
    new: State
    turned_at: datetime
    reason: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    historical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A finding that asks for attention, from when it did until it no longer does; metrics/concerns.py has the rule.

    id          of its row; 0 = not stored yet
    name        of the finding, e.g. "over_contact"
    subject     the person it is about; "" = the partner as a whole
    side        whose behaviour it is about
    since, until  when it began and ended, UTC; until None = it still stands
    seen_at     the last look at which it stood
    sentence    as of `seen_at`, with its numbers
    historical  it began before the partner was watched, or was there at the first look: nobody is to be told
    """

    id: int = 0
    partner: str
    name: str
    subject: str
    side: Side
    since: datetime
    until: datetime | None
    seen_at: datetime
    sentence: str
    value: float
    n: int
    historical: bool = False
