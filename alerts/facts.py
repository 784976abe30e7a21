"""What a mail may say of a partner: plain values, filled by flows from store and metrics. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from models.letters import NoticeKind
from models.records import Partner, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A partner's usual gaps between signs of life, in joint working days.

    recent  the last gaps, oldest first, at most 24
    n       how many gaps median, p90 and longest come from
    """

    median: float | None = None
    p90: float | None = None
    longest: float | None = None
    n: int = 0
    recent: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Our own share.

    owed         human turns of theirs that we have not answered; `owed_days` is the age of the oldest, working days
    owed_to, owed_at  who wrote the oldest of them, by name, and when, UTC
    wrote_since  our turns since their last word
    moved_by_us  meetings that we moved or cancelled in the last 28 days
    """

    owed: int = 0
    owed_days: float | None = None
    owed_to: str | None = None
    owed_at: datetime | None = None
    wrote_since: int = 0
    moved_by_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The rows behind the sentence; times UTC, None = none known.

    next_meeting_accepted  one of theirs has accepted it
    thread_with, thread_at the oldest thread that waits for their answer: a person's name, and its last mail
    moved_by_them          meetings that they moved or cancelled in the last 28 days
    """

    last_inbound: datetime | None = None
    last_outbound: datetime | None = None
    last_meeting: datetime | None = None
    next_meeting: datetime | None = None
    next_meeting_accepted: bool | None = None
    thread_with: str | None = None
    thread_at: datetime | None = None
    moved_by_them: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Harmless explanations that were looked into.

    holidays   names and dates of public holidays taken out of the count since the last word
    absences   sentences about absences seen: out-of-office, declared pause
    read_until the moment up to which every source was read; None = not known
    """

    holidays: tuple[str, ...] = ()
    absences: tuple[str, ...] = ()
    read_until: datetime | None = None
    sources: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What could be done next.

    last_nudge       our last turn since their last word; None = we have not written
    usual_answer_days  their usual answer time, working days
    opens_at         when their office opens next, UTC; None while it is open or where nobody knows
    open_until       until when it is open now, UTC; None while it is closed
    other_person     somebody else on their side with recent contact
    backup, backup_seen   title of the partner that could step in, and when we last heard both ways
    """

    last_nudge: datetime | None = None
    usual_answer_days: float | None = None
    opens_at: datetime | None = None
    open_until: datetime | None = None
    other_person: str | None = None
    backup: str | None = None
    backup_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What this rule did before for this partner: how often in 12 months, how often it ended by itself."""

    fired: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """Everything an alert or a recovery mail shows of one partner.

    since        the moment of their last word, or of the last contact where the silence is mutual
    silence      joint working days since then; for a recovery, how long the silence was
    chance       P(a silence this long | nothing changed); None = not enough history
    broken_by    for a recovery: "they", "we" or "a meeting"
    tone         what their tone adds to the belief in this, a sentence; "" = nothing, or it is not read
    model        rule and version, as evidence
    """

    partner: Partner
    state: State
    old: State
    turned_at: datetime
    reason: str = ""
    since: datetime | None = None
    silence: float | None = None
    chance: float | None = None
    model: str = ""
    kind: NoticeKind = NoticeKind.ALERT
    rhythm: Rhythm = Rhythm()
    mirror: Mirror = Mirror()
    evidence: Evidence = Evidence()
    checks: Checks = Checks()
    options: Options = Options()
    past: Past = Past()
    broken_by: str | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SomebodyElse:
    """Another person of theirs who is in contact: their name, and the last day on which they wrote or met."""

    name: str
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedAnswer:
    """One answer that we owe: to whom, since when, and how many working days of ours that is."""

    name: str
    since: datetime
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is known of the one person of theirs whom a concern is about; times UTC, None = never.

    share      their part of the partner's contact days in the 90 days up to their last word, 0..1; None = too few
    rhythm     their own gaps, in joint working days
    silence    joint working days since they last wrote or met
    wrote_since  our mails addressed to them since
    known_best   who of ours was in contact with them most; None where single people of ours are not shown
    """

    name: str
    last_inbound: datetime | None = None
    last_outbound: datetime | None = None
    last_meeting: datetime | None = None
    share: float | None = None
    rhythm: Rhythm = Rhythm()
    silence: float | None = None
    wrote_since: int = 0
    others: tuple[SomebodyElse, ...] = ()
    known_best: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """How much we press, for a concern about too much contact.

    weeks      our mails in each of the last 12 weeks, oldest first; `usual` and `most` are median and nine in ten of
               the weeks before the last three
    theirs     their mails in the last four weeks
    early      share of our reminders that came before their usual answer time; None = too few
    evenings   share of our mails that were answered or followed up while they were closed; None = too few
    """

    weeks: tuple[int, ...] = ()
    usual: float | None = None
    most: float | None = None
    theirs: int = 0
    ours: int = 0
    early: float | None = None
    evenings: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernFacts:
    """Everything that a mail about one concern shows; `sentence` names people instead of addresses.

    name     of the concern: see alerts.due_concerns
    number   of its row, for the commands that answer it
    """

    partner: Partner
    name: str
    number: int
    since: datetime
    sentence: str
    kind: NoticeKind = NoticeKind.CONCERN
    mirror: Mirror = Mirror()
    evidence: Evidence = Evidence()
    person: PersonFacts | None = None
    contact: ContactFacts | None = None
    owed: tuple[OwedAnswer, ...] = ()
    read_until: datetime | None = None
    sources: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSource:
    """A mailbox, calendar or archive that cannot be read, for the operator."""

    name: str
    failure: str
    since: datetime | None
    read_until: datetime | None
    needs_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindFacts:
    """What cannot be read, and which partners nobody can judge until it can."""

    sources: tuple[BlindSource, ...]
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    """One partner in the weekly table; days are joint working days, hours the acting side's own.

    owed   answers of ours that are overdue; `owed_days` is the age of the oldest
    concern  what else asks for attention, as a sentence: too much of us, one person silent or unreachable
    spark  contact days in each of the last eight weeks, oldest first
    """

    partner: Partner
    state: State
    reason: str
    days_in: float | None = None
    days_out: float | None = None
    days_met: float | None = None
    their_p50: float | None = None
    their_p90: float | None = None
    our_p50: float | None = None
    our_p90: float | None = None
    next_meeting: datetime | None = None
    owed: int = 0
    owed_days: float | None = None
    concern: str = ""
    spark: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A partner whose state changed in the week; `silence` in joint working days, so far or until they were back."""

    title: str
    old: State
    new: State
    at: datetime
    reason: str
    silence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """The week in one mail. Lists of sentences are ready to show; empty ones are left out.

    week     the Monday it is for, local date of the reader
    coming, manners, ownership, bookkeeping   sentences for the sections of these names
    blind    sentences about sources that cannot be read
    """

    week: date
    rows: tuple[DigestRow, ...]
    changes: tuple[Change, ...] = ()
    coming: tuple[str, ...] = ()
    manners: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()
    bookkeeping: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
