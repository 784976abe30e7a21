"""Which concerns are worth a mail, to whom, and when: pure, from concerns, notices, answers and rules.

A concern is told once: it begins and ends with a margin between (metrics/concerns.py), so a figure that trembles on its
limit tells nobody twice. It goes to our side of the relationship alone, never to a program and never to the deputy: a
concern is no emergency. What is not worth a mail stands on the page and in the digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.due import HOURS, LIMIT, SNOOZED, readers_of
from alerts.plan import People, Rules
from models.letters import Answer, AnswerKind, Notice, NoticeKind
from models.records import Concern, Partner, State

TOO_MUCH, SILENT, UNREACHABLE, OWED = "over_contact", "silent_person", "unreachable_person", "answers_we_owe"
TOLD = (OWED, TOO_MUCH, UNREACHABLE, SILENT)  # worth a mail, in the order in which a mail names them
_PEOPLE = frozenset({SILENT, UNREACHABLE})
_LEAST_SILENCE_DAYS = 10  # joint working days: a holiday that nobody announced is shorter
_AGAIN_AFTER = timedelta(days=28)  # the same thing that comes back sooner is not told again
_NO_PROBLEM_FOR = timedelta(days=180)
_SILENT_STATES = frozenset({State.QUIET, State.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernItem:
    """One concern for one reader; kind REMINDER after a snooze ran out, else CONCERN."""

    concern: Concern
    reader: str
    kind: NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernPlan:
    """What is to be said of concerns at one moment.

    letters  the items of each letter, for one reader each
    skips    concerns that need no letter, and why
    held     concerns that wait, and what for
    """

    letters: tuple[tuple[ConcernItem, ...], ...] = ()
    skips: tuple[tuple[Concern, str], ...] = ()
    held: tuple[tuple[ConcernItem, str], ...] = ()


def due_concerns(
    concerns: Iterable[Concern],
    notices: Sequence[Notice],
    answers: Sequence[Answer],
    *,
    partners: Mapping[str, Partner],
    states: Mapping[str, State],
    people: People,
    rules: Rules,
    sent: Mapping[str, int],
    now: datetime,
) -> ConcernPlan:
    """The letters about concerns of this moment; `concerns` are those that stand and those that ended lately.

    states  where partners stand: while one is silent as a whole, its people are not told of one by one
    sent    letters that each reader got in the last seven days, those of this run among them
    """
    known = _Known(concerns, notices, answers)
    letters: dict[str, list[ConcernItem]] = defaultdict(list)
    skips: list[tuple[Concern, str]] = []
    held: list[tuple[ConcernItem, str]] = []
    for concern in known.concerns:
        partner = partners.get(concern.partner)
        if partner is None or concern.name not in TOLD or concern.historical:
            continue
        reason = known.needs_none(concern, now)
        if reason is not None:
            skips += [(concern, reason)] if not known.notices[concern.id] and reason else []
            continue
        readers = readers_of(partner, people)
        if not readers:
            skips += [] if known.notices[concern.id] else [(concern, f"nobody to tell: {partner.key} has no owner")]
            continue
        item = known.item(concern, readers[0], people.calendar(readers[0]).date_of(now))
        if item is None:
            continue
        wait = _wait(item, known, states.get(concern.partner), people, rules, now)
        if wait is None and sent.get(item.reader, 0) >= rules.weekly_limit:
            wait = LIMIT
        if wait is None:
            letters[item.reader].append(item)
        else:
            held.append((item, wait))
    made = [tuple(sorted(letters[reader], key=_rank)) for reader in sorted(letters)]
    return ConcernPlan(letters=tuple(made), skips=tuple(skips), held=tuple(held))


class _Known:
    """Concerns, notices and answers by what is asked of them."""

    def __init__(self, concerns: Iterable[Concern], notices: Sequence[Notice], answers: Sequence[Answer]) -> None:
        self.concerns = sorted(concerns, key=lambda concern: (concern.since, concern.id))
        self._place = {concern.id: (concern.partner, concern.name, concern.subject) for concern in self.concerns}
        self.notices: dict[int, list[Notice]] = defaultdict(list)
        self._told: dict[tuple[str, str, str], list[tuple[int, datetime]]] = defaultdict(list)
        for notice in notices:
            self.notices[notice.about].append(notice)
            if notice.told_at is not None and notice.about in self._place:
                self._told[self._place[notice.about]].append((notice.about, notice.told_at))
        self._answers: dict[int, list[Answer]] = defaultdict(list)
        self._about_partner: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            if answer.undone_at is None and answer.kind is not AnswerKind.UNDO:
                if answer.concern is not None:
                    self._answers[answer.concern].append(answer)
                else:
                    self._about_partner[answer.partner].append(answer)

    def needs_none(self, concern: Concern, now: datetime) -> str | None:
        """Why this concern needs no letter for good; "" where that needs no word, None where it may need one."""
        if concern.until is not None:
            return "over before it could be told"
        for other, place in self._place.items():
            if place == self._place[concern.id]:
                said = [a for a in self._answers[other] if a.kind is AnswerKind.NOT_A_PROBLEM]
                if any(now - answer.at < _NO_PROBLEM_FOR for answer in said):
                    return "answered: not a problem"
        settled = {AnswerKind.HANDLED, AnswerKind.LEAVE}
        return "" if any(answer.kind in settled for answer in self._answers[concern.id]) else None

    def item(self, concern: Concern, reader: str, today: date) -> ConcernItem | None:
        """What this concern calls for now: a first mail, one more after a snooze, or nothing."""
        told = [n for n in self.notices[concern.id] if n.skipped is None and not n.given_up]
        if not any(notice.kind is NoticeKind.CONCERN for notice in told):
            if any(n.reader == reader and n.kind is NoticeKind.CONCERN for n in self.notices[concern.id]):
                return None  # skipped, or given up: it stands in `alerts list` and `doctor`
            return ConcernItem(concern=concern, reader=reader, kind=NoticeKind.CONCERN)
        ends = [a.until for a in self._answers[concern.id] if a.kind is AnswerKind.SNOOZE and a.until is not None]
        if not ends or max(ends) >= today or any(n.kind is NoticeKind.REMINDER for n in self.notices[concern.id]):
            return None
        first = next(notice for notice in told if notice.kind is NoticeKind.CONCERN)
        return ConcernItem(concern=concern, reader=first.reader, kind=NoticeKind.REMINDER)

    def muted(self, concern: Concern, today: date) -> date | None:
        """Until when nothing is to be said, because of this concern or its partner; None = nothing is muted."""
        said = [*self._answers[concern.id], *self._about_partner[concern.partner]]
        ends = [
            a.until
            for a in said
            if a.kind in {AnswerKind.SNOOZE, AnswerKind.LEAVE} and a.until is not None and a.until >= today
        ]
        return max(ends, default=None)

    def told_lately(self, concern: Concern, now: datetime) -> bool:
        """Whether the same thing about the same partner or person was told within four weeks, as an earlier concern."""
        earlier = self._told[self._place[concern.id]]
        return any(other != concern.id and now - at < _AGAIN_AFTER for other, at in earlier)


def _wait(
    item: ConcernItem, known: _Known, state: State | None, people: People, rules: Rules, now: datetime
) -> str | None:
    """What an item waits for; None = nothing."""
    concern, calendar = item.concern, people.calendar(item.reader)
    if state is State.BLIND:
        return "the partner cannot be judged now"
    if concern.name in _PEOPLE and state in _SILENT_STATES:
        return "the partner is silent as a whole: that is told"
    if concern.name == OWED and state in _SILENT_STATES:
        return "the alert about the silence says it"
    if concern.name == SILENT and concern.value < _LEAST_SILENCE_DAYS:
        return f"the silence of one person is told from {_LEAST_SILENCE_DAYS} working days on"
    if known.told_lately(concern, now):
        return "told less than four weeks ago"
    muted = known.muted(concern, calendar.date_of(now))
    if muted is not None:
        return f"{SNOOZED} until {muted:%-d %b}"
    return HOURS if rules.hold_for_hours and not calendar.is_open(now) else None


def _rank(item: ConcernItem) -> tuple[int, str, str]:
    return (TOLD.index(item.concern.name), item.concern.partner, item.concern.subject)
